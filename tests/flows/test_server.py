"""Facts about a real Prefect server and worker: schedules, form, cancelling, queueing, crashes. `make test-flows`."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from checkouts import FlowsCheckout, new_flows_checkout
from graph_in_seconds import CRASHES, REFUSES, SLEEPS

from flows import services
from flows.address import api_url
from flows.deploy import deploy
from pipeline.settings.params import read_params

pytestmark = pytest.mark.server
PATIENCE_S = 600.0  # on a machine that has much else to do
FINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


class Server:
    """A checkout's Prefect server, spoken to over HTTP, and its worker."""

    def __init__(self, checkout: FlowsCheckout, running: ExitStack) -> None:
        self.checkout, self.running = checkout, running
        self.flows = read_params(checkout.folder / "params.yaml").flows
        once = httpx.Limits(max_keepalive_connections=0)  # a server that is busy ends idle connections
        client = httpx.Client(base_url=api_url(self.flows.prefect_port), timeout=120, limits=once)
        self.client = running.enter_context(client)
        services.start_server(checkout.folder, self.flows, running)
        deploy(checkout.folder, self.flows)
        self.worker = services.start_worker(checkout.folder, self.flows, running)

    def call(self, method: str, path: str, **content: Any) -> httpx.Response:
        """Asked again, as Prefect's own client does, where the server says that its database is busy."""
        for _ in range(60):
            answer = self.client.request(method, path, **content)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            time.sleep(1)
        return answer

    def get(self, path: str) -> Any:
        return self.call("GET", path).raise_for_status().json()

    def deployment(self, name: str = "experiment/on-demand") -> str:
        return self.get(f"/deployments/name/{name}")["id"]

    def ask(self, **experiment: Any) -> httpx.Response:
        """What the form of an experiment does."""
        path = f"/deployments/{self.deployment()}/create_flow_run"
        return self.call("POST", path, json={"parameters": {"experiment": experiment}})

    def start(self, **experiment: Any) -> str:
        return self.ask(**experiment).raise_for_status().json()["id"]

    def start_sweep(self, name: str, *overrides: str) -> str:
        """A grid of three, two at once."""
        space = [{"key": "train.num_worlds", "values": [32, 8, 16]}]
        sweep = {"name": name, "space": space, "method": "grid", "at_once": 2, "stages": ["train"]}
        path = f"/deployments/{self.deployment('sweep/sweep')}/create_flow_run"
        content = {"parameters": {"sweep": sweep | {"overrides": list(overrides)}}}
        return self.call("POST", path, json=content).raise_for_status().json()["id"]

    def wait_for_schedule(self, name: str, schedule: dict[str, Any], **parameters: Any) -> str:
        """Give a deployment a schedule, and take it away when that has started a run, which is returned."""
        path = f"/deployments/{self.deployment(name)}/schedules"
        content = [{"schedule": schedule, "parameters": parameters}]
        made = self.call("POST", path, json=content).raise_for_status().json()

        def fired() -> list[str]:
            wanted = {"flow_runs": {"state": {"type": {"any_": ["RUNNING"]}}}}
            found = self.call("POST", "/flow_runs/filter", json=wanted).raise_for_status().json()
            return [run["id"] for run in found if run["auto_scheduled"]]

        wait_for(lambda: bool(fired()))
        run_id = fired()[0]
        self.call("DELETE", f"{path}/{made[0]['id']}").raise_for_status()
        return run_id

    def artifacts(self, run_id: str) -> dict[str, dict[str, Any]]:
        """By key."""
        wanted = {"artifacts": {"flow_run_id": {"any_": [run_id]}}}
        found = self.call("POST", "/artifacts/filter", json=wanted).raise_for_status().json()
        return {artifact["key"]: artifact for artifact in found}

    def cancel(self, run_id: str) -> None:
        content = {"state": {"type": "CANCELLING", "name": "Cancelling"}}
        self.call("POST", f"/flow_runs/{run_id}/set_state", json=content).raise_for_status()

    def run(self, run_id: str) -> dict[str, Any]:
        return self.get(f"/flow_runs/{run_id}")

    def end_of(self, run_id: str, patience_s: float = PATIENCE_S) -> dict[str, Any]:
        """The run when it has ended."""
        wait_for(lambda: self.run(run_id)["state_type"] in FINAL, patience_s)
        return self.run(run_id)

    def task_states(self, run_id: str) -> dict[str, str]:
        wanted = {"flow_runs": {"id": {"any_": [run_id]}}}
        found = self.call("POST", "/task_runs/filter", json=wanted).raise_for_status().json()
        return {task["name"]: task["state_name"] for task in found}

    def stage_processes(self) -> list[psutil.Process]:
        """What dvc and its stages have started."""
        return [process for process in self.checkout.processes() if process.info["name"] in ("sleep", "dvc")]

    def wait_until_training(self) -> None:
        wait_for(lambda: any(process.info["name"] == "sleep" for process in self.stage_processes()))


def wait_for(happened: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + patience_s
    while not happened():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.5)


SLEEPING = f"train.total_timesteps={SLEEPS}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all tests of this module."""
    checkout = new_flows_checkout(tmp_path_factory.mktemp("server") / "checkout")
    with ExitStack() as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_WORKER_QUERY_SECONDS", "1")
        patch.delenv("DVC_ROOT", raising=False)
        yield Server(checkout, running)
    assert checkout.processes() == []


def test_a_schedule_creates_a_run_that_completes(server: Server) -> None:
    wanted = {"name": "by-clock", "stages": ["train"]}
    run_id = server.wait_for_schedule("experiment/on-demand", {"interval": 20}, experiment=wanted)
    run = server.end_of(run_id)
    assert run["state_type"] == "COMPLETED"
    assert run["name"].startswith("by-clock, train")
    assert server.task_states(run_id).keys() == {"scenarios@airspace", "train@airspace-generic-0"}


@pytest.mark.parametrize("wrong", [{"seeds": [-1]}, {"stages": ["trian"]}, {"seeds": ["one"]}])
def test_the_form_refuses_a_value_out_of_range(server: Server, wrong: dict[str, Any]) -> None:
    answer = server.ask(**wrong)
    assert answer.status_code in (409, 422)
    assert f"experiment.{next(iter(wrong))}" in answer.text


def test_evaluation_leaves_a_table_a_page_and_progress(server: Server) -> None:
    run = server.end_of(server.start(stages=["evaluate"], seeds=[2]))
    assert run["state_type"] == "COMPLETED"
    found = server.artifacts(run["id"])
    assert found.keys() == {"figures", "summary", "training-airspace-generic-2"}
    assert '"lost": "25.0%"' in found["figures"]["data"]
    assert f"dvc exp apply seeds-2-{run['id'][-8:]}" in found["summary"]["data"]
    assert float(found["training-airspace-generic-2"]["data"]) == 100


def test_deploying_again_names_the_page(server: Server) -> None:
    said = server.checkout.call(sys.executable, "-m", "flows.deploy")
    assert said.strip() == f"deployed: see http://127.0.0.1:{server.flows.prefect_port}/deployments"


def test_two_runs_at_once_queue(server: Server) -> None:
    runs = [server.end_of(run) for run in [server.start(stages=["scenarios"]) for _ in range(2)]]
    first, second = sorted(runs, key=lambda run: run["start_time"])
    assert [first["state_type"], second["state_type"]] == ["COMPLETED", "COMPLETED"]
    assert second["start_time"] >= first["end_time"]


def test_cancelling_leaves_no_child_and_the_next_run_succeeds(server: Server) -> None:
    run = server.start(stages=["train"], overrides=[SLEEPING])
    server.wait_until_training()
    server.cancel(run)
    assert server.end_of(run)["state_type"] == "CANCELLED"
    assert server.stage_processes() == []
    assert server.end_of(server.start(stages=["train"]))["state_type"] == "COMPLETED"


def test_a_mistake_fails_at_once_and_is_told(server: Server) -> None:
    run = server.end_of(server.start(stages=["train"], overrides=[f"train.total_timesteps={REFUSES}"]))
    assert run["state_type"] == "FAILED"
    told = "params.yaml: train.total_timesteps: not today"
    assert run["state"]["message"].splitlines()[0] == told
    assert server.task_states(run["id"])["train@airspace-generic-0"] == "Failed"


def test_overrides_that_no_stage_takes_fail_before_anything_starts(server: Server) -> None:
    told = "params.yaml: train.total_timesteps: got -5, wanted 1 or more"
    for run_id in (
        server.start(overrides=["train.total_timesteps=-5"]),
        server.start_sweep("no", "train.total_timesteps=-5"),
    ):
        run = server.end_of(run_id)
        assert run["state_type"] == "FAILED"
        assert run["state"]["message"] == told
        assert server.task_states(run_id) == {}


def test_a_training_that_crashed_goes_on(server: Server) -> None:
    run = server.end_of(server.start(stages=["train"], overrides=[f"train.total_timesteps={CRASHES}"]))
    assert run["state_type"] == "COMPLETED"


def test_a_sweep_tries_all_and_says_which_was_best(server: Server) -> None:
    run = server.end_of(server.start_sweep("worlds"))
    assert run["state_type"] == "COMPLETED"
    shown = server.artifacts(run["id"])["sweep-worlds-best"]
    assert shown["description"] == "Best trial by shortfall"
    best = shown["data"]
    assert "- `train.num_worlds`: 8" in best
    assert "dvc exp apply worlds-001 " in best
    kept = server.checkout.call("dvc", "exp", "list", "--name-only").split()
    assert {"worlds-000", "worlds-001", "worlds-002"} <= set(kept)


def test_cancelling_a_sweep_ends_all_its_trials(server: Server) -> None:
    run = server.start_sweep("endless", SLEEPING)
    wait_for(lambda: [process.info["name"] for process in server.stage_processes()].count("sleep") == 2)
    server.cancel(run)
    assert server.end_of(run)["state_type"] == "CANCELLED"
    assert server.stage_processes() == []


def test_a_run_by_hand_is_seen_on_the_server(server: Server) -> None:
    said = server.checkout.run("--place", "workspace", "--stage", "train")
    assert "temporary server" not in said
    again = server.checkout.run("--place", "workspace", "--stage", "train")
    assert "Task run 'train@airspace-generic-0' - Finished in state Cached('DVC found it unchanged'" in again


def test_ending_the_worker_ends_its_run_which_is_told_at_once(server: Server) -> None:
    run = server.start(stages=["train"], overrides=[SLEEPING])
    server.wait_until_training()
    server.worker.end()
    assert server.stage_processes() == []
    assert server.run(run)["state_type"] == "CRASHED"
    server.worker = services.start_worker(server.checkout.folder, server.flows, server.running)
    assert server.end_of(server.start(stages=["train"]))["state_type"] == "COMPLETED"


def test_a_killed_worker_and_run_are_noticed_and_the_next_succeeds(server: Server) -> None:
    run = server.start(stages=["train"], overrides=[SLEEPING])
    server.wait_until_training()
    engines = psutil.Process(server.worker.group).children(recursive=False)
    for process in [psutil.Process(server.worker.group), *engines]:
        process.kill()
    wait_for(lambda: server.stage_processes() == [])
    server.worker = services.start_worker(server.checkout.folder, server.flows, server.running)
    ended = server.end_of(run)
    assert ended["state_type"] == "CRASHED"
    assert server.end_of(server.start(stages=["train"]))["state_type"] == "COMPLETED"


def test_a_run_needs_no_server(tmp_path: Path) -> None:
    checkout = new_flows_checkout(tmp_path / "checkout")
    said = checkout.run("--place", "workspace", "--stage", "train")
    assert "temporary server" in said
    assert (checkout.folder / "data/models/airspace/generic/0/training.json").exists()
    assert checkout.processes() == []
    assert "error: policies.0" in checkout.run("--policy", "../x", status=1)


def test_a_run_by_hand_that_is_killed_leaves_nothing_running(tmp_path: Path) -> None:
    checkout = new_flows_checkout(tmp_path / "checkout")
    words = [sys.executable, "-m", "flows.experiment", "--stage", "train", "--set-param", SLEEPING]
    with subprocess.Popen(words, cwd=checkout.folder, env=checkout.environment()) as run:
        wait_for(lambda: any(process.info["name"] == "sleep" for process in checkout.processes()))
        run.kill()
    wait_for(lambda: checkout.processes() == [])


def test_ctrl_c_twice_ends_all_that_make_ui_started_and_the_run_under_way(tmp_path: Path) -> None:
    checkout = new_flows_checkout(tmp_path / "checkout")
    address = api_url(read_params(checkout.folder / "params.yaml").flows.prefect_port)
    words = [sys.executable, "-m", "flows.services"]
    with subprocess.Popen(
        words, cwd=checkout.folder, env=checkout.environment(), stdout=subprocess.PIPE, text=True
    ) as ui:
        assert ui.stdout is not None
        said = [ui.stdout.readline() for _ in range(4)]
        assert said[3] == "Ctrl-C ends all of it\n", said
        assert not [process for process in checkout.processes() if "mlflow.server.jobs" in " ".join(process.cmdline())]
        deployment = httpx.get(f"{address}/deployments/name/experiment/on-demand", timeout=120).json()["id"]
        wanted = {"parameters": {"experiment": {"stages": ["train"], "overrides": [SLEEPING]}}}
        httpx.post(f"{address}/deployments/{deployment}/create_flow_run", json=wanted, timeout=120).raise_for_status()
        wait_for(lambda: any(process.info["name"] == "sleep" for process in checkout.processes()))
        ui.send_signal(signal.SIGINT)
        assert ui.stdout.readline().startswith("ending all of it: ")
        time.sleep(2)
        ui.send_signal(signal.SIGINT)
        assert ui.wait(PATIENCE_S) == 0
    assert checkout.processes() == []
