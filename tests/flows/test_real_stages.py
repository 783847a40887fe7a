"""Facts about real stages, run as experiments: exports are judged, and made again. `make test-flows`."""

import shutil
import sys

import pytest
from checkouts import FlowsCheckout, free_ports
from conftest import ROOT, change_params
from test_dvc import new_dvc_checkout

from flows import dvc_command

pytestmark = pytest.mark.server
NO_DEMAND = {"acceptance.los_margin": 1.0, "acceptance.los_ceiling": 1.0, "acceptance.arrived_margin": 1.0}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> FlowsCheckout:
    """The whole project with a tiny budget, under git and DVC."""
    folder = new_dvc_checkout(tmp_path_factory.mktemp("real") / "checkout").folder
    for name in ("prefect.toml", "prefect.yaml"):
        shutil.copy(ROOT / name, folder)
    prefect_port, mlflow_port = free_ports(2)
    ports = {"flows.prefect_port": prefect_port, "flows.mlflow_port": mlflow_port}
    change_params(folder / "params.yaml", ports | NO_DEMAND)
    return FlowsCheckout(folder)


def test_an_export_that_is_too_bad_fails_the_run_which_says_by_how_much(checkout: FlowsCheckout) -> None:
    said = checkout.run("--judge")
    assert "data/export/generic passes" in said
    said = checkout.run("--judge", "-S", "acceptance.los_ceiling=0.0", status=1)
    assert "Finished in state Failed('Task run encountered an exception ValueError: data/export/generic fails" in said
    assert "  LoS rate: +" in said
    assert "wanted +0.00% at most: " in said
    assert "Task run 'train@generic-0' - Finished in state Cached" in said, "another bar retrains nothing"
    assert not (checkout.folder / "data/export").exists(), "an experiment never touches the working tree"


def test_an_experiments_export_is_made_again_from_what_it_recorded(checkout: FlowsCheckout) -> None:
    words = ("exp", "run", "--temp", "--name", "other", "-S", "train.total_timesteps=700", "export")
    checkout.call("dvc", *words)
    export = checkout.folder / "kept"
    dvc_command.outputs(checkout.folder, "other").get("data/export/generic", str(export), recursive=True)
    murmuration = (sys.executable, "-m", "pipeline.cli", "verify")
    said = checkout.call(*murmuration, str(export))
    assert "train@generic-0: running" in said, "nothing is taken from the cache"
    assert said.splitlines()[-1].endswith(": the same weights, hashes and figures")

    origin = export / "origin.json"
    origin.write_text(origin.read_text().replace("total_timesteps: 700", "total_timesteps: 500"))
    said = checkout.call(*murmuration, str(export), "--reuse-cache", status=1)
    assert "train@generic-0: unchanged" in said, "500 agent-steps are in the cache"
    assert "and differs:\n  weights: by up to " in said
    assert "hashes.model: " in said
