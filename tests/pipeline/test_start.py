"""What a command loads before it answers, by the modules that are there at its end: no test looks at a clock."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from conftest import STAGES, Checkout, new_checkout, run_in_new_python

from envs.ground import doors
from pipeline.cli import app
from pipeline.ground import completions

LOOKS = """
import json, sys
from envs.ground import doors
from pipeline.cli import app
for words in json.loads(sys.argv[1]):
    try:
        app(words, prog_name="murmuration")
    except SystemExit as ended:
        assert not ended.code, f"{words}: {ended.code}"
with open(sys.argv[2], "w") as file:
    json.dump(sorted(sys.modules), file)
"""
LEARNS = ("torch", "stable_baselines3", "sb3_contrib", "supersuit", "mlflow", "tensorboardX", "optuna", "onnx")
SECONDS = (*LEARNS, "prefect", "openap", "matplotlib", "gymnasium", "pettingzoo", "scipy.optimize", "sqlalchemy")
"""What takes a tenth of a second to several seconds to import, and neither flying, viewing nor comparing needs."""
TENTHS = (*SECONDS, "numpy", "pandas", "pyarrow", "scipy", "numba", "onnxruntime", "PIL", "jinja2", "ruamel", "rich")
"""What help and completion need still less."""
SUITE = "data/scenarios/airspace/train/suite"


def loaded(folder: Path, output: Path, *commands: list[str], **environment: str) -> tuple[set[str], str]:
    """The modules that a process has loaded when it has run these commands without a fault, and what it said."""
    call = [sys.executable, "-c", LOOKS, json.dumps(commands), str(output)]
    done = subprocess.run(call, cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(output.read_text())), done.stdout


def test_help_of_every_command_loads_no_part(tmp_path: Path) -> None:
    words = [["--help"], *([name, "--help"] for name in typer.main.get_command(app).commands)]
    modules, said = loaded(tmp_path, tmp_path / "modules.json", *words)
    assert said.count("Usage: murmuration") == len(words) > 10
    assert modules.isdisjoint(TENTHS)


def complete(folder: Path, output: Path, line: str) -> tuple[set[str], list[str]]:
    """What bash is offered for the last word of a line, and what was loaded for it."""
    words = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    modules, said = loaded(folder, output, [], _MURMURATION_COMPLETE="complete_bash", **words)
    return modules, said.split()


def test_completion_offers_what_is_there_and_loads_no_part(finished: Checkout, tmp_path: Path) -> None:
    modules, offered = complete(finished.folder, tmp_path / "modules.json", "murmuration fly data/exp")
    assert offered == ["data/export/airspace/generic"]
    assert modules.isdisjoint(TENTHS)


def test_every_kind_of_word_is_completed(finished: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(finished.folder)
    evaluation, export = "data/evaluation/airspace/generic", "data/export/airspace/generic"
    assert completions.worlds("air") == ["airspace"]
    assert completions.policies("") == [export, *sorted(doors.worlds())]
    assert completions.contenders("data") == [evaluation, f"{evaluation}/0", export]
    assert completions.scenario_folders("data/s") == [SUITE]
    assert completions.figures("scor") == ["score"]
    assert completions.scenarios(SUITE) == [f"{SUITE}/chase_3p1.json", f"{SUITE}/head_on.json"]
    assert completions.shown("data/ev") == [f"{evaluation}/0/recordings.parquet"]
    assert {"ppo", "sac"} <= set(completions.algorithms(""))
    assert completions.settings("train.num_w") == ["train.num_worlds="]
    assert completions.settings("no_key") == []


def test_nothing_is_offered_where_nothing_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert [completions.exports(""), completions.scenarios(""), completions.settings("")] == [[], [], []]


@pytest.mark.parametrize(
    "words",
    [
        ["fly", "data/export/airspace/generic", f"{SUITE}/head_on.json"],
        ["view", f"{SUITE}/head_on.json", "--output", "{}/page.html"],
        ["convert", f"{SUITE}/head_on.json", "{}/head_on.scn"],
    ],
    ids=lambda words: words[0],
)
def test_a_scenario_is_shown_without_what_learns(finished: Checkout, tmp_path: Path, words: list[str]) -> None:
    given = [word.format(tmp_path) for word in words]
    modules, _ = loaded(finished.folder, tmp_path / "modules.json", given)
    assert modules.isdisjoint((*SECONDS, "scipy.stats"))


def test_evaluations_are_compared_without_what_learns(finished: Checkout, tmp_path: Path) -> None:
    ours = "data/evaluation/airspace/generic/0"
    modules, _ = loaded(finished.folder, tmp_path / "modules.json", ["compare", ours, f"{ours}:mvp"])
    assert modules.isdisjoint((*SECONDS, "scipy.stats"))


@pytest.fixture(scope="module")
def alone(once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    """The modules that were there when each stage, in a Python of its own, began and ended: STAGE.modules.json."""

    def run_all(folder: Path) -> None:
        new_checkout(folder)
        for name in STAGES:
            ended = run_in_new_python(folder, name, folder / f"{name}.modules.json")
            assert ended.returncode == 0, f"{name}: {ended.stderr}"

    return once("alone", run_all)


def told(alone: Path, name: str, when: str) -> set[str]:
    return set(json.loads((alone / f"{name}.modules.json").read_text())[when])


@pytest.mark.parametrize("name", STAGES)
@pytest.mark.long
def test_no_stage_begins_with_what_it_needs_at_its_end_or_never(alone: Path, name: str) -> None:
    modules = told(alone, name, "begun")
    late = {"mlflow", "sqlalchemy", "onnx", "tensorboardX", "optuna", "scipy.stats", "scipy.optimize", "torch._dynamo"}
    assert modules.isdisjoint(late)
    if name in ("check", "scenarios", "report"):
        assert modules.isdisjoint({*LEARNS, "scipy", "onnxruntime"})
    assert "torch" in modules or name in ("check", "scenarios", "report")


@pytest.mark.parametrize("name", STAGES)
@pytest.mark.long
def test_no_stage_ever_loads_what_it_has_no_use_for(alone: Path, name: str) -> None:
    modules = told(alone, name, "ended")
    assert modules.isdisjoint({"optuna", "tensorboardX", "prefect"})
    assert "scipy.stats" not in modules or "openap" in modules  # which brings it along
    if name in ("check", "train", "evaluate"):
        assert "torch" in modules
        assert "torch._dynamo" not in modules  # torch's compiler, for its own optimisers
    if name in ("scenarios", "report"):
        assert modules.isdisjoint({"torch", "stable_baselines3"})


@pytest.mark.parametrize("key", ["train.num_worlds", "airspace.simulation.episode.max_steps"])
def test_a_mistake_in_params_is_told_before_what_learns_is_loaded(checkout: Checkout, tmp_path: Path, key: str) -> None:
    checkout.change({key: 0})
    ended = run_in_new_python(checkout.folder, "check", tmp_path / "modules.json")
    assert ended.returncode == 1
    assert key in ended.stderr
    assert set(json.loads((tmp_path / "modules.json").read_text())["ended"]).isdisjoint(LEARNS)
