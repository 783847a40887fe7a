"""Facts about sets on disk: what is written is read again, training reads its own part alone, others are refused."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from envs.ground.play import Space
from envs.ground.sets import DrawnSet, ScenarioSettings
from pipeline.ground.files import write_parquet
from pipeline.scenarios.proofs import Prover
from pipeline.scenarios.proven_sets import draw_set, prove_named
from pipeline.scenarios.sets import (
    draw_seeds,
    read_sets,
    read_test_sets,
    read_training_sets,
    write_drawn,
    write_named,
    write_test_sets,
)
from tests.pipeline.scenarios.counting import SCENARIOS, SIMULATION, Counting, Number

SUITE, CUSTOM = {"four": Number("four", 4)}, {"five": Number("five", 5), "six": Number("six", 6)}
PLAIN = DrawnSet(num_episodes=5, only_conflicting=False, only_solvable=False)
APART = Counting(offset=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """All that the stage scenarios writes for a world."""
    space, settings = Space(SIMULATION, Counting(), (*SUITE.values(), *CUSTOM.values())), ScenarioSettings()
    prover = Prover(SCENARIOS, settings, space, tuple(SCENARIOS.ways(settings, None)), 0)
    apart = replace(prover, space=replace(space, settings=APART))
    write_named(SIMULATION, tmp_path, SUITE, CUSTOM)
    write_drawn(tmp_path, {name: draw_set(prover, name, PLAIN) for name in ("validation", "test")})
    write_test_sets(tmp_path, {"apart": APART}, {"apart": draw_set(apart, "apart", PLAIN)})
    write_parquet(tmp_path / "proofs.parquet", prove_named(prover, SUITE | CUSTOM))
    return tmp_path


def test_what_is_written_is_read_again(folder: Path) -> None:
    sets = read_sets(SIMULATION, folder)
    assert (sets.suite, sets.custom, list(sets.named)) == (SUITE, CUSTOM, ["four", "five", "six"])
    assert {name: [int(seed) >> 62 for seed in seeds] for name, seeds in sets.drawn.items()} == {
        "validation": [1] * 5,
        "test": [2] * 5,
    }
    assert sets.difficulty["test", "procedural"] == 0.0
    assert sets.difficulty["suite", "four"] == sets.difficulty["custom", "six"] == 1.0
    (apart,) = read_test_sets(SIMULATION, folder, Counting()).values()
    assert (apart.settings, len(apart.seeds), apart.difficulty) == (APART, 5, 0.0)


def test_training_reads_its_own_folder_and_knows_no_test(folder: Path) -> None:
    known = read_sets(SIMULATION, folder)
    for path in folder.iterdir():
        if path.name != "train":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    sets = read_training_sets(SIMULATION, folder / "train")
    assert (sets.named, list(sets.drawn)) == (known.named, ["validation"])
    np.testing.assert_array_equal(sets.drawn["validation"], known.drawn["validation"])


def test_what_is_no_longer_wanted_goes(folder: Path) -> None:
    write_named(SIMULATION, folder, {}, {"six": CUSTOM["six"]})
    write_test_sets(folder, {}, {})
    sets = read_sets(SIMULATION, folder)
    assert (list(sets.suite), list(sets.custom), read_test_sets(SIMULATION, folder, Counting())) == ([], ["six"], {})


def test_a_world_without_scenarios_has_no_folders_of_them(folder: Path) -> None:
    """As a checkout of DVC's cache leaves them: it keeps no empty folders."""
    for name in ("suite", "custom"):
        shutil.rmtree(folder / "train" / name)
    assert read_training_sets(SIMULATION, folder / "train").named == {}


def test_a_test_set_in_which_agents_see_other_things_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"test_sets/apart\.json: sharp: not as here, run `dvc repro scenarios` first"):
        read_test_sets(SIMULATION, folder, Counting(sharp=False))


@pytest.mark.parametrize("name", ["train/validation.parquet", "test.parquet", "proofs.parquet"])
def test_a_missing_or_broken_table_is_named(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"PAR1")
    with pytest.raises(ValueError, match=rf"{name}: not a table \(truncated\?\)"):
        read_sets(SIMULATION, folder)
    (folder / name).unlink()
    with pytest.raises(ValueError, match=rf"{name}: not found, run `dvc repro scenarios` first"):
        read_sets(SIMULATION, folder)


def test_settings_of_a_test_set_that_are_missing_or_broken_are_named(folder: Path) -> None:
    settings = folder / "test_sets/apart.json"
    settings.write_text('{"offset": ')
    with pytest.raises(ValueError, match=r"apart\.json: line 1 column 12: not JSON"):
        read_test_sets(SIMULATION, folder, Counting())
    settings.unlink()
    with pytest.raises(ValueError, match=r"apart\.json: not found"):
        read_test_sets(SIMULATION, folder, Counting())


def test_seeds_tell_what_they_are_drawn_for() -> None:
    drawn = {split: draw_seeds(np.random.default_rng(0), split, 3) for split in ("train", "validation", "test")}
    assert pd.DataFrame(drawn).map(lambda seed: int(seed) >> 62).to_numpy().tolist() == [[0, 1, 2]] * 3
    assert len({int(seed) % 2**62 for seeds in drawn.values() for seed in seeds}) == 3
