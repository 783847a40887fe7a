"""MLflow's client, its errors in a line, the experiment, and the newest of its runs."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from sqlalchemy.exc import SQLAlchemyError

from pipeline.ground.writing import write_atomically
from pipeline.tracking.artifacts import bring_along, folder_beside
from pipeline.tracking.place import database, is_own, is_server, tracking_uri

_KIND, _OF_RUNS = "mlflow.experimentKind", "custom_model_development"
"""A tag of experiments: which pages MLflow opens them on. Without it they are those for language models."""


def connect() -> MlflowClient:
    """Reach MLflow. The first one makes the database, which no two may do at once, as trials side by side would.

    Raises:
        ValueError: the file there is no database of MLflow's.
    """
    if is_server():
        return MlflowClient(tracking_uri())
    try:
        with FileLock(f"{database()}.lock"):
            if is_own() and not (database().exists() and database().stat().st_size):
                write_atomically(database(), _make_database)
            client = MlflowClient(tracking_uri())
            if is_own():
                bring_along(database())
            return client
    except (SQLAlchemyError, sqlite3.Error) as error:
        reason = str(error).splitlines()[0]
        wanted = "MLflow's database (without the file a new one is made)"
        raise ValueError(f"{tracking_uri()}: {reason}; wanted {wanted}") from None


def _make_database(path: Path) -> None:
    """Half of one, as a full disk leaves it, MLflow could not go on with."""
    MlflowClient(f"sqlite:///{path}")


@contextmanager
def told() -> Iterator[None]:
    """Raise what MLflow raises as a ValueError of one line."""
    try:
        yield
    except MlflowException as error:
        raise ValueError(f"{tracking_uri()}: {first_line(error)}") from None


def first_line(error: Exception) -> str:
    """What an error of MLflow's says, in a line."""
    lines = str(error).splitlines() or [type(error).__name__]
    return next((line for line in lines if "raised as a result" not in line), lines[0])


def experiment_id(client: MlflowClient, name: str) -> str:
    """The experiment of that name, made where there is none; its pages are those of runs."""
    found = client.get_experiment_by_name(name)
    if found is None:
        try:
            location = folder_beside(database()) if is_own() else None
            return client.create_experiment(name, artifact_location=location, tags={_KIND: _OF_RUNS})
        except MlflowException:  # another stage has created it just now
            found = client.get_experiment_by_name(name)
            if found is None:
                raise
    if _KIND not in found.tags:
        client.set_experiment_tag(found.experiment_id, _KIND, _OF_RUNS)
    return found.experiment_id


def newest_run(experiment: str, tags: Mapping[str, str]) -> str | None:
    """Where MLflow's pages show the newest finished run with these tags, as what follows `/#/`; None without one.

    A server that does not answer is told of on stderr: None.
    """
    client = connect()
    try:
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
    except MlflowException as error:
        if not is_server():
            raise
        print(f"{tracking_uri()}: {first_line(error)}; its runs are not linked", file=sys.stderr, flush=True)
        return None
    return f"experiments/{found.experiment_id}/runs/{runs[0].info.run_id}" if runs else None
