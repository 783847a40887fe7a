"""The only door to MLflow: one run per stage, with parameters, figures over steps, and files."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DO_NOT_TRACK", "true")
logging.getLogger("mlflow").setLevel(logging.WARNING)
logging.getLogger("alembic").setLevel(logging.WARNING)
logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)  # its errors reach us as exceptions

from filelock import FileLock
from mlflow.artifacts import download_artifacts
from mlflow.entities import Metric, Param, RunStatus, RunTag
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from sqlalchemy.exc import SQLAlchemyError
from tensorboardX import SummaryWriter

from pipeline.ground.paths import git_commit, repository_root

CHAMPION = "champion"
"""The alias of the accepted version of a registered policy."""

_MOST_METRICS = 1000
_MOST_PARAMS = 100
_LONGEST_VALUE = 6000
_MODEL_HASH = "model_hash"


def tracking_uri() -> str:
    """The database in the user's checkout, also from within DVC's temporary copies."""
    return f"sqlite:///{repository_root() / 'mlflow.db'}"


def _client() -> MlflowClient:
    """MLflow's own; the first one makes the database, which no two may do at once, as trials side by side would.

    Raises:
        ValueError: the file there is no database of MLflow's.
    """
    try:
        with FileLock(f"{repository_root() / 'mlflow.db'}.lock"):
            return MlflowClient(tracking_uri())
    except SQLAlchemyError as error:
        reason = str(error).splitlines()[0]
        wanted = "MLflow's database (without the file a new one is made)"
        raise ValueError(f"{tracking_uri()}: {reason}; wanted {wanted}") from None


def connect() -> None:
    """Reach the database, made where there is none: the first time takes a second, whoever waits for it.

    Raises:
        ValueError: the file there is no database of MLflow's.
    """
    _client()


class Run:
    """One MLflow run of one stage."""

    def __init__(self, client: MlflowClient, run_id: str) -> None:
        """Write to the run `run_id`."""
        self.client, self.run_id = client, run_id
        self._pending: list[tuple[str, float, int]] = []
        self._events: SummaryWriter | None = None

    def also_to(self, folder: Path) -> None:
        """Write figures to event files for TensorBoard, too."""
        self._events = SummaryWriter(str(folder), flush_secs=1)

    def close(self) -> None:
        """Write out the event files."""
        if self._events is not None:
            self._events.close()

    def params(self, values: Mapping[str, Any]) -> None:
        """Record parameters, nested ones by dotted names."""
        flat = [Param(name, str(value)[:_LONGEST_VALUE]) for name, value in flatten(values).items()]
        for first in range(0, len(flat), _MOST_PARAMS):
            self.client.log_batch(self.run_id, params=flat[first : first + _MOST_PARAMS])

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
            self.client.log_batch(self.run_id, metrics=metrics[first : first + _MOST_METRICS])

    def for_later(self, values: Mapping[str, Any], step: int) -> None:
        """Keep the numbers among figures at a step until the next are recorded, so that a learner is not held up."""
        self._pending += [(name, float(value), step) for name, value in values.items() if _is_number(value)]

    def tags(self, values: Mapping[str, str]) -> None:
        """Record tags."""
        self.client.log_batch(self.run_id, tags=[RunTag(name, value) for name, value in values.items()])

    def file(self, path: Path, folder: str | None = None) -> None:
        """Keep a file with the run."""
        self.client.log_artifact(self.run_id, str(path), folder)


@contextmanager
def run(experiment: str, stage: str, tags: Mapping[str, str], run_id: str | None = None) -> Iterator[Run]:
    """A run that ends as finished, failed or (Ctrl-C, SIGTERM) killed, as the block does.

    Args:
        run_id: go on with this run where it still exists.

    Raises:
        ValueError: MLflow cannot write, say because the disk is full.
    """
    try:
        with _run(experiment, stage, tags, run_id) as started:
            yield started
    except MlflowException as error:
        reason = next(line for line in str(error).splitlines() if "raised as a result" not in line)
        raise ValueError(f"{tracking_uri()}: {reason}") from None


@contextmanager
def _run(experiment: str, stage: str, tags: Mapping[str, str], run_id: str | None) -> Iterator[Run]:
    client = _client()
    if run_id is None or not _exists(client, run_id):
        name = "-".join([stage, *(tags[key] for key in ("policy", "seed") if key in tags)])
        run_id = client.create_run(_experiment_id(client, experiment), run_name=name).info.run_id
    started = Run(client, run_id)
    started.tags({"stage": stage, **_origin(), **tags})
    client.update_run(run_id, RunStatus.to_string(RunStatus.RUNNING))
    status = RunStatus.FAILED
    try:
        yield started
        status = RunStatus.FINISHED
    except (KeyboardInterrupt, SystemExit):
        status = RunStatus.KILLED
        raise
    finally:
        started.close()
        client.set_terminated(run_id, RunStatus.to_string(status))


def newest_run(experiment: str, tags: Mapping[str, str]) -> str | None:
    """Where MLflow's pages show the newest finished run with these tags, as what follows `/#/`; None without one."""
    client = _client()
    found = client.get_experiment_by_name(experiment)
    if found is None:
        return None
    wanted = " and ".join([f"tags.`{name}` = '{value}'" for name, value in tags.items()])
    runs = client.search_runs(
        [found.experiment_id],
        f"{wanted} and attributes.status = 'FINISHED'",
        order_by=["start_time DESC"],
        max_results=1,
    )
    return f"experiments/{found.experiment_id}/runs/{runs[0].info.run_id}" if runs else None


class Version(NamedTuple):
    """A policy in MLflow's registry."""

    policy: str
    number: int
    model_hash: str
    source: str
    """Where its files are, as an address."""

    def folder(self) -> Path:
        """Its files on this machine: policy.onnx, policy.json and what else was exported."""
        return Path(download_artifacts(artifact_uri=self.source, tracking_uri=tracking_uri()))


def register(policy: str, model_hash: str, run_id: str) -> Version:
    """The registered version with these weights; a new one, of the files of the run `run_id`, where there is none."""
    client = _client()
    try:
        client.create_registered_model(policy)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    for known in client.search_model_versions(f"name = '{policy}'"):
        if known.tags.get(_MODEL_HASH) == model_hash:
            return _version(known)
    source = client.get_run(run_id).info.artifact_uri
    return _version(client.create_model_version(policy, source, run_id, tags={_MODEL_HASH: model_hash}))


def champion(policy: str) -> Version | None:
    """The accepted version of a policy; None where none was ever accepted."""
    try:
        return _version(_client().get_model_version_by_alias(policy, CHAMPION))
    except MlflowException as error:
        if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):  # no policy, or no alias
            raise
        return None


def crown(policy: str, number: int) -> None:
    """Make a version the accepted one.

    Raises:
        ValueError: MLflow has no such version.
    """
    try:
        _client().set_registered_model_alias(policy, CHAMPION, str(number))
    except MlflowException as error:
        raise ValueError(f"{tracking_uri()}: {policy}, version {number}: {error.message}") from None


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested mappings as one, keys joined by dots."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{prefix}{key}"
        flat |= flatten(value, f"{name}.") if isinstance(value, Mapping) else {name: value}
    return flat


def _origin() -> dict[str, str]:
    """Where a run comes from: the git commit, and the DVC experiment where there is one."""
    names = ("DVC_EXP_NAME", "DVC_EXP_BASELINE_REV")
    return {"git_commit": git_commit()} | {name: os.environ[name] for name in names if os.environ.get(name)}


def _experiment_id(client: MlflowClient, name: str) -> str:
    found = client.get_experiment_by_name(name)
    if found is not None:
        return found.experiment_id
    location = f"file://{repository_root() / 'mlartifacts'}"
    try:
        return client.create_experiment(name, artifact_location=location)
    except MlflowException:  # another stage has created it just now
        found = client.get_experiment_by_name(name)
        if found is None:
            raise
        return found.experiment_id


def _version(found: ModelVersion) -> Version:
    return Version(found.name, int(found.version), found.tags[_MODEL_HASH], str(found.source))


def _exists(client: MlflowClient, run_id: str) -> bool:
    try:
        client.get_run(run_id)
    except MlflowException:
        return False
    return True


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) or (hasattr(value, "item") and getattr(value, "ndim", 1) == 0)
