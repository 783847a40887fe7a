"""`murmuration train` and `train`: one small environment from end to end, stopped once on the way, and refusals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.ground.paths import PARAMS
from pipeline.settings.params import read_params
from pipeline.stages import check
from pipeline.standalone import Run, train
from pipeline.standalone.folder import held, make
from pipeline.standalone.request import CHECKOUT, Request, plan
from pipeline.standalone.stage_processes import _listen, run_stage

ENVIRONMENT = """
from mpe2.simple_v3 import parallel_env


def small(cycles):
    return parallel_env(max_cycles=cycles)
"""
STEPS, CYCLES = 800, 5
SETTINGS: dict[str, Any] = {
    "train.hyperparameters.n_steps": 16,
    "train.hyperparameters.batch_size": 16,
    "train.checkpoint_every_timesteps": 100,
    "train.validation.every_timesteps": 800,
    "train.torch_threads": 1,
    "train.environment_threads": 1,
    "pettingzoo.scenarios.validation.num_episodes": 2,
    "pettingzoo.scenarios.test.num_episodes": 3,
    "evaluate.stochastic_episodes": 1,
    "evaluate.bootstrap_resamples": 100,
}
PATIENCE_S = 600.0


def words(folder: Path) -> list[str]:
    sets = [word for key, value in SETTINGS.items() for word in ("--set", f"{key}={value}")]
    asked = ["--steps", str(STEPS), "--num-worlds", "2", "--arguments", f"cycles={CYCLES}", "--into", str(folder)]
    wrapped = ["--wrapper", "frame_stack:stack_size=2"]
    return [sys.executable, "-m", "pipeline.cli", "train", "walker.py:small", *asked, *wrapped, *sets]


def asked(folder: Path, **changes: Any) -> Run:
    """The same as the command."""
    wanted = {
        "total_timesteps": STEPS,
        "num_worlds": 2,
        "arguments": {"cycles": CYCLES},
        "wrappers": [{"frame_stack": {"stack_size": 2}}],
        "settings": SETTINGS,
        "folder": folder,
    }
    return train("walker.py:small", **(wanted | changes))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where somebody works: a file with an environment of their own, and nothing of the project."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "walker.py").write_text(ENVIRONMENT)
    return folder


@pytest.fixture(scope="module")
def said(place: Path) -> tuple[str, str]:
    """What the command printed, stopped by SIGTERM in training, and when it was given again."""
    command, environment = words(Path("runs/walk")), os.environ | {"PYTHONPATH": str(CHECKOUT)}
    piped: dict[str, Any] = {"cwd": place, "env": environment, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, text=True, **piped) as first:
        deadline = time.monotonic() + PATIENCE_S
        while not list(place.glob("runs/walk/checkpoints/*/state.pt")):
            assert first.poll() is None, first.communicate()[0]
            assert time.monotonic() < deadline
            time.sleep(0.01)
        first.send_signal(signal.SIGTERM)
        stopped, _ = first.communicate(timeout=PATIENCE_S)
    assert first.returncode == 130, stopped
    again = subprocess.run(command, text=True, check=False, **piped)
    assert again.returncode == 0, again.stdout
    return stopped, again.stdout


@pytest.fixture
def there(place: Path, said: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the finished run, seen from where its user stands."""
    monkeypatch.chdir(place)
    return Path("runs/walk")


@pytest.mark.long
def test_a_stopped_command_goes_on_where_it_was(there: Path, said: tuple[str, str]) -> None:
    stopped, again = said
    assert "runs/walk: stopped in train; the same again goes on from there" in stopped
    assert "walker: scenarios (2 of 6)" in stopped
    assert "walker: scenarios" not in again
    assert "goes on from" in again
    [told] = there.glob("data/models/*/*/0/training.json")
    assert json.loads(told.read_text())["resumed"] == 1


@pytest.mark.long
def test_the_command_ends_with_the_paths_of_policy_and_report(there: Path, said: tuple[str, str]) -> None:
    policy, report = said[1].splitlines()[-2:]
    assert policy == "policy: runs/walk/data/export/pettingzoo/generic/policy.onnx"
    assert report == "report: runs/walk/data/report/index.html"
    assert Path(policy.split()[1]).stat().st_size > 0
    assert "walker" in Path(report.split()[1]).read_text(encoding="utf-8")


@pytest.mark.long
def test_the_command_writes_into_its_folder_and_nowhere_else(place: Path, there: Path) -> None:
    assert {entry.name for entry in place.iterdir()} == {"walker.py", "runs"}
    assert [entry.name for entry in (place / "runs").iterdir()] == ["walk"]
    assert (there / "mlflow.db").is_file()
    assert (there / "my_envs/walker.py").read_text() == ENVIRONMENT


@pytest.mark.long
def test_the_function_finds_the_finished_run_of_the_command(there: Path) -> None:
    run = asked(there, seed=np.int64(0), num_worlds=np.int64(2))
    assert run.page.is_file()
    assert run.onnx.is_file()
    assert run.curve(0).read_text().startswith("agent_steps")
    assert (run.model(0) / "network.safetensors").is_file()
    assert (run.evaluation(0) / "episodes.parquet").is_file()
    assert run.figures[0]["test_length_deterministic"] == CYCLES
    assert run.figures[0]["test_return_mean_random"] < 0


@pytest.mark.long
def test_what_was_asked_for_stands_in_the_params_of_the_folder(there: Path) -> None:
    params = read_params(there / PARAMS)
    assert (params.worlds, params.seeds) == (("pettingzoo",), (0,))
    own = params.policies["generic"]
    assert own is not None
    assert (own["total_timesteps"], own["num_worlds"], own["hyperparameters"]["n_steps"]) == (STEPS, 2, 16)
    simulation = params.sections["pettingzoo"].simulation
    assert simulation["module"] == "my_envs/walker.py:small"
    assert simulation["arguments"] == {"cycles": CYCLES}
    assert "# agent-steps (of active aircraft) until training ends" in (there / PARAMS).read_text()


@pytest.mark.long
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"total_timesteps": 4000}, r"policies\.generic\.total_timesteps is 800 there and 4000 here"),
        ({"seed": [0, 1]}, r"seeds is \[0\] there and \[0, 1\] here"),
        ({"algorithm": "a2c"}, r"policies\.generic\.algorithm is not said there and \"a2c\" here"),
    ],
)
def test_another_run_into_the_same_folder_is_refused_by_key(there: Path, changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=rf"^runs/walk: holds another run: {told}; wanted the same"):
        asked(there, **changes)


@pytest.mark.long
def test_a_finished_training_is_what_another_begins_with(
    there: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["check"])

    def check_here(folder: Path) -> None:
        with monkeypatch.context() as elsewhere:
            elsewhere.chdir(folder)
            check.main()
            assert "data/begin_with/earlier: " in Path("data/begun/pettingzoo/generic.txt").read_text()

    earlier = there / "data/models/pettingzoo/generic/0"
    request = Request("walker.py:small", (0,), {"arguments": {"cycles": 5}}, {}, {}, earlier)
    stacked = replace(request, environment=request.environment | {"wrappers": [{"frame_stack": {"stack_size": 2}}]})
    make(tmp_path / "on", plan(stacked), check_here)
    with pytest.raises(ValueError, match=r"begin_with: earlier: "):
        make(tmp_path / "does_not_fit", plan(request), check_here)


@pytest.mark.long
def test_an_edited_environment_is_another_run(there: Path, place: Path) -> None:
    (place / "walker.py").write_text(ENVIRONMENT + "\n# edited\n")
    try:
        with pytest.raises(ValueError, match=r"runs/walk/my_envs/walker\.py differs from walker\.py"):
            asked(there)
    finally:
        (place / "walker.py").write_text(ENVIRONMENT)


@pytest.mark.long
def test_a_folder_in_which_a_run_is_under_way_is_busy(there: Path) -> None:
    with held(there), pytest.raises(ValueError, match=r"^runs/walk: busy, another run is under way there"):
        asked(there)


def test_a_folder_with_something_else_is_refused(tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    (tmp_path / "thesis.tex").write_text("do not overwrite")
    with pytest.raises(ValueError, match="holds something else than a run of `murmuration train`, wanted a new folder"):
        asked(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.tex"]


def test_what_is_refused_leaves_nothing_behind(tmp_path: Path) -> None:
    def refuse(folder: Path) -> None:
        assert read_params(folder / PARAMS).worlds == ("airspace",)
        assert list((folder / "data/custom_scenarios/airspace").iterdir())
        raise ValueError("no")

    with pytest.raises(ValueError, match=r"^no$"):
        make(tmp_path / "deep/run", plan(Request("airspace", (0,))), refuse)
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_is_told_in_the_words_that_were_asked() -> None:
    planned = plan(Request("airspace", (0,)))
    assert planned.in_words_asked("params.yaml: policies.generic.device: got 'x'") == "train.device: got 'x'"
    assert planned.in_words_asked("params.yaml: export.opset: got 'x'") == "params.yaml: export.opset: got 'x'"


def test_a_mistake_that_a_stage_tells_is_raised(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match=r"^got no arguments, wanted: WORLD, say airspace$"):
        run_stage("scenarios", tmp_path)
    assert capfd.readouterr().err == ""


def test_equal_lines_are_shown_three_times(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = list[str]()
    _listen(StringIO("noise\n" * 9 + "once\n" + "error: a\nb\n"), told)
    assert capsys.readouterr().err == "noise\n" * 3 + "once\n"
    assert told == ["error: a\n", "b\n"]
