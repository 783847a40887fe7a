"""A run in MLflow, with parameters, figures over steps, data sets and files. Loads MLflow, which takes a second."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from mlflow.entities import Dataset, DatasetInput, InputTag, LoggedModelOutput, Metric, Param, RunStatus, RunTag
from mlflow.exceptions import MlflowException, RestException
from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor
from mlflow.tracking import MlflowClient

from pipeline.ground.paths import git_commit
from pipeline.tracking.models import write_model
from pipeline.tracking.place import is_server, tracking_uri
from pipeline.tracking.runs import flatten
from pipeline.tracking.sending import Sending
from pipeline.tracking.store import connect, experiment_id, told

if TYPE_CHECKING:
    from tensorboardX import SummaryWriter

LONG_PARAMETERS = "long_parameters.json"
"""The file of a run that holds whole what is too long for a parameter."""

_MOST_METRICS = 1000
_MOST_PARAMS = 100
_LONGEST_VALUE = 6000
_LONGEST_DIGEST = 36


class Run:
    """One MLflow run of one stage. What a server does not take now is sent again later; see `Sending`.

    Attributes:
        run_id: "" as long as a server has not answered.
    """

    def __init__(self, client: MlflowClient, experiment: str, name: str, run_id: str | None) -> None:
        """Go on with the run `run_id` where it still exists, else begin one."""
        self.client, self.run_id, self._experiment_id = client, "", ""
        self.sending = Sending(tracking_uri(), patient=is_server())
        self._pending: list[tuple[str, float, int]] = []
        self._events: SummaryWriter | None = None
        self._monitor: SystemMetricsMonitor | None = None
        self.sending.send(f"the run {name}", lambda: self._begin(experiment, name, run_id))
        self.sending.refuses = True

    def _begin(self, experiment: str, name: str, run_id: str | None) -> None:
        self._experiment_id = experiment_id(self.client, experiment)
        if not run_id or not _exists(self.client, run_id):
            run_id = self.client.create_run(self._experiment_id, run_name=name).info.run_id
        self.client.update_run(run_id, RunStatus.to_string(RunStatus.RUNNING))
        self.run_id = run_id

    def also_to(self, folder: Path) -> None:
        """Write figures to event files for TensorBoard, too."""
        from tensorboardX import SummaryWriter  # brings torch along, which most stages do without

        self._events = SummaryWriter(str(folder), flush_secs=1)

    def watch_machine(self) -> None:
        """Record how busy processor, memory, disks and network are, until the run ends; only once MLflow answers."""
        if self.run_id:
            self._monitor = SystemMetricsMonitor(self.run_id, resume_logging=True, tracking_uri=tracking_uri())
            self._monitor.start()

    def end(self, status: int) -> None:
        """Write out all that is left, and how the run ended (a RunStatus)."""
        if self._events is not None:
            self._events.close()
        if self._monitor is not None:
            self._monitor.finish()
        ended = RunStatus.to_string(status)
        self.sending.send("how it ended", lambda: self.client.set_terminated(self.run_id, ended))
        self.sending.finish()

    def params(self, values: Mapping[str, Any]) -> None:
        """Record parameters, nested ones by dotted names; those too long for MLflow also whole, in LONG_PARAMETERS."""
        flat = {name: str(value) for name, value in flatten(values).items()}
        whole = {name: value for name, value in flat.items() if len(value) > _LONGEST_VALUE}
        logged = [Param(name, _shortened(value) if name in whole else value) for name, value in flat.items()]
        for first in range(0, len(logged), _MOST_PARAMS):
            self._log_batch("parameters", params=logged[first : first + _MOST_PARAMS])
        if whole:
            self.sending.send(LONG_PARAMETERS, lambda: self.client.log_dict(self.run_id, whole, LONG_PARAMETERS))

    def metrics(self, values: Mapping[str, float], step: int) -> None:
        """Record figures at a step, together with what was kept `for_later`."""
        now = int(time.time() * 1000)
        pending, self._pending = self._pending, []
        pending += [(name, value, step) for name, value in values.items()]
        metrics = [Metric(name, float(value), now, at) for name, value, at in pending if value == value]
        if self._events is not None:
            for metric in metrics:
                self._events.add_scalar(metric.key, metric.value, metric.step)
        for first in range(0, len(metrics), _MOST_METRICS):
            self._log_batch("figures", metrics=metrics[first : first + _MOST_METRICS])

    def for_later(self, values: Mapping[str, Any], step: int) -> None:
        """Keep the numbers among figures at a step until the next are recorded, so that a learner is not held up."""
        self._pending += [(name, float(value), step) for name, value in values.items() if _is_number(value)]

    def tags(self, values: Mapping[str, str]) -> None:
        """Record tags."""
        self._log_batch("tags", tags=[RunTag(name, value) for name, value in values.items()])

    def _log_batch(self, what: str, **batch: Any) -> None:
        self.sending.send(what, lambda: self.client.log_batch(self.run_id, **batch))

    def dataset(self, folder: Path, digest: str, context: str) -> None:
        """Record which scenarios were played: their folder, the digest of its files, and for what (`context`)."""
        name, source = "/".join(folder.parts[-2:]), json.dumps({"uri": str(folder)})
        data = Dataset(name=name, digest=digest[:_LONGEST_DIGEST], source_type="local", source=source)
        given = DatasetInput(data, [InputTag("mlflow.data.context", context)])
        self.sending.send("the data set", lambda: self.client.log_inputs(self.run_id, [given]))

    def file(self, path: Path, folder: str | None = None) -> None:
        """Keep a file with the run."""
        self.sending.send(path.name, lambda: self.client.log_artifact(self.run_id, str(path), folder))

    def model(self, onnx: Path, name: str, example: Mapping[str, np.ndarray]) -> None:
        """Log an exported policy as a model that `mlflow models serve -m models:/ID` answers for."""
        self.sending.send("the model", lambda: self._log_model(onnx, name, example))

    def _log_model(self, onnx: Path, name: str, example: Mapping[str, np.ndarray]) -> None:
        made = self.client.create_logged_model(self._experiment_id, name, self.run_id, model_type="policy")
        with tempfile.TemporaryDirectory() as folder:
            write_model(onnx, Path(folder) / "model", example)
            self.client.log_model_artifacts(made.model_id, str(Path(folder) / "model"))
        self.client.finalize_logged_model(made.model_id, "READY")
        self.client.log_outputs(self.run_id, [LoggedModelOutput(made.model_id, 0)])

    def served(self, onnx: Path) -> None:
        """Keep what `mlflow models serve` needs beside the run's files."""

        def log() -> None:
            with tempfile.TemporaryDirectory() as folder:
                write_model(onnx, Path(folder) / "model")
                self.client.log_artifacts(self.run_id, str(Path(folder) / "model"))

        self.sending.send("the model", log)


@contextmanager
def recorded(experiment: str, stage: str, tags: Mapping[str, str], run_id: str | None = None) -> Iterator[Run]:
    """See runs.run."""
    with told(), _recorded(experiment, stage, tags, run_id) as started:
        yield started


@contextmanager
def _recorded(experiment: str, stage: str, tags: Mapping[str, str], run_id: str | None) -> Iterator[Run]:
    name = "-".join([stage, *(tags[key] for key in ("policy", "seed") if key in tags)])
    started = Run(connect(), experiment, name, run_id)
    started.tags({"stage": stage, **_origin(), **tags})
    status = RunStatus.FAILED
    try:
        yield started
        status = RunStatus.FINISHED
    except (KeyboardInterrupt, SystemExit):
        status = RunStatus.KILLED
        raise
    finally:
        started.end(status)


def _shortened(value: str) -> str:
    told = f"... (the first of {len(value):,} characters: all in {LONG_PARAMETERS})"
    return value[: _LONGEST_VALUE - len(told)] + told


def _origin() -> dict[str, str]:
    """Where a run comes from: the git commit, and the DVC experiment where there is one."""
    names = ("DVC_EXP_NAME", "DVC_EXP_BASELINE_REV")
    return {"git_commit": git_commit()} | {name: os.environ[name] for name in names if os.environ.get(name)}


def _exists(client: MlflowClient, run_id: str) -> bool:
    """Whether MLflow knows the run; a server that does not answer raises."""
    try:
        client.get_run(run_id)
    except MlflowException as error:
        if is_server() and not isinstance(error, RestException):
            raise
        return False
    return True


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) or (hasattr(value, "item") and getattr(value, "ndim", 1) == 0)
