"""Trials on other machines: runs of the deployment `trial`, done by whichever worker is free in its own clone."""

from __future__ import annotations

import time
from pathlib import Path

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, State
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelling

from flows import dvc_command
from flows.copies import Running
from flows.experiment import Experiment

TRIAL = "experiment/trial"
_LOOK_EVERY_S = 2.0


class Elsewhere:
    """A run of an experiment somewhere else."""

    def __init__(self, experiment: Experiment) -> None:
        """Ask for it.

        Raises:
            ValueError: the server knows no deployment for it.
        """
        parameters = {"experiment": experiment.model_dump(mode="json")}
        try:
            made = run_deployment(TRIAL, parameters=parameters, timeout=0)
        except ObjectNotFound:
            raise ValueError(f"{TRIAL}: no such deployment, wanted a server that `make deploy` has told") from None
        assert isinstance(made, FlowRun)
        self.run_id = made.id

    def wait(self) -> State:
        """How it ended."""
        with get_client(sync_client=True) as client:
            while True:
                state = client.read_flow_run(self.run_id).state
                if state is not None and state.is_final():
                    return state
                time.sleep(_LOOK_EVERY_S)

    def end(self) -> None:
        """Cancel it."""
        with get_client(sync_client=True) as client:
            client.set_flow_run_state(self.run_id, Cancelling())


def run(experiment: Experiment, root: Path, running: Running) -> str:
    """Have an experiment run somewhere else, and fetch it; returns its name.

    Raises:
        ValueError: it failed there, or cannot be fetched.
    """
    asked = Elsewhere(experiment)
    running.begin(asked)
    try:
        state = asked.wait()
    finally:
        running.finish(asked)
    if not state.is_completed():
        raise ValueError(f"{experiment.name}: {state.name}: {state.message}")
    name = f"{experiment.name}-{str(asked.run_id)[-8:]}"
    dvc_command.fetch(name, root)
    return name
