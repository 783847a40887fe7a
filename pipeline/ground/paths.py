"""Where everything lies: one fixed path per output; and in which checkout, at which commit."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

PARAMS = Path("params.yaml")
PROMOTIONS = Path("promotions.jsonl")
DATA = Path("data")
CUSTOM_SCENARIOS = DATA / "custom_scenarios"
SCENARIOS = DATA / "scenarios"
MODELS = DATA / "models"
TUNING = DATA / "tuning"
EVALUATION = DATA / "evaluation"
EXPORT = DATA / "export"
REPORT = DATA / "report"
CURVE = "training.csv"
"""The learning curve, in a training run's folder."""


def model(policy: str, seed: int) -> Path:
    """The folder of one training run's output."""
    return MODELS / policy / str(seed)


def evaluation(policy: str, seed: int) -> Path:
    """The folder of one training run's evaluation."""
    return EVALUATION / policy / str(seed)


def export(policy: str) -> Path:
    """The folder of one exported policy."""
    return EXPORT / policy


def study(name: str) -> Path:
    """Where a sweep keeps what it has tried: outside DVC's outputs, not versioned."""
    return repository_root() / "studies" / f"{name}.db"


def repository_root() -> Path:
    """The user's checkout, also when DVC runs a stage in a temporary copy of it (DVC sets DVC_ROOT)."""
    return Path(os.environ.get("DVC_ROOT", Path.cwd())).resolve()


def git_commit() -> str:
    """The commit of the checkout, or 'unknown' outside of git."""
    found = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return found.stdout.strip() if found.returncode == 0 else "unknown"


def checkpoints() -> Path:
    """Resume checkpoints: outside DVC's outputs, in the real checkout, not versioned."""
    return repository_root() / "checkpoints"
