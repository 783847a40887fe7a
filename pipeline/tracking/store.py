"""Which MLflow: the database in the checkout, or the user's own server by MLFLOW_TRACKING_URI."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from sqlalchemy.exc import SQLAlchemyError

from pipeline.ground.paths import repository_root
from pipeline.tracking.artifacts import bring_along, place

_KIND, _OF_RUNS = "mlflow.experimentKind", "custom_model_development"
"""A tag of experiments: which pages MLflow opens them on. Without it they are those for language models."""


def tracking_uri() -> str:
    """MLFLOW_TRACKING_URI; without it the database in the user's checkout, also from DVC's temporary copies."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{database()}"


def database() -> Path:
    """The checkout's own database."""
    return repository_root() / "mlflow.db"


def is_own() -> bool:
    """Whether runs are recorded in the checkout's own database."""
    return tracking_uri() == f"sqlite:///{database()}"


def is_server() -> bool:
    """Whether runs are recorded by a server, which may not answer."""
    return tracking_uri().startswith(("http://", "https://"))


def connect() -> MlflowClient:
    """Reach MLflow. The first one makes the database, which no two may do at once, as trials side by side would.

    Raises:
        ValueError: the file there is no database of MLflow's.
    """
    if is_server():
        return MlflowClient(tracking_uri())
    try:
        with FileLock(f"{database()}.lock"):
            client = MlflowClient(tracking_uri())
            if is_own():
                bring_along(database())
            return client
    except (SQLAlchemyError, sqlite3.Error) as error:
        reason = str(error).splitlines()[0]
        wanted = "MLflow's database (without the file a new one is made)"
        raise ValueError(f"{tracking_uri()}: {reason}; wanted {wanted}") from None


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
            location = place(database()) if is_own() else None
            return client.create_experiment(name, artifact_location=location, tags={_KIND: _OF_RUNS})
        except MlflowException:  # another stage has created it just now
            found = client.get_experiment_by_name(name)
            if found is None:
                raise
    if _KIND not in found.tags:
        client.set_experiment_tag(found.experiment_id, _KIND, _OF_RUNS)
    return found.experiment_id
