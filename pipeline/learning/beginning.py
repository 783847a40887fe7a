"""Training that goes on from what another one learned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.algorithms.learner import Learner
from pipeline.ground.checks import ParamsError, told_at
from pipeline.ground.digests import digest_folder
from pipeline.ground.parts import check_part
from pipeline.ground.paths import BEGINNINGS, PARAMS
from pipeline.policies.model_files import WEIGHTS, read_inheritance

PLACE = f"{PARAMS}: train.begin_with"
"""Where it stands, once layers are merged."""


def begin(learner: Learner, name: str | None, place: str) -> dict[str, Any]:
    """Let a learner begin with what `train.begin_with` names.

    Args:
        place: file and key that name it.

    Returns:
        The folder, the digest of its files, and what of it fitted; {} where it names none.

    Raises:
        ParamsError: no such folder, or weights that are not there, not whole, or do not fit.
    """
    if name is None:
        return {}
    folder = folder_of(name, place)
    with told_at(f"{place}: {name}"):
        inheritance = read_inheritance(folder / WEIGHTS)
        if "weights" not in inheritance:
            raise ValueError(f"no weights in {WEIGHTS}, wanted the file of this name that training or export wrote")
        fitted = learner.begin_with(inheritance)
    return {"folder": str(folder), "digest": digest_of(name, place), "fitted": list(fitted)}


def digest_of(name: str | None, place: str) -> str:
    """Of the files that `train.begin_with` names; '' where it names none.

    Raises:
        ParamsError: as `folder_of`.
    """
    return "" if name is None else digest_folder(folder_of(name, place))


def folder_of(name: str, place: str) -> Path:
    """What `train.begin_with` names.

    Raises:
        ParamsError: a place elsewhere, where DVC does not see changes or deletes it, or one without weights, or with
            others than those of the export that it is a copy of.
    """
    folder, wish = BEGINNINGS / name, f"wanted a folder of {BEGINNINGS}"
    if not folder.resolve().is_relative_to(BEGINNINGS.resolve()):
        raise ParamsError(f"{place}: got {name}, {wish}")
    if not (folder / WEIGHTS).is_file():
        wish += ", a copy of a finished training (data/models/WORLD/POLICY/SEED) or of an export"
        raise ParamsError(f"{place}: {folder / WEIGHTS}: not found, {wish}")
    with told_at(place):
        check_part(folder, WEIGHTS)
    return folder
