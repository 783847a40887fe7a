"""A trained policy on disk: what acts, what a later training may begin with, learning curve and figures.

Networks and weights are plain tensors and plain values: who reads them runs nobody's code.
"""

from __future__ import annotations

import io
import json
import pickle
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
import torch

from pipeline.ground import files
from pipeline.ground.paths import CURVE
from pipeline.ground.writing import write_atomically
from pipeline.policies.deployed import TorchPolicy
from pipeline.policies.network import DeployedNetwork, network_from

NETWORK, WEIGHTS, FIGURES, AGES = "network.pt", "weights.pt", "training.json", "ages"
FORMAT = 1


@dataclass(frozen=True)
class ModelFiles:
    """What one training run left behind."""

    network: DeployedNetwork
    curve: pd.DataFrame
    figures: dict[str, Any]

    @property
    def policy(self) -> TorchPolicy:
        """The policy, ready to act."""
        return TorchPolicy(self.network)


def write_model(
    folder: Path,
    network: Mapping[str, Any],
    inheritance: Mapping[str, Any],
    curve: pd.DataFrame,
    figures: Mapping[str, Any],
    ages: Mapping[int, Mapping[str, Any]] = MappingProxyType({}),
) -> None:
    """Write all files of a run.

    Args:
        network: what acts, see network.as_values.
        inheritance: what a later training may begin with, see Learner.inheritance.
        figures: hold at least world, algorithm, hyperparameters and model_hash.
        ages: what acted after so many agent-steps.
    """
    _write_tensors(folder / NETWORK, network)
    _write_tensors(folder / WEIGHTS, inheritance)
    shutil.rmtree(folder / AGES, ignore_errors=True)
    (folder / AGES).mkdir()  # also where none are kept, for DVC wants each output
    for steps, aged in ages.items():
        _write_tensors(folder / AGES / f"{steps}.pt", aged)
    files.write_csv(folder / CURVE, curve)
    files.write_text(folder / FIGURES, json.dumps(figures, indent=2))


def read_model(folder: Path) -> ModelFiles:
    """Read a run.

    Raises:
        ValueError: a file that is missing or truncated, by name.
    """
    try:
        figures = json.loads((folder / FIGURES).read_text(encoding="utf-8"))
        curve = pd.read_csv(folder / CURVE)
    except FileNotFoundError as error:
        raise ValueError(f"{error.filename}: not found, run `dvc repro train` first") from None
    except (json.JSONDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ValueError(f"{folder}: not a whole model (truncated?): {error}") from None
    return ModelFiles(read_network(folder / NETWORK), curve, figures)


def read_network(path: Path) -> DeployedNetwork:
    """What acts, whichever algorithm it learned by.

    Raises:
        ValueError: a file that is missing, truncated, or of another layout.
    """
    values = _read_tensors(path)
    try:
        return network_from(values)
    except (KeyError, TypeError, RuntimeError) as error:
        raise ValueError(f"{path}: not the network that it says it is: {error}") from None


def read_inheritance(path: Path) -> dict[str, Any]:
    """What a training may begin with, see Learner.begin_with.

    Raises:
        ValueError: a file that is missing, truncated, or of another layout.
    """
    return _read_tensors(path)


def _write_tensors(path: Path, values: Mapping[str, Any]) -> None:
    buffer = io.BytesIO()  # torch.save on a full disk hides the reason
    torch.save({"format": FORMAT, **values}, buffer)
    write_atomically(path, lambda beside: beside.write_bytes(buffer.getbuffer()))


def _read_tensors(path: Path) -> dict[str, Any]:
    try:
        values = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise ValueError(f"{path}: not found, run `dvc repro train` first") from None
    except (RuntimeError, EOFError, OSError, pickle.UnpicklingError) as error:
        told = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(f"{path}: not a whole file of tensors (truncated?): {told}") from None
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise ValueError(f"{path}: wanted tensors of format {FORMAT}, run `dvc repro train` again")
    return values
