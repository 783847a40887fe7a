"""Makes the sets that are flown outside of training: draws episodes, and proves them and the named scenarios."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from envs.airspace.simulation.scenario import Scenario
from envs.ground.play import Episodes, play
from envs.ground.sets import DrawnSet
from envs.ground.steering import Nothing
from envs.ground.world import SPLITS
from pipeline.scenarios.proofs import Prover, unproven
from pipeline.scenarios.sets import draw_seeds

_MOST_DRAWS_PER_EPISODE = 50
_SECTORS_PER_BLOCK = 32  # memory grows with the square of the aircraft


def draw_set(prover: Prover, name: str, wanted: DrawnSet) -> pd.DataFrame:
    """Draw the episodes of a set; one row each, with what happens if nobody ever acts, its proof and its difficulty.

    Args:
        prover: proves them; its seed decides what is drawn.
        name: validation, test, or a further test set; decides the seeds' two highest bits, so that neither training
            nor validation shares an episode with a test.
        wanted: how many, and whether only episodes that conflict, or that were shown to be solvable.

    Raises:
        ValueError: such episodes are so rare that the set cannot be filled.
    """
    split, num_wanted = name if name in SPLITS else "test", wanted.num_episodes
    rng = np.random.default_rng([prover.seed, SPLITS[split], *([] if name in SPLITS else name.encode())])
    if prover.airspace.settings.traffic == "sector":
        return _sectors(prover, draw_seeds(rng, split, num_wanted))
    tables: list[pd.DataFrame] = []
    found = drawn = 0
    while found < num_wanted and drawn < _MOST_DRAWS_PER_EPISODE * num_wanted:
        seeds = draw_seeds(rng, split, num_wanted)
        for table in _kept(prover, name, seeds, wanted, num_wanted - found):
            tables.append(table)
            found += len(table)
        drawn += num_wanted
    if found < num_wanted:
        raise ValueError(_too_rare(name, wanted, found, drawn))
    table = pd.concat(tables, ignore_index=True).head(num_wanted).drop(columns="scenario")
    episodes, numbers = Episodes.drawn(table["episode_seed"].to_numpy()), table["num_agents"].to_numpy()
    return table.assign(difficulty=prover.difficulty(episodes, numbers, prover.settings.difficulty.drawn))


def _sectors(prover: Prover, seeds: np.ndarray) -> pd.DataFrame:
    """A row per sector, in the columns of a drawn set: what happens if nobody acts, and no proof.

    A sector does not end with everybody's arrival, so there is no joint plan to find.
    """
    told = play(prover.airspace, Episodes.drawn(seeds), Nothing(), worlds_per_block=_SECTORS_PER_BLOCK).episodes
    held = told[["los", "all_arrived", "min_separation_nm", "los_seconds"]].add_prefix("hold_")
    table = told[["episode_seed", "family", "num_agents"]].join(held).assign(hold_closest_s=np.nan, hold_pair="")
    return table.join(unproven(len(seeds))).assign(difficulty=np.nan)


def _kept(prover: Prover, name: str, seeds: np.ndarray, wanted: DrawnSet, missing: int) -> Iterator[pd.DataFrame]:
    """Those of the episodes that the set keeps, at most as many proven at a time as are still missing."""
    table = prover.hold(Episodes.drawn(seeds))
    table = table[table["hold_los"]] if wanted.only_conflicting else table
    while missing > 0 and len(table):
        chosen, table = table.head(missing).reset_index(drop=True), table.iloc[missing:]
        episodes = Episodes.drawn(chosen["episode_seed"].to_numpy())
        proven = pd.concat([chosen, prover.solve(chosen, episodes, name)], axis=1)
        proven = proven[proven["solved"]] if wanted.only_solvable else proven
        missing -= len(proven)
        yield proven


def _too_rare(name: str, wanted: DrawnSet, found: int, drawn: int) -> str:
    rules = {"only_conflicting": wanted.only_conflicting, "only_solvable": wanted.only_solvable}
    asked = " and ".join(rule for rule, holds in rules.items() if holds)
    message = f"scenarios.{name}: only {found} of {drawn} draws are {asked.replace('only_', '')}"
    return f"{message}, wanted {wanted.num_episodes}; widen airspace.procedural or set {asked} to false"


def prove_named(prover: Prover, scenarios: dict[str, Scenario]) -> pd.DataFrame:
    """One row per scenario: what happens if nobody ever acts, its proof (found or not) and its difficulty."""
    episodes = named_episodes(prover, scenarios)
    table = prover.hold(episodes)
    proven = pd.concat([table, prover.solve(table, episodes, "named")], axis=1).drop(columns="family")
    numbers = table["num_agents"].to_numpy()
    return proven.assign(difficulty=prover.difficulty(episodes, numbers, prover.settings.difficulty.named))


def named_episodes(prover: Prover, scenarios: dict[str, Scenario]) -> Episodes:
    """One episode of each, with a seed from its content: what is found does not depend on the others."""
    names = [scenario.name for scenario in prover.airspace.scenarios]
    seeds = [int(scenario.digest()[:16], 16) for scenario in scenarios.values()]
    return Episodes(np.array([names.index(name) for name in scenarios], int), np.array(seeds, np.uint64))
