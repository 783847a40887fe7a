"""Facts about an exported policy as a model of MLflow's: what it says of itself, and what it answers."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
import requests
from conftest import Checkout
from mlflow.pyfunc import load_model
from mlflow.tracking import MlflowClient

from pipeline.policies.deployed import OnnxPolicy
from pipeline.tracking.models import write_model

EXPORT = "data/export/airspace/generic"


def exported(checkout: Checkout) -> OnnxPolicy:
    return OnnxPolicy(checkout.folder / EXPORT / "policy.onnx")


def observations(policy: OnnxPolicy) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(5, policy.num_features)).astype(np.float32)


def test_the_model_has_a_signature_and_answers_as_the_exported_policy(finished: Checkout, tmp_path: Path) -> None:
    write_model(finished.folder / EXPORT / "policy.onnx", tmp_path / "model")
    model, policy = load_model(str(tmp_path / "model")), exported(finished)
    obs = observations(policy)
    assert model.metadata.signature is not None
    assert model.metadata.signature.inputs.input_names() == ["obs"]
    assert model.metadata.signature.outputs.input_names() == policy.outputs
    assert np.array_equal(model.predict({"obs": obs})["action"], policy.act(obs, None))
    assert not [path.name for path in (tmp_path / "model").rglob("*") if path.suffix in (".pkl", ".pickle")]


def test_the_export_has_logged_its_model_with_observations_of_play(finished: Checkout) -> None:
    client = MlflowClient(f"sqlite:///{finished.folder / 'mlflow.db'}")
    found = client.get_experiment_by_name("murmuration")
    assert found is not None
    (logged,) = client.search_logged_models([found.experiment_id])
    assert (logged.name, str(logged.status)) == ("airspace-generic", "READY")
    (example,) = finished.folder.rglob("mlartifacts/models/*/artifacts/input_example.json")
    assert np.any(np.array(json.loads(example.read_text())["obs"]))


@pytest.mark.long
def test_mlflow_serves_the_model_on_loopback(finished: Checkout, tmp_path: Path) -> None:
    write_model(finished.folder / EXPORT / "policy.onnx", tmp_path / "model")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    policy = exported(finished)
    obs, address = observations(policy), f"http://127.0.0.1:{port}"
    words = ["models", "serve", "-m", str(tmp_path / "model"), "--env-manager", "local", "-h", "127.0.0.1"]
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    serving = [sys.executable, "-m", "mlflow", *words, "-p", str(port)]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(serving, stdout=log, stderr=log, env={**os.environ, "PATH": programs})
    try:
        for _ in range(600):
            assert server.poll() is None, (tmp_path / "log").read_text()
            try:
                requests.get(f"{address}/ping", timeout=5)
                break
            except requests.ConnectionError:
                time.sleep(0.2)
        answer = requests.post(f"{address}/invocations", json={"inputs": {"obs": obs.tolist()}}, timeout=60)
        assert answer.ok, answer.text
        got = np.array(answer.json()["predictions"]["action"], np.float32)
        assert np.array_equal(got, policy.act(obs, None))
    finally:
        for process in [*psutil.Process(server.pid).children(recursive=True), server]:
            process.terminate()
        server.wait(30)
