"""Makes the sets that are played outside of training: draws episodes, and proves them and the named scenarios."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from envs.ground.play import Episodes, Space
from envs.ground.sets import DrawnSet
from envs.ground.world import SPLITS, Named
from pipeline.scenarios.proofs import Prover
from pipeline.scenarios.sets import draw_seeds

_MOST_DRAWS_PER_EPISODE = 50


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
    split = name if name in SPLITS else "test"
    rng = np.random.default_rng([prover.seed, SPLITS[split], *([] if name in SPLITS else name.encode())])
    if prover.room.no_proof(prover.space.settings):
        table = _as_they_come(prover, draw_seeds(rng, split, wanted.num_episodes))
    else:
        table = _drawn_and_proven(prover, name, split, wanted, rng)
    return table.drop(columns="scenario")


def _as_they_come(prover: Prover, seeds: np.ndarray) -> pd.DataFrame:
    """A row per episode, in the columns of a proven set: what happens if nobody acts, and no proof."""
    table = prover.nothing_done(Episodes.drawn(seeds))
    return table.join(prover.unproven(len(seeds))).assign(difficulty=np.nan)


def _drawn_and_proven(
    prover: Prover, name: str, split: str, wanted: DrawnSet, rng: np.random.Generator
) -> pd.DataFrame:
    """So many episodes as are wanted of those that the set keeps."""
    num_wanted = wanted.num_episodes
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
    table = pd.concat(tables, ignore_index=True).head(num_wanted)
    episodes = Episodes.drawn(table["episode_seed"].to_numpy())
    return table.assign(difficulty=prover.difficulty(episodes, named=False))


def _kept(prover: Prover, name: str, seeds: np.ndarray, wanted: DrawnSet, missing: int) -> Iterator[pd.DataFrame]:
    """Those of the episodes that the set keeps, at most as many proven at a time as are still missing."""
    table = prover.nothing_done(Episodes.drawn(seeds))
    table = table[table["conflicting"]] if wanted.only_conflicting else table
    while missing > 0 and len(table):
        chosen, table = table.head(missing).reset_index(drop=True), table.iloc[missing:]
        episodes = Episodes.drawn(chosen["episode_seed"].to_numpy())
        proven = pd.concat([chosen, prover.solve(episodes, name)], axis=1)
        proven = proven[proven["solved"]] if wanted.only_solvable else proven
        missing -= len(proven)
        yield proven


def _too_rare(name: str, wanted: DrawnSet, found: int, drawn: int) -> str:
    rules = {"only_conflicting": wanted.only_conflicting, "only_solvable": wanted.only_solvable}
    asked = " and ".join(rule for rule, holds in rules.items() if holds)
    message = f"scenarios.{name}: only {found} of {drawn} draws are {asked.replace('only_', '')}"
    return f"{message}, wanted {wanted.num_episodes}; widen what is drawn or set {asked} to false"


def prove_named(prover: Prover, scenarios: Mapping[str, Named]) -> pd.DataFrame:
    """One row per scenario: what happens if nobody ever acts, its proof (found or not) and its difficulty."""
    episodes = named_episodes(prover.space, scenarios)
    proven = pd.concat([prover.nothing_done(episodes), prover.solve(episodes, "named")], axis=1)
    return proven.drop(columns="family").assign(difficulty=prover.difficulty(episodes, named=True))


def named_episodes(space: Space, scenarios: Mapping[str, Named]) -> Episodes:
    """One episode of each, with a seed from its content: what is found does not depend on the others."""
    names = [scenario.name for scenario in space.scenarios]
    seeds = [int(scenario.digest()[:16], 16) for scenario in scenarios.values()]
    return Episodes(np.array([names.index(name) for name in scenarios], int), np.array(seeds, np.uint64))
