"""Facts about where runs are recorded: beside a moved checkout, and on a server of the user's own."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from conftest import ARGUMENTS, ROOT, Checkout
from mlflow.tracking import MlflowClient

from pipeline.tracking import registry, runs
from pipeline.tracking.store import connect, newest_run

NOBODY = "http://127.0.0.1:9"
"""The port for what is thrown away: nobody answers."""


@pytest.fixture(autouse=True)
def _own_database(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MLFLOW_TRACKING_URI", "DVC_ROOT"):
        monkeypatch.delenv(name, raising=False)


def record(text: str) -> None:
    """A run with one file, registered as champion."""
    Path("policy.onnx").write_text(text)
    with runs.run("murmuration", "export", {"policy": "generic"}) as run:
        run.file(Path("policy.onnx"))
    version = registry.register("airspace-generic", text, "sums of " + text, run.run_id)
    registry.crown("airspace-generic", version.number)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with one run, which is champion; not to be changed."""
    folder = tmp_path_factory.mktemp("recorded") / "old checkout"
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.delenv("DVC_ROOT", raising=False)
        record("one")
    return folder


@pytest.fixture
def old(recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it that knows its place, to work in."""
    folder = Path(shutil.copytree(recorded, tmp_path / "old checkout"))
    monkeypatch.chdir(folder)
    connect()
    return folder


def addresses(database: Path) -> list[str]:
    with sqlite3.connect(database) as connection:
        found = connection.execute(
            "SELECT artifact_uri FROM runs UNION SELECT artifact_location FROM experiments WHERE name = 'murmuration'"
            " UNION SELECT source FROM model_versions UNION SELECT storage_location FROM model_versions"
        )
        return [address for (address,) in found]


@pytest.mark.parametrize("moved", [True, False])
@pytest.mark.long
def test_a_moved_or_copied_checkout_keeps_its_artifacts(
    old: Path, monkeypatch: pytest.MonkeyPatch, moved: bool
) -> None:
    new = old.with_name("neuer Ort, größer, 100%")
    before = sorted(path.relative_to(old) for path in old.rglob("mlartifacts/**/*"))
    (shutil.move if moved else shutil.copytree)(old, new)
    monkeypatch.chdir(new)
    champion = registry.champion("airspace-generic")
    assert champion is not None
    assert (champion.folder() / "policy.onnx").read_text() == "one"
    record("two")
    assert all(address.startswith((new / "mlartifacts").as_uri()) for address in addresses(new / "mlflow.db"))
    written = [path.read_text() for path in new.rglob("mlartifacts/**/policy.onnx")]
    assert sorted(written) == ["one", "two"]
    if not moved:
        assert sorted(path.relative_to(old) for path in old.rglob("mlartifacts/**/*")) == before
        assert all(address.startswith((old / "mlartifacts").as_uri()) for address in addresses(old / "mlflow.db"))


def test_a_clone_that_was_given_a_database_writes_into_itself_and_names_files_that_are_missing(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = old.with_name("clone")
    clone.mkdir()
    shutil.copy(old / "mlflow.db", clone)
    monkeypatch.chdir(clone)
    champion = registry.champion("airspace-generic")
    assert champion is not None
    with pytest.raises(ValueError, match=r"airspace-generic, version 1: no files at file://.*/clone/mlartifacts/"):
        champion.folder()
    record("two")
    assert [path.read_text() for path in clone.rglob("mlartifacts/**/policy.onnx")] == ["two"]
    assert [path.read_text() for path in old.rglob("mlartifacts/**/policy.onnx")] == ["one"]


def test_a_temporary_copy_writes_to_the_real_root(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = old.with_name("copy")
    copy.mkdir()
    monkeypatch.setenv("DVC_ROOT", str(old))
    monkeypatch.chdir(copy)
    record("two")
    assert [path.name for path in copy.iterdir()] == ["policy.onnx"]
    assert sorted(path.read_text() for path in old.rglob("mlartifacts/**/policy.onnx")) == ["one", "two"]


def test_the_pages_of_an_experiment_are_those_of_runs_also_where_it_was_made_without(old: Path) -> None:
    connect().create_experiment("older")
    for name in ("older", "new"):
        with runs.run(name, "report", {}):
            pass
        found = connect().get_experiment_by_name(name)
        assert found is not None
        assert found.tags["mlflow.experimentKind"] == "custom_model_development"


def test_a_value_too_long_for_mlflow_is_said_to_be_cut_and_kept_whole(old: Path) -> None:
    long = "x" * 20_000
    with runs.run("murmuration", "train", {}) as run:
        run.params({"train": {"short": 1, "long": long}})
    logged = connect().get_run(run.run_id).data.params
    assert logged["train.short"] == "1"
    assert logged["train.long"].endswith("... (the first of 20,000 characters: all in long_parameters.json)")
    (file,) = old.rglob("mlartifacts/**/long_parameters.json")
    assert json.loads(file.read_text()) == {"train.long": long}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A tracking server on loopback."""
    folder = tmp_path_factory.mktemp("server")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = ["mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    with (folder / "log").open("w") as log:
        alone = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        process = subprocess.Popen([sys.executable, "-m", *words], cwd=folder, env=alone, stdout=log, stderr=log)
    try:
        yield wait_for(f"http://127.0.0.1:{port}", "/health", process)
    finally:
        process.terminate()
        process.wait(30)


def wait_for(address: str, page: str, process: subprocess.Popen[bytes]) -> str:
    """Until it answers; returns `address`."""
    for _ in range(600):
        assert process.poll() is None
        try:
            if requests.get(address + page, timeout=5).ok:
                return address
        except requests.ConnectionError:
            time.sleep(0.2)
    raise AssertionError(f"{address}: no answer")


@pytest.mark.long
def test_a_server_of_ones_own_has_the_runs_and_the_champion(
    checkout: Checkout, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkout.folder)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    (checkout.folder / "mlflow.db").unlink()
    before = checkout.training()["model_hash"]
    for stage in ("train", "evaluate", "export"):
        subprocess.run([sys.executable, "-m", f"pipeline.stages.{stage}", *ARGUMENTS[stage]], check=True)
    assert checkout.training()["model_hash"] == before
    promote = ["promote", "data/export/airspace/generic", "--why", "the first", "--despite"]
    subprocess.run([sys.executable, "-m", "pipeline.cli", *promote], check=True)
    champion = registry.champion("airspace-generic")
    assert champion is not None
    exported = checkout.folder / "data/export/airspace/generic/policy.onnx"
    assert (champion.folder() / "policy.onnx").read_bytes() == exported.read_bytes()
    assert newest_run("murmuration", {"stage": "train", "model_hash": before}) is not None
    trained = MlflowClient(server).get_run(checkout.training()["mlflow_run_id"])
    assert [given.dataset.name for given in trained.inputs.dataset_inputs] == ["airspace/train"]
    assert not (checkout.folder / "mlflow.db").exists()
    assert not (checkout.folder / "mlartifacts").exists()


def test_a_server_that_does_not_answer_costs_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", NOBODY)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with runs.run("murmuration", "train", {"policy": "generic"}) as run:
        run.params({"a": 1})
        run.watch_machine()
        for step in range(100):
            run.metrics({"los_rate": 0.5}, step)
    assert run.run_id == ""
    said = capsys.readouterr().err
    assert said.count("does not answer") == 1
    assert f"MLflow at {NOBODY} was not told all of this run (104 messages, from the run train-generic on)" in said
    with pytest.raises(ValueError, match=NOBODY):
        registry.champion("airspace-generic")
    assert newest_run("murmuration", {}) is None


@pytest.mark.long
def test_a_database_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    program = "from pipeline.tracking.store import connect; connect()"
    call = ("sh", "-c", f"ulimit -f 128; exec {sys.executable} -c {shlex.quote(program)}")  # a disk with 64 KB left
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(call, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode, done.stderr
    assert not (tmp_path / "mlflow.db").exists()
    subprocess.run((sys.executable, "-c", program), cwd=tmp_path, env=environment, check=True)
    assert [path.name for path in tmp_path.glob("*mlflow.db")] == ["mlflow.db"]
