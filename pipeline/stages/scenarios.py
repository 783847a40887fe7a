"""Stage scenarios: a world's suite, hand-written scenarios, and drawn sets, checked and proven.

Usage: python -m pipeline.stages.scenarios WORLD.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from envs.ground.doors import scenarios as room_of
from envs.ground.doors import simulation
from envs.ground.play import Space
from envs.ground.sets import DrawnSet
from pipeline.ground import files
from pipeline.ground.paths import PARAMS, custom_scenarios, scenarios
from pipeline.ground.progress import say
from pipeline.scenarios.files import read_named
from pipeline.scenarios.proofs import Prover
from pipeline.scenarios.proven_sets import draw_set, prove_named
from pipeline.scenarios.sets import write_drawn, write_named, write_test_sets
from pipeline.settings.params import read_params
from pipeline.settings.worlds import (
    baselines_settings,
    drawn_sets,
    scenarios_settings,
    simulation_settings,
    varied_settings,
)


def main() -> None:
    """Read and check everything, then write data/scenarios/WORLD."""
    (world,) = files.words("WORLD", "airspace")
    params = read_params(PARAMS)
    settings, own = simulation_settings(params, world, str(PARAMS)), scenarios_settings(params, world, str(PARAMS))
    drawn, varied = drawn_sets(params, world, str(PARAMS)), varied_settings(params, world, str(PARAMS))
    room, written = room_of(world), custom_scenarios(world)
    suite, custom = read_named(simulation(world), room, own.suite, written)
    space = Space(simulation(world), settings, (*suite.values(), *custom.values()))
    ways = tuple(room.ways(own, baselines_settings(params, world, str(PARAMS))))
    prover = Prover(room, own, space, ways, params.scenarios.seed)
    proofs = prove_named(prover, suite | custom)
    tables, apart = draw_all(prover, drawn, {}), draw_all(prover, own.test_sets, varied)
    folder = scenarios(world)
    write_named(space.simulation, folder, suite, custom)
    write_drawn(folder, tables)
    write_test_sets(folder, varied, apart)
    files.write_parquet(folder / "proofs.parquet", proofs)
    for name, table in (tables | apart).items():
        as_they_come = bool(room.no_proof(varied.get(name, settings)))
        say(f"scenarios: {name}: {len(table)}, {'drawn as they come' if as_they_come else _words(table)}")
    told = f": {_words(proofs)}" if len(proofs) else ""
    say(f"scenarios: {len(suite)} of the suite, {len(custom)} from {written}{told}")


def draw_all(prover: Prover, sets: Mapping[str, DrawnSet], settings: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Drawn sets by name, each drawn and proven in settings of its own where it has some."""
    tables: dict[str, pd.DataFrame] = {}
    for name, wanted in sets.items():
        space = replace(prover.space, settings=settings.get(name, prover.space.settings))
        tables[name] = draw_set(replace(prover, space=space), name, wanted)
    return tables


def _words(table: pd.DataFrame) -> str:
    unsolved = ", ".join(table.loc[~table["solved"], "scenario"]) if "scenario" in table else ""
    conflicts, solved = table["conflicting"].mean(), table["solved"].mean()
    words = f"{conflicts:.0%} in conflict if nobody acts, {solved:.0%} with a plan that solves them"
    return f"{words} (none found for {unsolved})" if unsolved else words


if __name__ == "__main__":
    files.run(main)
