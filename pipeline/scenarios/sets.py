"""The sets that are played outside of training, as the stage scenarios leaves them on disk.

A world's folder: train/ holds what training, tuning and export read (suite, custom, validation.parquet), so that they
depend on no test; beside it lie the proofs, test.parquet and test_sets/.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from envs.ground.world import DRAWN_NAME, SPLITS, Simulation
from pipeline.ground import files
from pipeline.ground.checks import check
from pipeline.scenarios.files import JSON, read_folder, write_scenario

DRAWN_SETS = ("validation", "test")
TRAIN = "train"
"""The folder of what training may know, in a world's folder."""


@dataclass(frozen=True)
class TrainingSets:
    """Scenarios by name, and the seeds (N,) uint64 of drawn episodes by set: of validation alone."""

    suite: dict[str, Any]
    custom: dict[str, Any]
    drawn: dict[str, np.ndarray]

    @property
    def named(self) -> dict[str, Any]:
        """All that have a name, the suite first."""
        return self.suite | self.custom


@dataclass(frozen=True)
class ScenarioSets(TrainingSets):
    """Those, the drawn sets of DRAWN_SETS, and how hard all are.

    difficulty: by (set, scenario), as the table of figures names them; of a drawn set (scenario DRAWN_NAME) its mean;
    NaN: not known.
    """

    difficulty: dict[tuple[str, str], float]


@dataclass(frozen=True)
class TestSet:
    """Drawn episodes that are played in settings of their own: seeds (N,) uint64, mean difficulty (NaN: unproven).

    `room`: for at least so many agents.
    """

    __test__ = False  # pytest: no collection of tests

    settings: Any
    seeds: np.ndarray
    difficulty: float
    room: int = 0


def draw_seeds(rng: np.random.Generator, split: str, count: int) -> np.ndarray:
    """Seeds (count,) uint64 of episodes: in the two highest bits what they are drawn for, one of SPLITS."""
    return rng.integers(0, 2**62, count, dtype=np.uint64) | (np.uint64(SPLITS[split]) << np.uint64(62))


def read_training_sets(simulation: Simulation, folder: Path) -> TrainingSets:
    """Read what training may know (data/scenarios/WORLD/train): named scenarios, and the validation set.

    Raises:
        ValueError: a file that is missing or not as written.
    """
    seeds = _read_table(folder / "validation.parquet", "episode_seed")["episode_seed"].to_numpy(np.uint64)
    suite, custom = (_read_named(simulation, folder / name) for name in ("suite", "custom"))
    return TrainingSets(suite, custom, {"validation": seeds})


def read_sets(simulation: Simulation, folder: Path) -> ScenarioSets:
    """Read what the stage scenarios wrote for a world (data/scenarios/WORLD), but for the further test sets.

    Raises:
        ValueError: a file that is missing or not as written.
    """
    trained = read_training_sets(simulation, folder / TRAIN)
    drawn = {name: _read_table(_place(folder, name), "episode_seed") for name in DRAWN_SETS}
    proofs = _read_table(folder / "proofs.parquet", "scenario", ()).set_index("scenario")["difficulty"]
    difficulty = {(name, DRAWN_NAME): float(table["difficulty"].mean()) for name, table in drawn.items()}
    for set_name, members in (("suite", trained.suite), ("custom", trained.custom)):
        difficulty |= {(set_name, name): _of(proofs, name, folder / "proofs.parquet") for name in members}
    seeds = {name: table["episode_seed"].to_numpy(np.uint64) for name, table in drawn.items()}
    return ScenarioSets(trained.suite, trained.custom, seeds, difficulty)


def read_test_sets(simulation: Simulation, folder: Path, settings: Any) -> dict[str, TestSet]:
    """Read the further test sets that the stage scenarios wrote for a world (data/scenarios/WORLD), by name.

    Raises:
        ValueError: a file that is missing or not as written, or a set whose agents see or do other things than here.
    """
    sets: dict[str, TestSet] = {}
    for path in sorted((folder / "test_sets").glob("*.parquet")):
        table = _read_table(path, "episode_seed")
        seeds, difficulty = table["episode_seed"].to_numpy(np.uint64), float(table["difficulty"].mean())
        own = _read_settings(simulation, path.with_suffix(JSON))
        differs = simulation.same_seen_and_done(own, settings)
        if differs:
            raise ValueError(f"{path.with_suffix(JSON)}: {differs}: not as here, run `dvc repro scenarios` first")
        sets[path.stem] = TestSet(own, seeds, difficulty)
    return sets


def read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """All that the stage scenarios wrote of a world's drawn sets (data/scenarios/WORLD), by name.

    Raises:
        FileNotFoundError, ValueError: a file that is missing or no table.
    """
    further = sorted((folder / "test_sets").glob("*.parquet"))
    places = {name: _place(folder, name) for name in DRAWN_SETS} | {path.stem: path for path in further}
    return {name: files.read_parquet(path, ("family", "conflicting", "method")) for name, path in places.items()}


def write_named(simulation: Simulation, folder: Path, suite: Mapping[str, Any], custom: Mapping[str, Any]) -> None:
    """Write a file per scenario; files of scenarios that are no longer wanted go."""
    for own, scenarios in ((folder / TRAIN / "suite", suite), (folder / TRAIN / "custom", custom)):
        for name, scenario in scenarios.items():
            write_scenario(simulation, scenario, own / f"{name}{JSON}")
        _clear(own, scenarios)


def write_drawn(folder: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Write the drawn sets of DRAWN_SETS."""
    for name, table in tables.items():
        files.write_parquet(_place(folder, name), table)


def write_test_sets(folder: Path, settings: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> None:
    """Write each further set's episodes, and what they are played in; files of sets that are no longer wanted go."""
    own = folder / "test_sets"
    for name, table in tables.items():
        files.write_parquet(own / f"{name}.parquet", table)
        files.write_text(own / f"{name}{JSON}", settings[name].model_dump_json(indent=2))
    _clear(own, tables)


def _read_named(simulation: Simulation, folder: Path) -> dict[str, Any]:
    """The scenarios of a folder; where there are none, there is no folder, for DVC keeps no empty ones."""
    return read_folder(simulation, folder) if folder.exists() else {}


def _of(proofs: pd.Series, name: str, path: Path) -> float:
    """The difficulty of one scenario."""
    if list(proofs.index).count(name) != 1:
        raise ValueError(f"{path}: scenario {name!r} stands in it {list(proofs.index).count(name)} times, wanted once")
    return float(proofs[name])


def _place(folder: Path, name: str) -> Path:
    """Where a drawn set of DRAWN_SETS lies."""
    return (folder / TRAIN if name == "validation" else folder) / f"{name}.parquet"


def _clear(folder: Path, wanted: Mapping[str, Any]) -> None:
    for path in folder.glob("*"):
        if path.stem not in wanted:
            path.unlink()


def _read_settings(simulation: Simulation, path: Path) -> Any:
    try:
        values = files.read_json(path)
    except FileNotFoundError:
        raise ValueError(f"{path}: not found, run `dvc repro scenarios` first") from None
    return check(simulation.settings, values, str(path))


def _read_table(path: Path, key: str, numbers: tuple[str, ...] = ("episode_seed",)) -> pd.DataFrame:
    """The columns `key` and difficulty of a table."""
    try:
        table = files.read_parquet(path, (key,), ("difficulty", *numbers))[[key, "difficulty"]]
    except FileNotFoundError:
        raise ValueError(f"{path}: not found, run `dvc repro scenarios` first") from None
    if numbers and table[key].dtype.kind not in "iu":
        raise ValueError(f"{path}: column {key}: got {table[key].dtype}, wanted seeds, whole numbers")
    return table
