"""A trained policy on disk: what acts, what a later training may begin with, learning curve and figures.

Networks and weights are safetensors, see tensor_files.py: who reads them runs nobody's code.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
from pydantic import ValidationError

from pipeline.ground import files
from pipeline.ground.checks import first_told
from pipeline.ground.paths import CURVE
from pipeline.policies.description import Description
from pipeline.policies.network import DeployedNetwork
from pipeline.policies.network_values import network_from
from pipeline.policies.tensor_files import read_tensors, write_tensors

NETWORK, WEIGHTS, FIGURES, AGES = "network.safetensors", "weights.safetensors", "training.json", "ages"


@dataclass(frozen=True)
class ModelFiles:
    """What one training run left behind."""

    network: DeployedNetwork
    curve: pd.DataFrame
    figures: dict[str, Any]


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
    write_tensors(folder / NETWORK, network)
    write_tensors(folder / WEIGHTS, inheritance)
    shutil.rmtree(folder / AGES, ignore_errors=True)
    (folder / AGES).mkdir()  # also where none are kept, for DVC wants each output
    for steps, aged in ages.items():
        write_tensors(folder / AGES / f"{steps}.safetensors", aged)
    files.write_csv(folder / CURVE, curve)
    files.write_text(folder / FIGURES, json.dumps(figures, indent=2))


def read_model(folder: Path) -> ModelFiles:
    """Read a run.

    Raises:
        ValueError: a file that is missing or truncated, by name.
    """
    try:
        figures, curve = files.read_json(folder / FIGURES), files.read_csv(folder / CURVE)
    except FileNotFoundError as error:
        raise ValueError(f"{error.filename}: not found, run `dvc repro train` first") from None
    return ModelFiles(read_network(folder / NETWORK), curve, figures)


def read_network(path: Path) -> DeployedNetwork:
    """What acts, whichever algorithm it learned by.

    Raises:
        ValueError: a file that is missing, truncated, or of another layout.
    """
    values = read_tensors(path)
    try:
        return network_from(values)
    except ValidationError as error:
        raise ValueError(f"{path}: not the network that it says it is: {first_told(Description, error)}") from None
    except (KeyError, TypeError, RuntimeError, ValueError) as error:
        raise ValueError(f"{path}: not the network that it says it is: {' '.join(str(error).split())}") from None


def read_inheritance(path: Path) -> dict[str, Any]:
    """What a training may begin with, see Learner.begin_with.

    Raises:
        ValueError: a file that is missing, truncated, or of another layout.
    """
    return read_tensors(path)
