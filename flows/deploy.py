"""Tells Prefect's server what to run: the work pool, the deployments of prefect.yaml, and who counts as crashed.

Usage: python -m flows.deploy
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from prefect.automations import Automation
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import EventTrigger, Posture
from prefect.events.schemas.events import Event, Resource
from prefect.settings import PREFECT_API_URL, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.workers.process import ProcessWorker

from flows.address import HOST, POOL, TRIALS_POOL, answers, api_url
from pipeline.ground.paths import PARAMS, repository_root
from pipeline.settings.params import read_params
from pipeline.settings.sections import Flows

_SILENCES = 3
_RESOURCE_ID = "prefect.resource.id"
_CRASH_WATCH = "silent runs have crashed"
_HEARTBEAT = "prefect.flow-run.heartbeat"
_FINAL = ("Completed", "Failed", "Crashed", "Cancelled")


def deploy(root: Path, flows: Flows) -> None:
    """Create or update work pool, concurrency limits, deployments and the watch over crashed runs.

    Raises:
        ValueError: no server answers, or Prefect refuses prefect.yaml.
    """
    if not answers(flows.prefect_port):
        raise ValueError(f"no Prefect server on port {flows.prefect_port}, wanted the one that `make ui` starts")
    with temporary_settings({PREFECT_API_URL: api_url(flows.prefect_port)}), get_client(sync_client=True) as client:
        _make_pool(client, POOL, flows.runs_at_once)
        _make_pool(client, TRIALS_POOL, None)
        _watch_for_crashes(client)
        _ask_for_signs_of_life(client)
    words = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"]
    environment = os.environ | {"PREFECT_API_URL": api_url(flows.prefect_port)}
    done = subprocess.run(words, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(f"prefect.yaml: refused by Prefect:\n{done.stdout}{done.stderr}")


def _make_pool(client: SyncPrefectClient, name: str, runs_at_once: int | None) -> None:
    """A pool from which workers take runs, so many at once."""
    template = ProcessWorker.get_default_base_job_template()
    pool = WorkPoolCreate(
        name=name, type=ProcessWorker.type, base_job_template=template, concurrency_limit=runs_at_once
    )
    client.create_work_pool(pool, overwrite=True)


def _watch_for_crashes(client: SyncPrefectClient) -> None:
    """A run whose process was killed says nothing any more: after three silent heartbeats it is marked as crashed."""
    heartbeat_s = PREFECT_FLOWS_HEARTBEAT_FREQUENCY.value()
    if not heartbeat_s:
        raise ValueError("prefect.toml: flows.heartbeat_frequency: not set, wanted seconds between two signs of life")
    trigger = EventTrigger(
        after={_HEARTBEAT},
        expect={_HEARTBEAT, *(f"prefect.flow-run.{state}" for state in _FINAL)},
        match={_RESOURCE_ID: ["prefect.flow-run.*"]},
        for_each={_RESOURCE_ID},
        posture=Posture.Proactive,
        threshold=1,
        within=timedelta(seconds=_SILENCES * heartbeat_s),
    )
    message = f"no sign of life for {_SILENCES * heartbeat_s} s: its process is gone"
    action = ChangeFlowRunState(name=None, state=StateType.CRASHED, message=message, force=False)
    watch = Automation(name=_CRASH_WATCH, trigger=trigger, actions=[action])
    for old in client.request("POST", "/automations/filter", json={}).json():
        if old["name"] == _CRASH_WATCH:
            client.request("DELETE", f"/automations/{old['id']}")  # type: ignore[arg-type]
    watch.create()


def _ask_for_signs_of_life(client: SyncPrefectClient) -> None:
    """A run that was cut off while no server was up has missed its last heartbeat: count its silence from now on."""
    under_way = {"flow_runs": {"state": {"type": {"any_": ["RUNNING", "CANCELLING"]}}}}
    runs = client.request("POST", "/flow_runs/filter", json=under_way).json()
    events = [
        Event(event=_HEARTBEAT, resource=Resource({_RESOURCE_ID: f"prefect.flow-run.{run['id']}"})) for run in runs
    ]
    client.request("POST", "/events", json=[event.model_dump(mode="json") for event in events])


def main() -> None:
    """Deploy what prefect.yaml says to the server of `make ui`."""
    root = repository_root()
    try:
        flows = read_params(root / PARAMS).flows
        deploy(root, flows)
    except ValueError as error:
        sys.exit(f"error: {error}")
    print(f"deployed: see http://{HOST}:{flows.prefect_port}/deployments")


if __name__ == "__main__":
    main()
