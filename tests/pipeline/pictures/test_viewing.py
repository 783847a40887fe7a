"""Facts about viewing a file: what is read, which episode is meant, what is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.room import SIMULATION
from envs.ground import doors
from envs.ground.scene import Scene
from pipeline.pictures.viewing import check_output, read_scenes, scenes_of, write_view
from pipeline.scenarios.files import write_scenario
from tests.envs.airspace.pictures.flights_by_hand import recording


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    write_scenario(SIMULATION, SUITE["head_on"], tmp_path / "head_on.json")
    return tmp_path / "head_on.json"


def write(path: Path, *episodes: dict[str, object]) -> Path:
    """A recording with an episode for each of these labels; the first flies 1 step, the next 2, and so on."""
    frames = [recording(num_steps=n).assign(**labels) for n, labels in enumerate(episodes, start=1)]
    pd.concat(frames).to_parquet(path)
    return path


@pytest.fixture
def evaluated(tmp_path: Path) -> Path:
    """Labelled as the stage evaluate does."""
    return write(
        tmp_path / "recordings.parquet",
        {"set": "suite", "mode": "deterministic", "scenario": "head_on", "episode": 0},
        {"set": "suite", "mode": "deterministic", "scenario": "parallel", "episode": 1},
        {"set": "custom", "mode": "deterministic", "scenario": "rush_hour", "episode": 0},
        {"set": "test", "mode": "deterministic", "scenario": "procedural", "episode": 56},
        {"set": "test", "mode": "deterministic", "scenario": "procedural", "episode": 88},
    )


def read(path: Path, episode: str | None = None, world: str | None = "airspace") -> dict[str, Scene]:
    return read_scenes(path, episode, world)


def num_steps(found: dict[str, Scene]) -> dict[str, int]:
    return {name: len(scene.time) - 1 for name, scene in found.items()}


def test_a_scenario_is_played_as_if_nobody_acts(scenario: Path) -> None:
    found = read(scenario)
    assert list(found) == ["head_on"]
    played = found["head_on"]
    assert played.place[0].tolist() == [
        [pytest.approx(0, abs=1e-9), pytest.approx(-18)],
        [pytest.approx(0, abs=1e-9), pytest.approx(18)],
    ]
    assert played.summary == "minimum 0.00 NM, separation lost"
    assert np.ptp(played.course[played.shown[:, 0], 0]) == 0.0
    assert played.finished[-1].all()


def test_a_file_is_of_the_world_whose_folder_it_lies_in_or_that_it_fits(evaluated: Path, tmp_path: Path) -> None:
    rewarded = recording().assign(reward=1.0)
    for name in ("plain", "airspace", "pettingzoo"):
        (tmp_path / name).mkdir()
        rewarded.to_parquet(tmp_path / name / "x.parquet")
    units = {name: read(tmp_path / name / "x.parquet", None, None)["x"].look.unit for name in ("airspace", "plain")}
    assert units == {"airspace": "NM", "plain": "NM"}
    assert read(tmp_path / "pettingzoo/x.parquet", None, None)["x"].summary == "return 5"
    assert read(tmp_path / "airspace/x.parquet", None, "pettingzoo")["x"].summary == "return 5"
    assert len(read(evaluated, None, None)) == 5


def test_a_scenario_is_of_the_world_that_reads_it(scenario: Path, tmp_path: Path) -> None:
    assert list(read(scenario, None, None)) == ["head_on"]
    lefts = doors.scenarios("roads").suite()["four_lefts"]
    write_scenario(doors.simulation("roads"), lefts, tmp_path / "lefts.json", {})
    assert list(read(tmp_path / "lefts.json", None, None)) == ["lefts"]


def test_what_no_world_reads_is_refused_by_each(tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text("{}")
    with pytest.raises(ValueError, match=r"odd\.json: no world's scenario, --world says .*; airspace: .*; roads: "):
        read(tmp_path / "odd.json", None, None)


def test_a_world_that_is_not_there_is_named(evaluated: Path, scenario: Path) -> None:
    for path in (evaluated, scenario):
        with pytest.raises(ValueError, match=r"unknown 'airspce'.* did you mean 'airspace'\?"):
            read(path, None, "airspce")


def test_a_recording_of_one_episode_needs_no_choice(tmp_path: Path) -> None:
    assert num_steps(read(write(tmp_path / "night.parquet", {"episode": 0}))) == {"night": 1}
    assert num_steps(read(write(tmp_path / "plain.parquet", {}))) == {"plain": 1}


def test_episodes_are_named_by_what_tells_them_apart(evaluated: Path, tmp_path: Path) -> None:
    assert num_steps(read(evaluated)) == {
        "suite / head_on": 1,
        "suite / parallel": 2,
        "custom / rush_hour": 3,
        "test / procedural 56": 4,
        "test / procedural 88": 5,
    }
    flown = write(tmp_path / "flown.parquet", {"episode": 0}, {"episode": 1})
    assert num_steps(read(flown)) == {"episode 0": 1, "episode 1": 2}


@pytest.mark.parametrize(
    ("wanted", "steps"),
    [("parallel", 2), ("suite / head_on", 1), ("88", 5), ("1", 2), ("test / procedural 56", 4)],
)
def test_an_episode_is_chosen_by_number_scenario_or_whole_name(evaluated: Path, wanted: str, steps: int) -> None:
    assert list(num_steps(read(evaluated, wanted)).values()) == [steps]


def test_an_episode_that_is_unknown_or_not_one_is_refused(evaluated: Path) -> None:
    with pytest.raises(
        ValueError, match=r"--episode: no 'paralel' in .*, did you mean 'parallel'\? known: 'suite / head_on'"
    ):
        read(evaluated, "paralel")
    with pytest.raises(ValueError, match=r"--episode: '0' is 2 episodes of .*'suite / head_on', 'custom / rush_hour'"):
        read(evaluated, "0")


def test_a_scenario_has_no_episodes_to_choose_from(scenario: Path) -> None:
    with pytest.raises(ValueError, match=r"--episode: got '0', but .*head_on\.json is a scenario, wanted a recording"):
        read(scenario, "0")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("params.yaml", r"params\.yaml: wanted a scenario \(\.json\) or a recording \(\.parquet\)"),
        ("nowhere.json", r"nowhere\.json: not found, wanted a scenario"),
        ("nowhere.parquet", r"nowhere\.parquet: not found, wanted a scenario"),
        ("folder.parquet", r"folder\.parquet: not found"),
        ("broken.parquet", r"broken\.parquet: not a table \(truncated\?\)"),
        ("table.parquet", r"table\.parquet: not a recording: missing columns step, time_s"),
        ("empty.parquet", r"empty\.parquet: a recording without rows"),
        ("twice.parquet", r"recording 'twice': two rows for A1 at step 0, wanted one: several episodes\?"),
        ("broken.json", r"broken\.json: line 1 column 2: not JSON"),
    ],
)
def test_what_cannot_be_viewed_is_refused_by_name(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "params.yaml").write_text("seeds: [0]")
    (tmp_path / "folder.parquet").mkdir()
    (tmp_path / "broken.json").write_text("{")
    whole = write(tmp_path / "whole.parquet", {}).read_bytes()
    (tmp_path / "broken.parquet").write_bytes(whole[: len(whole) // 2])
    pd.DataFrame({"episode_seed": [1]}).to_parquet(tmp_path / "table.parquet")
    recording().iloc[:0].to_parquet(tmp_path / "empty.parquet")
    write(tmp_path / "twice.parquet", {}, {})
    with pytest.raises(ValueError, match=message):
        write_view(tmp_path / "x.html", read(tmp_path / name), "x", name)
    assert not (tmp_path / "x.html").exists()


@pytest.mark.parametrize("name", ["film.avi", "film", "film.html.gz"])
def test_a_file_to_write_has_a_known_ending(name: str) -> None:
    with pytest.raises(ValueError, match=rf"--animate: got {name}, wanted a name that ends in \.html, \.gif, \.mp4"):
        check_output(Path(name), "--animate")


def test_a_page_plays_all_episodes(evaluated: Path, tmp_path: Path) -> None:
    write_view(tmp_path / "deep/x.html", read(evaluated), "night flights", "x")
    text = (tmp_path / "deep/x.html").read_text(encoding="utf-8")
    assert "<title>night flights</title>" in text
    assert text.count("<optgroup") == 3
    assert text.count("<option value=") >= 5


def test_a_film_shows_one_episode(evaluated: Path, tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match="recordings: 5 episodes, a film shows one: wanted --episode, 'suite / head_on'"
    ):
        write_view(tmp_path / "x.gif", read(evaluated), "x", "recordings")
    write_view(tmp_path / "x.GIF", read(evaluated, "parallel"), "x", "recordings")
    with Image.open(tmp_path / "x.GIF") as film:
        assert film.format == "GIF"


def test_a_film_that_fails_leaves_no_file(tmp_path: Path) -> None:
    (broken,) = scenes_of("airspace", {"x": recording()}).values()
    with pytest.raises(IndexError):
        write_view(tmp_path / "x.gif", {"x": replace(broken, words=["too few"])}, "x", "x")
    assert list(tmp_path.iterdir()) == []
