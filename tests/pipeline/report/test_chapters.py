"""Facts about what the page about scenarios gathers of a world."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.doors import simulation
from envs.ground.rooms import Way
from pipeline.pictures.player import LOSS_COLOUR
from pipeline.report.chapters import read_chapter
from pipeline.scenarios.proofs import written
from pipeline.scenarios.sets import write_drawn, write_named, write_test_sets

MVP = Way("mvp", {"look_ahead_s": 300.0, "margin": 1.05})
HOLD = {
    "hold_los": True,
    "hold_all_arrived": True,
    "hold_min_separation_nm": 0.0,
    "hold_closest_s": 224.0,
    "hold_pair": "AC1, AC2",
    "hold_los_seconds": 60,
}


def proof(name: str, way: Way | None) -> dict[str, object]:
    plan = {"method": "none", "plan": ""} if way is None else {"method": way.method, "plan": written(way)}
    own = {"scenario": name, "episode_seed": 1, "num_agents": 2, "conflicting": True, "solved": way is not None}
    return own | HOLD | plan | {"plan_min_separation_nm": 9.5, "plan_time_s": 450.0, "difficulty": 0.5}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A world's folder with two named scenarios, one solved, and drawn sets of two episodes each."""
    named = {name: SUITE[name] for name in ("head_on", "parallel")}
    write_named(SIMULATION, tmp_path, named, {})
    (tmp_path / "train").mkdir(exist_ok=True)
    drawn = pd.DataFrame([proof("procedural", None)] * 2).drop(columns="scenario").assign(family="random")
    write_drawn(tmp_path, {"validation": drawn, "test": drawn})
    write_test_sets(tmp_path, {"far": AirspaceSettings()}, {"far": drawn})
    pd.DataFrame([proof("head_on", MVP), proof("parallel", None)]).to_parquet(tmp_path / "proofs.parquet")
    return tmp_path


def test_a_chapter_has_every_named_scenario_with_a_picture_and_every_drawn_set(folder: Path) -> None:
    found = read_chapter("airspace", folder, AirspaceSettings())
    assert found.agents == "aircraft"
    assert found.solved == {
        "plan_min_separation_nm": "smallest separation, NM",
        "plan_time_s": "solved after, s",
    }
    assert sorted(found.pictures) == ["head_on", "parallel"]
    assert list(found.drawn) == ["validation", "test", "far"]


def test_a_picture_shows_the_loss_if_nobody_acts_and_the_way_beside_it(folder: Path) -> None:
    with_way = read_chapter("airspace", folder, AirspaceSettings()).pictures["head_on"]
    pd.DataFrame([proof("head_on", None), proof("parallel", None)]).to_parquet(folder / "proofs.parquet")
    without = read_chapter("airspace", folder, AirspaceSettings()).pictures["head_on"]
    assert LOSS_COLOUR in with_way
    assert LOSS_COLOUR in without
    assert with_way.count("<path") > without.count("<path")


def test_a_file_that_is_missing_or_of_an_older_layout_is_named(folder: Path) -> None:
    pd.DataFrame([proof("head_on", MVP)]).drop(columns="hold_pair").to_parquet(folder / "proofs.parquet")
    with pytest.raises(ValueError, match=r"proofs\.parquet: no column 'hold_pair': of an older layout"):
        read_chapter("airspace", folder, AirspaceSettings())
    (folder / "proofs.parquet").unlink()
    with pytest.raises(FileNotFoundError, match=r"proofs\.parquet"):
        read_chapter("airspace", folder, AirspaceSettings())


def test_a_world_without_named_scenarios_has_a_chapter_too(tmp_path: Path) -> None:
    own = simulation("pettingzoo")
    write_named(own, tmp_path, {}, {})
    drawn = pd.DataFrame({"family": [""], "conflicting": [True], "method": ["none"], "difficulty": [np.nan]})
    write_drawn(tmp_path, {name: drawn.assign(episode_seed=1, num_agents=3) for name in ("validation", "test")})
    pd.DataFrame({"scenario": [], "difficulty": []}).to_parquet(tmp_path / "proofs.parquet")
    found = read_chapter("pettingzoo", tmp_path, own.settings())
    assert len(found.proofs) == 0
    assert list(found.solved) == ["plan_steps"]
    assert len(found.drawn["test"]) == 1
