"""The sets that are flown outside of training, as the stage scenarios leaves them on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from envs.airspace.batch import SPLITS
from envs.airspace.scenario import Scenario
from pipeline.deployed import Hold
from pipeline.flying import Airspace, Episodes, fly
from pipeline.scenario_files import read_folder

DRAWN_SETS = ("validation", "test")
_MOST_DRAWS_PER_EPISODE = 50


@dataclass(frozen=True)
class ScenarioSets:
    """Scenarios by name, and the seeds (N,) uint64 of drawn episodes by set."""

    suite: dict[str, Scenario]
    custom: dict[str, Scenario]
    drawn: dict[str, np.ndarray]

    @property
    def named(self) -> dict[str, Scenario]:
        """All that have a name, the suite first."""
        return self.suite | self.custom


def read_sets(folder: Path) -> ScenarioSets:
    """Read what the stage scenarios wrote.

    Raises:
        ValueError: a file that is missing or not as written.
    """
    tables = {}
    for name in DRAWN_SETS:
        path = folder / f"{name}.parquet"
        try:
            tables[name] = pd.read_parquet(path)["episode_seed"].to_numpy(np.uint64)
        except FileNotFoundError:
            raise ValueError(f"{path}: not found, run `dvc repro scenarios` first") from None
        except (OSError, KeyError) as error:
            raise ValueError(f"{path}: not a table of episodes (truncated?): {error}") from None
    return ScenarioSets(read_folder(folder / "suite"), read_folder(folder / "custom"), tables)


def draw_set(airspace: Airspace, name: str, num_episodes: int, seed: int, only_conflicting: bool) -> pd.DataFrame:
    """Draw the episodes of a set; one row each, with what happens to them if nobody ever acts.

    Args:
        name: validation or test; decides the seeds' two highest bits, so that sets never share an episode.
        only_conflicting: keep only those in which separation is lost if nobody acts.

    Raises:
        ValueError: conflicts are so rare that the set cannot be filled.
    """
    split = np.uint64(SPLITS[name])
    rng = np.random.default_rng([seed, int(split)])
    tables: list[pd.DataFrame] = []
    found = drawn = 0
    while found < num_episodes and drawn < _MOST_DRAWS_PER_EPISODE * num_episodes:
        seeds = rng.integers(0, 2**62, num_episodes, dtype=np.uint64) | (split << np.uint64(62))
        table = fly(airspace, Episodes.drawn(seeds), Hold()).episodes
        tables.append(table[table["los"]] if only_conflicting else table)
        found, drawn = found + len(tables[-1]), drawn + num_episodes
    if found < num_episodes:
        message = f"scenarios.{name}: only {found} of {drawn} draws conflict, wanted {num_episodes}; widen"
        raise ValueError(f"{message} airspace.procedural or set only_conflicting to false")
    columns = ["episode_seed", "family", "num_aircraft", "min_separation_nm", "los_seconds"]
    table = pd.concat(tables, ignore_index=True).head(num_episodes)[columns]
    return table.rename(columns={"min_separation_nm": "hold_min_separation_nm", "los_seconds": "hold_los_seconds"})
