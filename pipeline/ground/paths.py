"""Where everything lies: one fixed path per output; and in which checkout, at which commit."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

PARAMS = Path("params.yaml")
PROMOTIONS = Path("promotions.jsonl")
DATA = Path("data")
CHECKED = DATA / "checked"
CHECKED_PARAMS = CHECKED / "params.json"
"""All values of params.yaml, without its comments."""
BEGINNINGS = DATA / "begin_with"
RECORDS = DATA / "records"
BEGUN = DATA / "begun"
OWN_ENVIRONMENTS = Path("my_envs")
"""Where environments of one's own lie, so that DVC sees them change."""
MODELS = DATA / "models"
EVALUATION = DATA / "evaluation"
REPORT = DATA / "report"
ONNX = "policy.onnx"
"""What flies, in the folders of an evaluation and of an export: the same bytes."""
CURVE, LOG = "training.csv", "train.log"
"""The learning curve, in a training run's folder."""


def checked(world: str) -> Path:
    """What the stage check says of a world that has a section; all stages of the world depend on it."""
    return CHECKED / f"{world}.txt"


def begun(world: str, policy: str) -> Path:
    """What the stage check says of the policy that a training begins with; only that training depends on it."""
    return BEGUN / world / f"{policy}.txt"


def custom_scenarios(world: str) -> Path:
    """The folder of a world's hand-written scenarios."""
    return DATA / "custom_scenarios" / world


def scenarios(world: str) -> Path:
    """The folder of what is played outside of training; see `training_sets`."""
    return DATA / "scenarios" / world


def training_sets(world: str) -> Path:
    """The folder of named scenarios and the validation set: all that training, tuning and export read of them."""
    return scenarios(world) / "train"


def model(world: str, policy: str, seed: int) -> Path:
    """The folder of one training run's output."""
    return MODELS / world / policy / str(seed)


def tuning(world: str) -> Path:
    """The folder of what trials of parameters found."""
    return DATA / "tuning" / world


def evaluation(world: str, policy: str, seed: int) -> Path:
    """The folder of one training run's evaluation."""
    return EVALUATION / world / policy / str(seed)


def export(world: str, policy: str) -> Path:
    """The folder of one exported policy."""
    return DATA / "export" / world / policy


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


def events(run: str) -> Path:
    """Event files of a run, for TensorBoard: in the real checkout, not versioned."""
    return repository_root() / "tensorboard" / run


def checkpoints() -> Path:
    """Resume checkpoints: outside DVC's outputs, in the real checkout, not versioned."""
    return repository_root() / "checkpoints"
