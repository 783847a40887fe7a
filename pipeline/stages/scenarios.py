"""Stage scenarios: a world's suite, hand-written scenarios, and drawn sets for validation and test, checked and proven.

Usage: python -m pipeline.stages.scenarios WORLD.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd

from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.scenario import Scenario
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.play import Space, play
from envs.ground.sets import VariedSet
from envs.ground.steering import Nothing
from pipeline.ground import files
from pipeline.ground.paths import PARAMS, custom_scenarios, scenarios, training_sets
from pipeline.ground.progress import say
from pipeline.pictures.panels import draw_scenario
from pipeline.report.scenario_page import render
from pipeline.scenarios.files import read_folder, write_scenario
from pipeline.scenarios.proofs import Prover, steering_of
from pipeline.scenarios.proven_sets import draw_set, named_episodes, prove_named
from pipeline.settings.params import read_params
from pipeline.settings.worlds import baselines_settings, scenarios_settings, simulation_settings, varied_settings


def main() -> None:
    """Read and check everything, then write data/scenarios/WORLD."""
    (world,) = files.words("WORLD", "airspace")
    params, written = read_params(PARAMS), custom_scenarios(world)
    settings, own = simulation_settings(params, world, str(PARAMS)), scenarios_settings(params, world, str(PARAMS))
    custom = read_folder(written)
    shared = sorted(set(custom) & set(SUITE))
    if shared:
        raise ValueError(f"{written}: scenario_name {shared[0]!r} is the suite's, wanted a name of its own")
    suite = {name: SUITE[name] for name in own.suite}
    named, resolvers = suite | custom, (baselines_settings(params, world, str(PARAMS)).mvp, *own.proof.mvp)
    airspace = Space(SIMULATION, settings, tuple(named.values()), 1.0)
    prover = Prover(airspace, resolvers, own.proof, params.scenarios.seed)
    proofs = prove_named(prover, named)
    sets = {"validation": params.scenarios.validation, "test": params.scenarios.test}
    tables = {name: draw_set(prover, name, wanted) for name, wanted in sets.items()}
    airspaces = varied_settings(params, world, str(PARAMS))
    varied = draw_test_sets(prover, own.test_sets, airspaces)
    folder, training = scenarios(world), training_sets(world)
    write_scenarios(training / "suite", suite)
    write_scenarios(training / "custom", custom)
    files.write_parquet(folder / "proofs.parquet", proofs)
    files.write_text(folder / "index.html", render(proofs, draw_scenarios(prover, named, proofs), tables | varied))
    for name, table in tables.items():
        files.write_parquet((training if name == "validation" else folder) / f"{name}.parquet", table)
        say(f"scenarios: {name}: {_words(table)}")
    write_test_sets(folder / "test_sets", airspaces, varied)
    say(f"scenarios: {len(suite)} of the suite, {len(custom)} from {written}: {_words(proofs)}")


def draw_test_sets(
    prover: Prover, sets: dict[str, VariedSet], airspaces: dict[str, AirspaceSettings]
) -> dict[str, pd.DataFrame]:
    """The further test sets, each drawn and proven in an airspace of its own."""
    tables: dict[str, pd.DataFrame] = {}
    for name, wanted in sets.items():
        own = replace(prover.airspace, settings=airspaces[name])
        tables[name] = draw_set(replace(prover, airspace=own), name, wanted)
    return tables


def write_test_sets(folder: Path, airspaces: dict[str, AirspaceSettings], tables: dict[str, pd.DataFrame]) -> None:
    """Write each set's episodes, and what they are flown in; files of sets that are no longer wanted go."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        files.write_parquet(folder / f"{name}.parquet", table)
        files.write_text(folder / f"{name}.json", airspaces[name].model_dump_json(indent=2))
        say(f"scenarios: {name}: {_words(table)}")
    for path in folder.iterdir():
        if path.stem not in tables:
            path.unlink()


def draw_scenarios(prover: Prover, named: dict[str, Scenario], proofs: pd.DataFrame) -> dict[str, str]:
    """A picture of each named scenario, as SVG: nobody acts, and the plan that was found."""
    episodes, plans, pictures = named_episodes(prover, named), proofs.set_index("scenario")["plan"], dict[str, str]()
    for n, name in enumerate(named):
        own = episodes.take(slice(n, n + 1))
        pilots = [Nothing(), *([steering_of([json.loads(plans[name])])] if plans[name] else [])]
        hold, *plan = (play(prover.airspace, own, pilot, record=[0]).recordings[0] for pilot in pilots)
        pictures[name] = draw_scenario(hold, plan[0] if plan else None)
    return pictures


def _words(table: pd.DataFrame) -> str:
    unsolved = ", ".join(table.loc[~table["solved"], "scenario"]) if "scenario" in table else ""
    conflicts, solved = table["hold_los"].mean(), table["solved"].mean()
    words = f"{len(table)}, {conflicts:.0%} in conflict if nobody acts, {solved:.0%} with a conflict-free plan"
    return f"{words} (none found for {unsolved})" if unsolved else words


def write_scenarios(folder: Path, scenarios: dict[str, Scenario]) -> None:
    """Write a file per scenario; files of scenarios that are no longer wanted go."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, scenario in scenarios.items():
        write_scenario(scenario, folder / f"{name}.json")
    for path in folder.glob("*.json"):
        if path.stem not in scenarios:
            path.unlink()


if __name__ == "__main__":
    files.run(main)
