"""Which MLflow: the database in the checkout, or the user's own by MLFLOW_TRACKING_URI. MLflow is not loaded."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.ground.paths import repository_root

RUNS = "/#/experiments?workflowType=machine_learning"
"""Where MLflow's pages list experiments as those of trained models; alone they open on language models."""


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


def pages_at(port: int) -> str:
    """The address of MLflow's pages: the server's, or those that `make ui` shows on `port`."""
    return tracking_uri().rstrip("/") if is_server() else f"http://127.0.0.1:{port}"
