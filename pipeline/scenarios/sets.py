"""The sets that are flown outside of training, as the stage scenarios leaves them on disk."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from envs.airspace.simulation.scenario import Scenario
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.world import SPLITS
from pipeline.scenarios.files import read_folder

DRAWN_SETS = ("validation", "test")


@dataclass(frozen=True)
class ScenarioSets:
    """Scenarios by name, the seeds (N,) uint64 of drawn episodes by set, and how hard they are.

    difficulty: by (set, scenario), as the table of figures names them; of a drawn set (scenario procedural) its mean.
    """

    suite: dict[str, Scenario]
    custom: dict[str, Scenario]
    drawn: dict[str, np.ndarray]
    difficulty: dict[tuple[str, str], float]

    @property
    def named(self) -> dict[str, Scenario]:
        """All that have a name, the suite first."""
        return self.suite | self.custom


def read_training_sets(folder: Path) -> ScenarioSets:
    """Read what training may see of a world's sets (data/scenarios/WORLD/train): the named ones and validation's.

    Raises:
        ValueError: a file that is missing or not as written.
    """
    table = _read_table(folder / "validation.parquet", "episode_seed")
    seeds = {"validation": table["episode_seed"].to_numpy(np.uint64)}
    return ScenarioSets(read_folder(folder / "suite"), read_folder(folder / "custom"), seeds, {})


def read_sets(folder: Path) -> ScenarioSets:
    """Read what the stage scenarios wrote for a world (data/scenarios/WORLD).

    Raises:
        ValueError: a file that is missing or not as written.
    """
    suite, custom = read_folder(folder / "train/suite"), read_folder(folder / "train/custom")
    places = {name: folder / ("train" if name == "validation" else "") / f"{name}.parquet" for name in DRAWN_SETS}
    drawn = {name: _read_table(path, "episode_seed") for name, path in places.items()}
    proofs = _read_table(folder / "proofs.parquet", "scenario").set_index("scenario")["difficulty"]
    difficulty = {(name, "procedural"): float(table["difficulty"].mean()) for name, table in drawn.items()}
    for set_name, members in (("suite", suite), ("custom", custom)):
        difficulty |= {(set_name, name): float(proofs[name]) for name in members}
    seeds = {name: table["episode_seed"].to_numpy(np.uint64) for name, table in drawn.items()}
    return ScenarioSets(suite, custom, seeds, difficulty)


@dataclass(frozen=True)
class TestSet:
    """Drawn episodes that are flown in an airspace of their own: seeds (N,) uint64, mean difficulty (NaN: unproven).

    `room`: for at least so many aircraft in the simulator.
    """

    __test__ = False  # pytest: no collection of tests

    settings: AirspaceSettings
    seeds: np.ndarray
    difficulty: float
    room: int = 0


def draw_seeds(rng: np.random.Generator, split: str, count: int) -> np.ndarray:
    """Seeds (count,) uint64 of episodes: in the two highest bits what they are drawn for, one of SPLITS."""
    return rng.integers(0, 2**62, count, dtype=np.uint64) | (np.uint64(SPLITS[split]) << np.uint64(62))


def read_test_sets(folder: Path, airspace: AirspaceSettings) -> dict[str, TestSet]:
    """Read the further test sets that the stage scenarios wrote, by name; apart, so that training depends on none.

    Raises:
        ValueError: a file that is missing or not as written, or a set whose aircraft see other things than here.
    """
    sets: dict[str, TestSet] = {}
    for path in sorted((folder / "test_sets").glob("*.parquet")):
        table = _read_table(path, "episode_seed")
        seeds, difficulty = table["episode_seed"].to_numpy(np.uint64), float(table["difficulty"].mean())
        settings = path.with_suffix(".json")
        own = _read_airspace(settings)
        if own.observation != airspace.observation:
            raise ValueError(f"{settings}: observation: not that of airspace, run `dvc repro scenarios` first")
        sets[path.stem] = TestSet(own, seeds, difficulty)
    return sets


def _read_airspace(path: Path) -> AirspaceSettings:
    try:
        return AirspaceSettings.from_values(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ValueError(f"{path}: not found, run `dvc repro scenarios` first") from None
    except ValueError as error:
        raise ValueError(f"{path}: not the settings of an airspace (truncated?): {error}") from None


def _read_table(path: Path, key: str) -> pd.DataFrame:
    """The columns `key` and difficulty of a table."""
    try:
        return pd.read_parquet(path, columns=[key, "difficulty"])
    except FileNotFoundError:
        raise ValueError(f"{path}: not found, run `dvc repro scenarios` first") from None
    except (OSError, KeyError, ValueError) as error:
        raise ValueError(f"{path}: not a table of episodes (truncated?): {error}") from None
