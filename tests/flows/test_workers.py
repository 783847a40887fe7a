"""Facts about sweeps over several machines, tried with two workers on this one. `make test-flows`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from checkouts import GIT, FlowsCheckout, new_flows_checkout
from test_server import SLEEPING, Server, wait_for

from flows import services

pytestmark = pytest.mark.server


class Machines:
    """A checkout with a server, and two clones, each with a worker; git's and DVC's remotes are folders."""

    def __init__(self, folder: Path, running: ExitStack) -> None:
        main = new_flows_checkout(folder / "main")
        main.call("dvc", "remote", "add", "--default", "shared", str(folder / "remote"))
        main.call(*GIT, "commit", "-q", "-a", "-m", "a remote for data")
        main.call("git", "clone", "-q", "--bare", ".", str(folder / "origin.git"))
        main.call("git", "remote", "add", "origin", str(folder / "origin.git"))
        self.server = Server(main, running)
        self.clones = [self.clone(folder / name, running) for name in ("one", "two")]

    def clone(self, folder: Path, running: ExitStack) -> FlowsCheckout:
        self.server.checkout.call("git", "clone", "-q", str(folder.parent / "origin.git"), str(folder))
        services.start_trial_worker(folder, self.server.flows, running)
        return FlowsCheckout(folder)

    def sweep(self, name: str, *overrides: str) -> dict[str, Any]:
        """Start a grid of two, both at once."""
        space = [{"key": "train.num_worlds", "values": [32, 8]}]
        sweep = {"name": name, "space": space, "method": "grid", "at_once": 2, "stages": ["train"]}
        sweep |= {"place": "workers", "overrides": list(overrides)}
        path = f"/deployments/{self.server.deployment('sweep/sweep')}/create_flow_run"
        return self.server.call("POST", path, json={"parameters": {"sweep": sweep}}).raise_for_status().json()

    def sleeping(self) -> list[int]:
        """How many processes of trainings there are in each clone."""
        return [sum(process.info["name"] == "sleep" for process in clone.processes()) for clone in self.clones]


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    with ExitStack() as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_WORKER_QUERY_SECONDS", "1")
        patch.delenv("DVC_ROOT", raising=False)
        yield Machines(tmp_path_factory.mktemp("machines").resolve(), running)


def test_trials_run_in_both_clones_and_come_back_with_their_data(machines: Machines) -> None:
    run = machines.server.end_of(machines.sweep("spread")["id"])
    assert run["state_type"] == "COMPLETED", run["state"]["message"]
    made = [set(clone.call("dvc", "exp", "list", "--name-only").split()) for clone in machines.clones]
    assert [bool(names) for names in made] == [True, True]
    main = machines.server.checkout
    assert set(main.call("dvc", "exp", "list", "--name-only").split()) == made[0] | made[1]
    [best] = [name for name in made[0] | made[1] if name.startswith("spread-001")]
    assert f"dvc exp apply {best} " in machines.server.artifacts(run["id"])["sweep-spread-best"]["data"]
    assert not (main.folder / "data/models").exists()
    told = main.call("dvc", "exp", "apply", best, status=255)
    not_made = told.partition("Checkout failed for following targets:\n")[2].partition("\nIs your cache")[0]
    evaluation = "data/evaluation/airspace/generic/0"
    assert set(not_made.splitlines()) == {f"{evaluation}/figures.json", f"{evaluation}/metrics.json"}  # in any order
    assert (main.folder / "data/models/airspace/generic/0/training.json").exists()
    made_now = main.call("dvc", "repro")
    assert "Running stage 'evaluate@airspace-generic-0'" in made_now
    assert "Running stage 'train@airspace-generic-0'" not in made_now


def test_cancelling_the_sweep_ends_its_trials_in_the_clones(machines: Machines) -> None:
    run = machines.sweep("endless", SLEEPING)["id"]
    wait_for(lambda: machines.sleeping() == [1, 1])
    machines.server.cancel(run)
    assert machines.server.end_of(run)["state_type"] == "CANCELLED"
    wait_for(lambda: machines.sleeping() == [0, 0])


def test_a_clone_at_another_commit_refuses_a_trial_and_says_which(machines: Machines) -> None:
    main = machines.server.checkout
    main.call(*GIT, "commit", "-q", "--allow-empty", "-m", "further")
    run = machines.server.end_of(machines.sweep("further")["id"])
    assert run["state_type"] == "FAILED", run["state"]["message"]
    wanted = main.call("git", "rev-parse", "HEAD").strip()
    logged = {"logs": {"flow_run_id": {"any_": [run["id"]]}}}

    def told() -> bool:
        return f"git checkout {wanted}" in machines.server.call("POST", "/logs/filter", json=logged).text

    wait_for(told)  # logs are sent some time after a run has ended
