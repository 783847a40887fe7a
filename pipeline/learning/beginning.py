"""Training that goes on from what another one learned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.algorithms.learner import Learner
from pipeline.ground.digests import digest_folder
from pipeline.ground.paths import BEGINNINGS
from pipeline.policies.model_files import WEIGHTS, read_inheritance


def begin(learner: Learner, name: str | None) -> dict[str, Any]:
    """Let a learner begin with what `train.begin_with` names.

    Returns:
        The folder, the digest of its files, and what of it fitted; {} where it names none.

    Raises:
        ValueError: no such folder, or weights that are not there, not whole, or do not fit.
    """
    if name is None:
        return {}
    folder = folder_of(name)
    try:
        fitted = learner.begin_with(read_inheritance(folder / WEIGHTS))
    except ValueError as error:
        raise ValueError(f"train.begin_with: {name}: {error}") from None
    return {"folder": str(folder), "digest": digest_of(name), "fitted": list(fitted)}


def digest_of(name: str | None) -> str:
    """Of the files that `train.begin_with` names; '' where it names none.

    Raises:
        ValueError: as `folder_of`.
    """
    return "" if name is None else digest_folder(folder_of(name))


def folder_of(name: str) -> Path:
    """What `train.begin_with` names.

    Raises:
        ValueError: a place elsewhere, where DVC does not see changes or deletes it, or one without weights.
    """
    folder, wish = BEGINNINGS / name, f"wanted a folder of {BEGINNINGS}"
    if not folder.resolve().is_relative_to(BEGINNINGS.resolve()):
        raise ValueError(f"train.begin_with: got {name}, {wish}")
    if not (folder / WEIGHTS).is_file():
        wish += ", a copy of a finished training (data/models/WORLD/POLICY/SEED) or of an export"
        raise ValueError(f"train.begin_with: {folder / WEIGHTS}: not found, {wish}")
    return folder
