"""A trained policy on disk: model.zip as Stable-Baselines3 writes it, learning curve and figures."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from stable_baselines3.common.base_class import BaseAlgorithm

from pipeline.algorithms.table import ALGORITHMS
from pipeline.ground import files
from pipeline.ground.paths import CURVE
from pipeline.ground.writing import write_atomically
from pipeline.policies.deployed import TorchPolicy
from pipeline.policies.network import DeployedNetwork, Normalization, deploy

MODEL, FIGURES = "model.zip", "training.json"


@dataclass(frozen=True)
class ModelFiles:
    """What one training run left behind."""

    network: DeployedNetwork
    curve: pd.DataFrame
    figures: dict[str, Any]

    @property
    def policy(self) -> TorchPolicy:
        """The policy, ready to fly."""
        return TorchPolicy(self.network)


def write_model(
    folder: Path,
    model: BaseAlgorithm,
    normalization: Normalization | None,
    curve: pd.DataFrame,
    figures: dict[str, Any],
) -> None:
    """Write all files of a run.

    `figures` hold at least world, algorithm, hyperparameters, commands (what choices do; None) and model_hash.
    """
    write_atomically(folder / MODEL, lambda path: _save_zip(model, path))
    files.write_csv(folder / CURVE, curve)
    described = None if normalization is None else normalization.as_values()
    files.write_text(folder / FIGURES, json.dumps(figures | {"normalization": described}, indent=2))


def read_model(folder: Path) -> ModelFiles:
    """Read a run.

    Raises:
        ValueError: a file that is missing or truncated, by name.
    """
    try:
        figures = json.loads((folder / FIGURES).read_text(encoding="utf-8"))
        curve = pd.read_csv(folder / CURVE)
        model = ALGORITHMS[figures["algorithm"]].load(folder / MODEL, device="cpu")
        described, commands = figures["normalization"], figures["commands"]
    except FileNotFoundError as error:
        raise ValueError(f"{error.filename}: not found, run `dvc repro train` first") from None
    except (
        json.JSONDecodeError,
        BadZipFile,
        KeyError,
        EOFError,
        pd.errors.ParserError,
        pd.errors.EmptyDataError,
    ) as error:
        raise ValueError(f"{folder}: not a whole model (truncated?): {error}") from None
    normalization = None if described is None else Normalization.from_values(described)
    own = None if commands is None else np.array(commands, np.float32)
    return ModelFiles(deploy(model.policy, normalization, own), curve, figures)


def _save_zip(model: BaseAlgorithm, path: Path) -> None:
    with path.open("wb") as file:
        model.save(file, exclude=["logger", "rollout_buffer", "env", "_vec_normalize_env"])
