"""Facts about real stages, run as experiments by the clock: exports are judged, and made again. `make test-flows`."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from checkouts import FlowsCheckout, free_ports
from conftest import ROOT, change_params
from test_dvc import new_dvc_checkout
from test_server import Server

from flows import dvc_command
from pipeline.ground.parts import write_sums

pytestmark = pytest.mark.server
ALL_STAGES_S = 3600.0  # at most, on a machine that has much else to do
NO_DEMAND = {"acceptance.failure_margin": 1.0, "acceptance.failure_ceiling": 1.0, "acceptance.share_margin": 1.0}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> FlowsCheckout:
    """The whole project with a tiny budget, under git and DVC."""
    folder = new_dvc_checkout(tmp_path_factory.mktemp("real") / "checkout", timesteps=500).folder
    for name in ("prefect.toml", "prefect.yaml"):
        shutil.copy(ROOT / name, folder)
    prefect_port, mlflow_port = free_ports(2)
    ports = {"flows.prefect_port": prefect_port, "flows.mlflow_port": mlflow_port}
    change_params(folder / "params.yaml", ports | NO_DEMAND)
    return FlowsCheckout(folder)


@pytest.fixture(scope="module")
def server(checkout: FlowsCheckout) -> Iterator[Server]:
    with ExitStack() as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_WORKER_QUERY_SECONDS", "1")
        patch.delenv("DVC_ROOT", raising=False)
        yield Server(checkout, running)


def test_the_nightly_run_is_judged_and_one_that_is_too_bad_fails_and_says_by_how_much(server: Server) -> None:
    nightly = server.wait_for_schedule("experiment/nightly-retraining", {"cron": "* * * * *"})
    passed = server.end_of(nightly, ALL_STAGES_S)
    assert passed["state_type"] == "COMPLETED", passed["state"]["message"]
    assert passed["name"].startswith("nightly, all stages")
    assert "data/export/airspace/generic passes" in server.artifacts(nightly)["judgement-airspace-generic"]["data"]

    strict = server.start(judge=True, overrides=["acceptance.failure_ceiling=0.0"])
    failed = server.end_of(strict, ALL_STAGES_S)
    assert failed["state_type"] == "FAILED"
    assert "data/export/airspace/generic fails" in failed["state"]["message"]
    assert "  LoS rate: +" in failed["state"]["message"]
    assert "wanted +0.00% at most: " in failed["state"]["message"]
    assert server.task_states(strict)["train@airspace-generic-0"] == "Cached", "another bar retrains nothing"
    assert not (server.checkout.folder / "data/export").exists(), "an experiment never touches the working tree"


def test_an_experiments_export_is_made_again_from_what_it_recorded(checkout: FlowsCheckout) -> None:
    width = "presets.fast.ppo.policy_kwargs.features_extractor_kwargs.width"
    checkout.call("dvc", "exp", "run", "--temp", "--name", "other", "-S", f"{width}=8", "export")
    export = checkout.folder / "kept"
    dvc_command.outputs(checkout.folder, "other").get("data/export/airspace/generic", str(export), recursive=True)
    murmuration = (sys.executable, "-m", "pipeline.cli", "verify")
    said = checkout.call(*murmuration, str(export))
    assert "train@airspace-generic-0: running" in said, "nothing is taken from the cache"
    assert said.splitlines()[-1].endswith(": the same weights, hashes and figures")

    said = checkout.call(*murmuration, str(export), "--reuse-cache")
    assert "train@airspace-generic-0: unchanged" in said, "the experiment itself is in the cache"

    origin = export / "origin.json"
    assert "width: 8" in origin.read_text()
    origin.write_text(origin.read_text().replace("width: 8", "width: 16"))
    said = checkout.call(*murmuration, str(export), status=1)
    assert "origin.json: changed since the export" in said
    write_sums(export)
    said = checkout.call(*murmuration, str(export), "--reuse-cache", status=1)
    assert "and differs:\n  weights: another network" in said
    assert "hashes.model: " in said
