"""Facts about the command `murmuration`."""

import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import Checkout

from envs.airspace.simulation.room import OUTCOMES
from pipeline import cli
from pipeline.ground.parts import write_sums
from pipeline.playing import words

KEYS = ["scenario", "episodes", "los_rate", "arrived_share", "min_separation_nm", "num_agents", "steps"]
OUTSIDE = re.compile(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//|@import|url\(\s*["']?http|fetch\(""", re.IGNORECASE)

Command = Callable[..., str]


@pytest.fixture
def murmuration(
    finished: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs the command in a folder without params.yaml; returns what it printed, or the message it refused with."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    (tmp_path / "policy").symlink_to(finished.folder / "data/export/airspace/generic")
    (tmp_path / "suite").symlink_to(finished.folder / "data/scenarios/airspace/train/suite")

    def command(*words: str, refused: bool = False) -> str:
        monkeypatch.setattr(sys, "argv", ["murmuration", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        if refused:
            assert isinstance(ended.value.code, str), f"status {ended.value.code}, wanted a message and status 1"
            return ended.value.code
        assert ended.value.code in (0, None)
        return capsys.readouterr().out

    return command


def test_fly_prints_the_figures_as_json(murmuration: Command) -> None:
    figures: dict[str, Any] = json.loads(murmuration("fly", "policy", "suite/chase_3p1.json", "--json"))
    assert list(figures)[: len(KEYS)] == KEYS
    assert {"flight_time_s", "los_seconds", "return"} < set(figures)
    assert (figures["scenario"], figures["episodes"]) == ("chase_3p1", 1)
    assert figures["los_rate"] == float(figures["min_separation_nm"] < 5)
    assert 0 <= figures["arrived_share"] <= 1


def test_fly_reproduces_what_evaluate_found(murmuration: Command, finished: Checkout) -> None:
    table = pd.read_csv(finished.folder / "data/evaluation/airspace/generic/0/scenarios.csv").set_index(
        ["scenario", "mode"]
    )
    evaluated = table.loc[("chase_3p1", "deterministic")]
    figures = json.loads(murmuration("fly", "policy/policy.onnx", "suite/chase_3p1.json", "--json"))
    for name in ("los_rate", "min_separation_nm", "arrived_share"):
        assert figures[name] == pytest.approx(evaluated[name], rel=1e-4)


def test_fly_prints_words(murmuration: Command) -> None:
    lines = murmuration("fly", "policy", "suite/head_on.json").splitlines()
    assert lines[0] == "head_on: 1 episode(s)"
    assert [line.split("  ")[1] for line in lines[1:]] == [
        "episodes with loss of separation",
        "aircraft that arrive",
        "smallest separation",
        "mean length",
    ]
    assert lines[4].split()[2:] == ["30", "steps,", "300", "s"]


def test_outside_of_what_was_tested_the_rule_flies_and_fly_says_so(murmuration: Command, tmp_path: Path) -> None:
    inside = json.loads(murmuration("fly", "policy", "suite/head_on.json", "--json"))
    assert (inside["agent_decisions_outside"], "first_outside" in inside) == (0, False)
    assert inside["agent_decisions"] > 0
    described = Path(shutil.copytree(tmp_path / "policy", tmp_path / "narrow")) / "policy.json"
    content = json.loads(described.read_text())
    place = next(n for n, (low, high) in enumerate(content["tested"]["ranges"]) if low < 0.0 < high)
    content["tested"]["ranges"][place] = [1000.0, 1001.0]
    described.write_text(json.dumps(content))
    write_sums(described.parent)
    outside = json.loads(murmuration("fly", "narrow", "suite/head_on.json", "--json"))
    assert outside["agent_decisions_outside"] == outside["agent_decisions"] > 0
    assert outside["first_outside"].startswith(f"step 0, agent 0: {content['observation'][place]}: got ")
    assert outside["first_outside"].endswith("; orca took over")
    told = murmuration("fly", "narrow", "suite/head_on.json").splitlines()
    assert any(re.match(r"  outside of what was tested +\d+ of \d+ decisions", line) for line in told)


def test_fly_with_the_net_below_says_what_it_changed(murmuration: Command) -> None:
    words = "fly", "policy", "suite/head_on.json", "--shield"
    figures = json.loads(murmuration(*words, "--json"))
    assert figures["los_rate"] == 0.0
    assert 0 <= figures["decisions_changed"] <= figures["decisions"] == figures["steps"]
    told = murmuration(*words).splitlines()
    assert any(re.match(r"  decisions changed +\d+ of \d+ \(", line) for line in told)


def test_the_net_is_refused_in_another_simulator(murmuration: Command) -> None:
    message = murmuration("fly", "policy", "suite/head_on.json", "--shield", "--simulator", "bluesky", refused=True)
    assert message.startswith("error: --shield: got --simulator bluesky")


def test_fly_writes_a_recording_of_every_episode(murmuration: Command, tmp_path: Path) -> None:
    words = ("--stochastic", "--episodes", "3", "--json", "--record", "deep/flight.parquet")
    figures = json.loads(murmuration("fly", "policy", "suite/head_on.json", *words))
    assert figures["episodes"] == 3
    recording = pd.read_parquet(tmp_path / "deep/flight.parquet")
    assert sorted(recording["episode"].unique()) == [0, 1, 2]
    assert (recording.groupby("episode")["step"].min() == 0).all()
    flown = recording[recording["step"] == 1].groupby("episode")["action_heading"].first()
    assert flown.nunique() == 3


def test_the_seed_decides_stochastic_flights(murmuration: Command) -> None:
    def fly(seed: str) -> str:
        return murmuration("fly", "policy", "suite/chase_3p1.json", "--stochastic", "--seed", seed, "--json")

    assert fly("1") == fly("1")
    assert fly("1") != fly("2")


def test_fly_writes_an_animation_that_loads_nothing(murmuration: Command, tmp_path: Path) -> None:
    murmuration("fly", "policy", "suite/head_on.json", "--animate", "flight.html")
    page = (tmp_path / "flight.html").read_text()
    assert "head_on" in page
    assert page.rstrip().endswith("</html>")
    assert OUTSIDE.search(page) is None


@pytest.mark.parametrize(("name", "begins"), [("flight.gif", b"GIF89a"), ("flight.mp4", b"ftyp")])
def test_fly_writes_films(murmuration: Command, tmp_path: Path, name: str, begins: bytes) -> None:
    murmuration("fly", "policy", "suite/head_on.json", "--animate", name)
    assert begins in (tmp_path / name).read_bytes()[:16]


def test_fly_refuses_an_unknown_kind_of_film_before_it_flies(murmuration: Command, tmp_path: Path) -> None:
    words = ("suite/head_on.json", "--record", "flight.parquet", "--animate", "flight.avi")
    message = murmuration("fly", "policy", *words, refused=True)
    assert message == "error: --animate: got flight.avi, wanted a name that ends in .html, .gif, .mp4"
    assert not (tmp_path / "flight.parquet").exists()


def test_view_makes_a_page_beside_the_file(murmuration: Command, tmp_path: Path) -> None:
    murmuration("fly", "policy", "suite/head_on.json", "--record", "flight.parquet")
    assert murmuration("view", "flight.parquet") == "open flight.html\n"
    page = (tmp_path / "flight.html").read_text()
    assert "<title>flight</title>" in page
    assert OUTSIDE.search(page) is None


def test_view_shows_a_scenario_as_if_nobody_acts(murmuration: Command, tmp_path: Path) -> None:
    murmuration("view", "suite/head_on.json", "--output", "head_on.html")
    assert "minimum 0.00 NM, separation lost" in (tmp_path / "head_on.html").read_text()


def test_view_shows_an_episode_of_what_evaluate_recorded(
    murmuration: Command, finished: Checkout, tmp_path: Path
) -> None:
    recorded = str(finished.folder / "data/evaluation/airspace/generic/0/recordings.parquet")
    murmuration("view", recorded, "--output", "all.html")
    murmuration("view", recorded, "--episode", "head_on", "--output", "one.html")
    pages = [(tmp_path / name).read_text().count("<option value=") for name in ("all.html", "one.html")]
    assert pages[0] >= pages[1] + 8
    message = murmuration("view", recorded, "--output", "all.gif", refused=True)
    assert "a film shows one: wanted --episode" in message


def test_view_says_what_it_cannot_show(murmuration: Command) -> None:
    assert murmuration("view", "nowhere.json", refused=True).startswith("error: nowhere.json: not found")
    assert "--output: got x.avi" in murmuration("view", "suite/head_on.json", "--output", "x.avi", refused=True)


def test_one_aircraft_has_no_separation(murmuration: Command, tmp_path: Path) -> None:
    content = json.loads((tmp_path / "suite/head_on.json").read_text())
    (tmp_path / "alone.json").write_text(
        json.dumps(content | {"scenario_name": "alone", "agents": content["agents"][:1]})
    )
    figures = json.loads(murmuration("fly", "policy", "alone.json", "--json"))
    assert figures["min_separation_nm"] is None
    assert figures["los_rate"] == 0.0
    assert "smallest separation               none" in murmuration("fly", "policy", "alone.json")


def test_several_equal_episodes_are_refused(murmuration: Command) -> None:
    message = murmuration("fly", "policy", "suite/head_on.json", "--episodes", "3", refused=True)
    assert message.startswith("error: --episodes: got 3, wanted 1")


def test_a_missing_policy_or_scenario_is_named(murmuration: Command) -> None:
    assert "nowhere/policy.onnx" in murmuration("fly", "nowhere/policy.onnx", "suite/head_on.json", refused=True)
    assert "suite/head_no.json" in murmuration("fly", "policy", "suite/head_no.json", refused=True)


def test_a_scenario_that_is_no_json_is_named(murmuration: Command, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{")
    assert murmuration("fly", "policy", "bad.json", refused=True).startswith(
        "error: bad.json: line 1 column 2: not JSON"
    )


def test_flying_in_bluesky_says_how_to_install_it(murmuration: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bluesky", None)  # as if it were not installed
    message = murmuration("fly", "policy", "suite/head_on.json", "--simulator", "bluesky", refused=True)
    assert message.startswith("error: the simulator bluesky is not installed: run `make bluesky`")


def test_fly_reads_the_formats_of_the_world(murmuration: Command) -> None:
    murmuration("convert", "suite/head_on.json", "head_on.scn")
    one, other = (
        json.loads(murmuration("fly", "policy", name, "--json")) for name in ("suite/head_on.json", "head_on.scn")
    )
    assert other == pytest.approx(one)


def test_an_unknown_simulator_is_refused(murmuration: Command) -> None:
    message = murmuration("fly", "policy", "suite/head_on.json", "--simulator", "bluesy", refused=True)
    assert message == "error: --simulator: unknown 'bluesy', did you mean 'bluesky'? known: own, bluesky"


def test_figures_of_two_simulators_stand_side_by_side() -> None:
    own = {"scenario": "x", "episodes": 1, "los_rate": 0.0, "arrived_share": 1.0, "min_separation_nm": 6.0, "steps": 30}
    there = own | {"min_separation_nm": None, "steps": 31.5}
    lines = words({"own": own, "bluesky": there}, OUTCOMES, 10.0).splitlines()
    assert lines[1].split() == ["own", "bluesky"]
    assert lines[4].split() == ["smallest", "separation", "6.00", "NM", "none"]
    assert lines[5].split() == ["mean", "length", "30", "steps,", "300", "s", "31.5", "steps,", "315", "s"]
    ends = {
        line.index(word) + len(word)
        for line, word in zip(lines[1:5], ("own", "0.0%", "100.0%", "6.00 NM"), strict=True)
    }
    assert len(ends) == 1


def test_convert_goes_to_bluesky_and_back(murmuration: Command, tmp_path: Path) -> None:
    assert murmuration("convert", "suite/chase_3p1.json", "x.scn") == "x.scn: written\n"
    assert murmuration("convert", "x.scn", "back.json") == "back.json: written\n"
    one, other = (json.loads((tmp_path / name).read_text()) for name in ("suite/chase_3p1.json", "back.json"))
    assert other["scenario_name"] == one["scenario_name"] == "chase_3p1"
    for mine, theirs in zip(one["agents"], other["agents"], strict=True):
        assert (theirs["id"], theirs["type"], theirs["spd_kt"]) == (mine["id"], mine["type"], mine["spd_kt"])
        assert theirs["lat"] == pytest.approx(mine["lat"], abs=1e-11)


THREE = """\
00:00:00.00>PAN 0,0
00:00:00.00>CRE N1,SUPER,-0.5,-5.5e-17,360.0,65616.8,109.9
00:00:00.00>CRE N2,SUPER,0.25,0.433,240.0,65616.8,109.9
00:00:00.00>CRE N3,SUPER,0.25,-0.433,120.0,65616.8,109.9
"""


def test_a_refusal_names_the_choice_that_reads_a_file_of_others(murmuration: Command, tmp_path: Path) -> None:
    (tmp_path / "three.scn").write_text(THREE)
    chosen: list[str] = []
    for wish in ("ahead_nm=60", "type=B744", "level=FL200"):
        message = murmuration("fly", "policy", "three.scn", *chosen, refused=True)
        assert message.startswith("error: three.scn: line 2: ")
        assert f"--with {wish}" in message
        chosen += ["--with", wish]
    figures = json.loads(murmuration("fly", "policy", "three.scn", "--json", *chosen))
    assert figures["num_agents"] == 3
    assert murmuration("convert", "three.scn", "three.json", *chosen) == "three.json: written\n"
    document = json.loads((tmp_path / "three.json").read_text())
    assert document["notes"].startswith(
        "read with ahead_nm=60, type=B744, level=FL200; left out, for they move nobody: PAN;"
    )
    assert json.loads(murmuration("fly", "policy", "three.json", "--json")) == pytest.approx(figures)


def test_choices_that_no_format_has_are_refused(murmuration: Command) -> None:
    message = murmuration("fly", "policy", "suite/head_on.json", "--with", "level=FL100", refused=True)
    assert message.startswith("error: suite/head_on.json: --with: unknown 'level'")
    message = murmuration("convert", "suite/head_on.json", "x.scn", "--with", "level", refused=True)
    assert message == "error: --with: got 'level', wanted KEY=VALUE, each key once"


def test_convert_refuses_other_kinds_of_files(murmuration: Command) -> None:
    words = ("convert", "suite/head_on.json", "head_on.txt")
    message = murmuration(*words, "--world", "airspace", refused=True)
    assert message == "error: head_on.txt: got a name ending in '.txt', wanted .json or .scn"
    message = murmuration(*words, refused=True)
    assert message.endswith("head_on.txt: whose? wanted --world, or one name that ends in .scn or .xml")
    assert murmuration(*words, "--world", "airspac", refused=True).startswith(
        "error: world: unknown 'airspac', did you"
    )


def test_help_names_the_command_and_says_how_training_runs(murmuration: Command) -> None:
    text = " ".join(murmuration("--help").split())
    assert "Usage: murmuration" in text
    assert "dvc repro" in text
    assert "fly Fly an exported policy through a scenario file" in text


def test_help_of_fly_explains_every_option(murmuration: Command) -> None:
    text = " ".join(murmuration("fly", "--help").split())
    assert re.search("Usage: murmuration fly .*policy.* .*scenario", text, re.IGNORECASE)
    explained = {
        "--episodes": "How many episodes",
        "--stochastic": "Draw actions",
        "--seed": "Decides the draws",
        "--json": "Print the figures as JSON",
        "--record": "Write every step",
        "--animate": "Write the first episode as .html, .gif or .mp4",
        "--simulator": "Another simulator that the world knows",
    }
    for option, explanation in explained.items():
        assert re.search(rf"{option}\b.*{explanation}", text), option


@pytest.fixture
def evaluated(murmuration: Command, finished: Checkout, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The same command where the stages have run."""
    monkeypatch.chdir(finished.folder)
    return murmuration


def test_compare_tells_of_every_other_one_in_pairs(evaluated: Command, tmp_path: Path) -> None:
    ours, plot = "data/evaluation/airspace/generic/0", tmp_path / "compared.svg"
    said = evaluated("compare", ours, f"{ours}:hold", f"{ours}:mvp", "--plot", str(plot))
    assert [f"{ours} minus {ours}:{mode}" in said for mode in ("hold", "mvp")] == [True, True]
    assert "10 episodes; this speaks of these policies" in said
    assert plot.read_text().startswith("<svg")


def test_an_export_flies_as_its_model_was_evaluated(evaluated: Command) -> None:
    said = evaluated("compare", "data/evaluation/airspace/generic", "data/export/airspace/generic", "--json")
    rows = {row["figure"]: row for row in json.loads(said)["data/export/airspace/generic"]}
    assert rows["los"]["num_episodes"] == 10
    assert rows["track_nm"]["ours"] == pytest.approx(rows["track_nm"]["theirs"], rel=1e-3)


def test_compare_says_what_it_cannot_compare(evaluated: Command) -> None:
    assert "wanted two or more" in evaluated("compare", "data/evaluation/airspace/generic", refused=True)
    pair = ("compare", "data/evaluation/airspace/generic", "data/export/airspace/generic")
    assert "tests was not played deterministic, known: aircraft_2" in evaluated(*pair, "--set", "tests", refused=True)
    assert "--plot: got x.png" in evaluated(*pair, "--plot", "x.png", refused=True)
    assert "take mvp from an evaluation" in evaluated("compare", pair[1], f"{pair[2]}:mvp", refused=True)
