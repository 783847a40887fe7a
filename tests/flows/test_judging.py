"""Facts about runs that are judged: real stages, a real policy. `make test-flows`."""

from pathlib import Path

import pytest
from checkouts import FlowsCheckout, free_ports
from conftest import change_params
from test_dvc import new_dvc_checkout

pytestmark = pytest.mark.server
NO_DEMAND = ("acceptance.los_margin=1.0", "acceptance.los_ceiling=1.0", "acceptance.arrived_margin=1.0")


def options(*overrides: str) -> list[str]:
    return [word for override in overrides for word in ("-S", override)]


def test_an_export_that_is_too_bad_fails_the_run_which_says_by_how_much(tmp_path: Path) -> None:
    folder = new_dvc_checkout(tmp_path / "checkout").folder
    for name in ("prefect.toml", "prefect.yaml"):
        (folder / name).write_bytes((Path(__file__).parents[2] / name).read_bytes())
    prefect_port, mlflow_port = free_ports(2)
    change_params(folder / "params.yaml", {"flows.prefect_port": prefect_port, "flows.mlflow_port": mlflow_port})
    checkout = FlowsCheckout(folder)

    said = checkout.run("--judge", *options(*NO_DEMAND))
    assert "data/export/generic passes" in said
    said = checkout.run("--judge", *options("acceptance.los_ceiling=0.0", *NO_DEMAND[::2]), status=1)
    assert "Finished in state Failed('Task run encountered an exception ValueError: data/export/generic fails" in said
    assert "LoS rate: +" in said.splitlines()[-1]
    assert said.splitlines()[-1].endswith("points too much")
    assert "Task run 'train@generic-0' - Finished in state Cached" in said, "another bar retrains nothing"
    assert not (folder / "data/export").exists(), "an experiment never touches the working tree"
