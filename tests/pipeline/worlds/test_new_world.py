"""`murmuration new-world` writes a world that its own test and all stages take, and touches nothing beside it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, change_params

from pipeline.worlds.new_world import new_world

CODE = ("envs", "pipeline", "flows", "my_envs", "tests", "docs")
TINY = {
    "worlds": ["meadow"],
    "meadow.scenarios.validation.num_episodes": 3,
    "meadow.scenarios.test.num_episodes": 4,
    "meadow.simulation.max_steps": 12,
    "meadow.train.num_worlds": 2,
    "meadow.train.total_timesteps": 400,
    "meadow.train.checkpoint_every_timesteps": 1000,
    "meadow.train.validation.every_timesteps": 200,
    "evaluate.bootstrap_resamples": 100,
    "evaluate.worst_recorded": 2,
    "export.parity_observations": 50,
}
OUTPUTS = (
    "data/checked/meadow.txt",
    "data/scenarios/meadow/test.parquet",
    "data/models/meadow/generic/0/network.safetensors",
    "data/evaluation/meadow/generic/0/metrics.json",
    "data/export/meadow/generic/policy.onnx",
    "data/report/index.html",
)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code, and no data."""
    folder = tmp_path_factory.mktemp("copy") / "checkout"
    for name in CODE:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("params.yaml", "dvc.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def run(folder: Path, *words: str) -> str:
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "GIT_"))}
    variables |= {"MLFLOW_DISABLE_TELEMETRY": "true", "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(words, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stdout}{done.stderr}"
    return done.stdout


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.long
def test_a_new_world_goes_through_all_stages_and_touches_no_other_file(checkout: Path) -> None:
    before = contents(checkout)
    told = run(checkout, sys.executable, "-m", "pipeline.cli", "new-world", "meadow")
    after = contents(checkout)
    changed = {name for name, content in after.items() if before.get(name) != content}
    assert {"/".join(name.split("/")[:2]) for name in changed} == {"envs/meadow", "tests/envs", "params.yaml"}
    assert {name for name in changed if name.startswith("tests")} == {"tests/envs/meadow/test_meadow.py"}
    assert before.keys() <= after.keys()
    assert after["params.yaml"].startswith(before["params.yaml"].rstrip())
    assert "envs/meadow/simulation/environment.py" in told

    change_params(checkout / "params.yaml", TINY)
    said = run(checkout, sys.executable, "tests/pipeline/worlds/all_stages.py", "meadow")
    assert "2 passed" in said, "its own test, with PettingZoo's"
    for path in OUTPUTS:
        assert (checkout / path).exists(), path
    assert "meadow" in (checkout / "data/report/index.html").read_text()
    figures = json.loads((checkout / "data/evaluation/meadow/generic/0/figures.json").read_text())
    assert figures["test"].keys() == {"deterministic", "stochastic", "nothing", "random"}
    assert [outcome["name"] for outcome in figures["outcomes"]] == ["reached"]
    code = {name: content for name, content in contents(checkout).items() if name.split("/")[0] in CODE}
    assert code == {name: content for name, content in after.items() if name.split("/")[0] in CODE}


@pytest.mark.parametrize("name", ["Meadow", "2d", "airspace", "train", "a-b", ""])
def test_a_name_that_is_taken_or_none_of_python_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"^NAME: "):
        new_world(name, ROOT)
