"""Temporary checkouts with a tiny budget, in which stages run as processes of their own."""

from __future__ import annotations

import gc
import importlib
import json
import multiprocessing
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from filelock import FileLock
from hypothesis import settings
from ruamel.yaml import YAML

from pipeline.ground import files as stage_module

settings.register_profile("no clock", deadline=None)  # the first call of a compiled function takes its time
settings.load_profile("no clock")

importlib.import_module("pipeline.stages")  # stages load without looking for garbage; here it is to be looked for
gc.enable()

ROOT = Path(__file__).parent.parent
STAGES = ("check", "scenarios", "train", "evaluate", "export", "report")
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "scenarios": ("airspace",),
    "train": ("airspace", "generic", "0"),
    "tune": ("airspace",),
    "evaluate": ("airspace", "generic", "0"),
    "export": ("airspace", "generic"),
}
TINY: dict[str, Any] = {
    "airspace.simulation.episode.max_steps": 30,
    "airspace.scenarios.suite": ["head_on", "chase_3p1"],
    "scenarios.validation.num_episodes": 10,
    "scenarios.validation.only_solvable": False,
    "scenarios.test.num_episodes": 10,
    "scenarios.test.only_solvable": False,
    "airspace.scenarios.test_sets": {
        "unseen": {
            "num_episodes": 4,
            "only_conflicting": True,
            "only_solvable": False,
            "families": ["area"],
            "simulation": {"procedural": {"max_aircraft": 3}},
        },
        "sector": {
            "num_episodes": 2,
            "only_conflicting": False,
            "only_solvable": False,
            "families": [],
            "simulation": {
                "traffic": "sector",
                "episode": {"max_steps": 40, "after_arrival": "leave"},
                "sector": {"radius_nm": 15.0, "warm_up_s": 100.0},
            },
        },
    },
    "airspace.scenarios.proof.search.plans_per_round": 8,
    "airspace.scenarios.proof.search.rounds": 1,
    "airspace.scenarios.proof.difficulty.named.plans": 8,
    "airspace.scenarios.proof.difficulty.named.combinations": 1000,
    "airspace.scenarios.proof.difficulty.drawn.combinations": 100,
    "train.hyperparameters": {"learning_rate": 0.003, "n_steps": 16, "batch_size": 256, "n_epochs": 4},
    "train.num_worlds": 8,
    "train.total_timesteps": 4000,
    "train.normalize_observation": True,
    "train.torch_threads": 1,
    "train.environment_threads": 1,
    "train.checkpoint_every_timesteps": 1000,
    "train.validation.every_timesteps": 1000,
    "train.validation.flawless_to_stop": 100,
    "evaluate.stochastic_episodes": 2,
    "evaluate.memorisation_variants": 3,
    "evaluate.worst_recorded": 6,
    "evaluate.environment_threads": 1,
    "airspace.evaluation.numbers": {"num_aircraft": [2, 3], "num_episodes": 3},
    "airspace.evaluation.sector": {"densities_per_10000_nm2": [20.0, 50.0], "flight_hours": 0.2, "counted_s": 200.0},
    "airspace.evaluation.teams": {"shares": [0.0, 0.5, 1.0], "num_episodes": 5},
    "airspace.simulation.sector.radius_nm": 12.0,
    "airspace.simulation.sector.warm_up_s": 100.0,
    "airspace.evaluation.shifts.scenarios": ["chase_3p1"],
}
PATIENCE_S = 600.0
os.environ.pop("MLFLOW_TRACKING_URI", None)  # tests are nothing to tell a server of
LATE_IMPORTS = (
    *("torch._dynamo", "scipy.special"),
    *("pipeline.learning.rehearsal", "pipeline.tracking.recording", "mlflow.store.tracking.sqlalchemy_store"),
    *(f"envs.airspace.{room}.room" for room in ("simulation", "baselines", "scenarios", "evaluation")),
    *("openap", "onnx", "mlflow.models"),
)
"""What the stages import only when they get there; seconds each."""

PROCESSES = multiprocessing.get_context("forkserver")
"""Forks from a server that has imported the stages once: a stage starts at once, as clean as a fresh interpreter."""
PROCESSES.set_forkserver_preload([*(f"pipeline.stages.{name}" for name in STAGES), *LATE_IMPORTS])


@pytest.fixture(scope="session", autouse=True)
def _folders_outside(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Stable-Baselines3 makes a folder for each learner that is given no logger; checkpoints are signed by a key."""
    os.environ["SB3_LOGDIR"] = str(tmp_path_factory.mktemp("sb3"))
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path_factory.mktemp("config"))


@pytest.fixture(autouse=True)
def _files_of_environments() -> Iterator[None]:
    """A test's own files of environments go with its folder, and so do the modules that were made of them."""
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("murmuration_world_"):
            del sys.modules[name]


@dataclass(frozen=True)
class Outcome:
    """How a stage ended, and all that it printed."""

    status: int
    said: str


class Running:
    """A stage under way."""

    def __init__(self, process: ForkServerProcess, log: Path) -> None:
        self.process, self.log = process, log

    def wait_for(self, happened: Callable[[], bool]) -> None:
        """Until `happened`; fails where the stage ends before."""
        deadline = time.monotonic() + PATIENCE_S
        while not happened():
            assert self.process.is_alive(), f"ended too early: {self.log.read_text()}"
            assert time.monotonic() < deadline, f"nothing happened: {self.log.read_text()}"
            time.sleep(0.002)

    def signal(self, number: int) -> None:
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    def outcome(self) -> Outcome:
        self.process.join(PATIENCE_S)
        assert self.process.exitcode is not None, f"still running: {self.log.read_text()}"
        return Outcome(self.process.exitcode, self.log.read_text())


@dataclass(frozen=True)
class Checkout:
    """A folder with what stages read: params.yaml and data/."""

    folder: Path

    def change(self, values: dict[str, Any]) -> None:
        """Set values of params.yaml by dotted names that exist."""
        change_params(self.folder / "params.yaml", values)

    def start(self, stage: str, *arguments: str, largest_file: int | None = None) -> Running:
        """Start a stage; with `largest_file`, writing a file beyond so many bytes fails."""
        log = self.folder / f"{stage}-{time.monotonic_ns()}.log"
        arguments = arguments or ARGUMENTS.get(stage, ())
        process = PROCESSES.Process(target=run_process, args=(stage, arguments, self.folder, log, largest_file))
        process.start()
        return Running(process, log)

    def run(self, stage: str, *arguments: str, largest_file: int | None = None) -> Outcome:
        """Run a stage to its end."""
        return self.start(stage, *arguments, largest_file=largest_file).outcome()

    def run_well(self, stage: str) -> str:
        """Run a stage that has to succeed; returns what it printed."""
        outcome = self.run(stage)
        assert outcome.status == 0, f"{stage}: {outcome.said}"
        return outcome.said

    def training(self) -> dict[str, Any]:
        """training.json of the trained policy."""
        return json.loads((self.folder / "data/models/airspace/generic/0/training.json").read_text())

    def learning_curve(self) -> pd.DataFrame:
        """training.csv of the trained policy, without the time it took."""
        return pd.read_csv(self.folder / "data/models/airspace/generic/0/training.csv").drop(columns="seconds")

    def checkpoints(self) -> list[Path]:
        """States to go on from."""
        return sorted(self.folder.glob("checkpoints/*/state.pt"))

    def copy(self, folder: Path) -> Checkout:
        """The same in an empty folder, to change at will."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("mlartifacts", "*.log"))
        return Checkout(folder)


def check_that_training_survives_sigkill(uninterrupted: Checkout, folder: Path) -> None:
    """Training again in an empty `folder`, killed at its first checkpoint, goes on and ends with the same weights."""
    again = uninterrupted.copy(folder)
    running = again.start("train")
    running.wait_for(lambda: bool(again.checkpoints()))
    running.signal(signal.SIGKILL)
    assert running.outcome().status == -signal.SIGKILL
    assert "goes on from" in again.run_well("train")
    assert again.training()["resumed"] == 1
    assert again.training()["model_hash"] == uninterrupted.training()["model_hash"]
    assert again.learning_curve().equals(uninterrupted.learning_curve())
    assert again.checkpoints() == []


def run_process(stage: str, arguments: tuple[str, ...], folder: Path, log: Path, largest_file: int | None) -> None:
    """What `python -m pipeline.stages.STAGE` does, in a process of its own that writes to `log`."""
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number in (1, 2):
        os.dup2(output, number)
    os.chdir(folder)
    os.environ.pop("DVC_ROOT", None)
    if largest_file is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
    sys.argv = [stage, *arguments]
    stage_module.run(importlib.import_module(f"pipeline.stages.{stage}").main)


def change_params(path: Path, values: dict[str, Any]) -> None:
    """Set values by dotted names that exist; comments are lost."""
    yaml = YAML(typ="safe")  # in C, five times as fast as what keeps comments
    yaml.sort_base_mapping_type_on_output = False
    params = yaml.load(path)
    for name, value in values.items():
        *way, last = name.split(".")
        section = params
        for key in way:
            section = section[key]
        assert last in section, f"no {name} in {path}"
        section[last] = value
    yaml.dump(params, path)


def new_checkout(folder: Path) -> Checkout:
    """What a stage needs of the repository, with a tiny budget; the installed code runs."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "data/custom_scenarios", folder / "data/custom_scenarios")
    shutil.copy(ROOT / "params.yaml", folder / "params.yaml")
    change_params(folder / "params.yaml", TINY)
    return Checkout(folder)


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], None]], Path]:
    """Makes a folder once for all of pytest-xdist's workers; who comes second waits."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def make_once(name: str, make: Callable[[Path], None]) -> Path:
        folder, done = shared / name, shared / f"{name}.done"
        with FileLock(shared / f"{name}.lock"):
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                make(folder)
                done.touch()
        return folder

    return make_once


RUNS_AND_TELLS = """
import importlib, json, sys
from pipeline.ground import files
output, name = sys.argv[1:3]
sys.argv = [name, *sys.argv[3:]]
stage = importlib.import_module(f"pipeline.stages.{name}")
told = {"begun": sorted(sys.modules)}
try:
    files.run(stage.main)
finally:
    with open(output, "w") as file:
        json.dump(told | {"ended": sorted(sys.modules)}, file)
"""
"""A stage that says which modules are there when it begins, and when it ends."""


def run_in_new_python(folder: Path, stage: str, output: Path) -> subprocess.CompletedProcess:
    """Run a stage in a Python of its own, which has loaded nothing yet, and have it tell its modules in `output`."""
    call = [sys.executable, "-c", RUNS_AND_TELLS, str(output), stage, *ARGUMENTS.get(stage, ())]
    here = {name: value for name, value in os.environ.items() if name != "DVC_ROOT"}
    return subprocess.run(call, cwd=folder, env=here, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def finished(once: Callable[[str, Callable[[Path], None]], Path]) -> Checkout:
    """A checkout in which all stages have run; not to be changed."""

    def run_all(folder: Path) -> None:
        made = new_checkout(folder)
        for name in STAGES:
            made.run_well(name)

    return Checkout(once("finished", run_all))


@pytest.fixture
def checkout(finished: Checkout, tmp_path: Path) -> Checkout:
    """A copy of the finished checkout, to change at will."""
    return finished.copy(tmp_path / "checkout")


@pytest.fixture
def refuse(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs a stage in this process that has to refuse; returns its message without 'error: '."""
    monkeypatch.chdir(checkout.folder)
    monkeypatch.delenv("DVC_ROOT", raising=False)

    def run_refused(stage: str, *arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", [stage, *(arguments or ARGUMENTS.get(stage, ()))])
        with pytest.raises(SystemExit) as ended:
            stage_module.run(importlib.import_module(f"pipeline.stages.{stage}").main)
        message = ended.value.code
        assert isinstance(message, str), f"status {message}, wanted a message and with it status 1"
        assert message.startswith("error: ")
        return message.removeprefix("error: ")

    return run_refused


OTHER_WORLDS = [ROOT / "tests/envs" / name for name in ("boards", "pettingzoo", "roads", "swarm", "triangles")]
"""Tests of worlds whose compiled functions are others than the airspace's."""


@pytest.hookimpl(trylast=True)  # after those that are not wanted are gone
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """First of all one that makes what others wait for, which come last, so that nobody waits.

    It compiles the airspace, too, for minutes where nothing is compiled yet. So the other of two workers, who is given
    the second half, begins there with the other worlds.
    """
    waiting = {item.path for item in items if "finished" in getattr(item, "fixturenames", ())}
    items.sort(key=lambda item: item.path in waiting)
    makes = next((item for item in items if "finished" in getattr(item, "fixturenames", ())), None)
    if makes is not None:
        items.insert(0, items.pop(items.index(makes)))
    apart = [item for item in items if any(item.path.is_relative_to(folder) for folder in OTHER_WORLDS)]
    others, half = set(apart), len(items) // 2
    rest = [item for item in items if item not in others]
    items[:] = rest[:half] + apart + rest[half:]
