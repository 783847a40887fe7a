"""The folder of a run: made whole when the request has been checked, held by one process, and what has been done there.

It is laid out as a checkout is: params.yaml, data/, checkpoints/, mlflow.db, and my_envs/ for an environment's file.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.ground.drafts import draft
from pipeline.ground.files import read_json, write_text
from pipeline.ground.paths import OWN_ENVIRONMENTS, PARAMS, custom_scenarios
from pipeline.settings.params import read_commented
from pipeline.standalone.request import CHECKOUT, Plan

_DONE, _LOCK = "done.json", "run.lock"
_OTHER = "wanted the same, to go on with it, or another folder (--into)"
_MOST_SHOWN = 3


def is_begun(folder: Path, plan: Plan) -> bool:
    """Whether the folder holds this run already.

    Raises:
        ValueError: it holds another run, or something else; says what.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return False
    if not (folder / _DONE).is_file():
        raise ValueError(f"{folder}: holds something else than a run of `murmuration train`, wanted a new folder")
    there, here = read_commented(folder / PARAMS), _as_read(plan)
    found = list(_differences(there, here))
    if found:
        raise ValueError(f"{folder}: holds another run: {'; '.join(found[:_MOST_SHOWN])}; {_OTHER}")
    for file, copy in plan.request.copies.items():
        if file.read_bytes() != (folder / copy).read_bytes():
            raise ValueError(f"{folder}: holds another run: {folder / copy} differs from {file}; {_OTHER}")
    return True


def make(folder: Path, plan: Plan, check: Callable[[Path], None]) -> None:
    """Fill the folder elsewhere, let it be checked there, and move it into place: a refusal leaves nothing behind.

    Raises:
        ValueError: what `check` refuses, or another run has taken the folder meanwhile.
    """
    above = next(parent for parent in folder.absolute().parents if parent.exists())
    with draft(above) as place:
        made = place / "run"
        write_text(made / PARAMS, plan.params)
        _copy_files(plan, made)
        _copy_scenarios(plan, made)
        check(made)
        _write_done(made, [])
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            made.rename(folder)
        except OSError as error:
            raise ValueError(f"{folder}: cannot be made: {error.strerror}; wanted a new folder") from None


@contextmanager
def held(folder: Path) -> Iterator[int]:
    """Keep other runs out of the folder; gives the open file whose lock does that.

    Raises:
        ValueError: another run is under way there.
    """
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield lock
    except BlockingIOError:
        raise ValueError(f"{folder}: busy, another run is under way there; wait for it, or end it") from None
    finally:
        os.close(lock)


def done(folder: Path) -> list[str]:
    """The stages that have ended well.

    Raises:
        ValueError: the file that says so does not.
    """
    stages = read_json(folder / _DONE).get("stages")
    if not isinstance(stages, list) or not all(isinstance(stage, str) for stage in stages):
        raise ValueError(f"{folder / _DONE}: stages: got {str(stages)[:40]!r}, wanted a list of the stages that ended")
    return stages


def add_done(folder: Path, stage: str) -> None:
    """Remember that a stage has ended well."""
    _write_done(folder, [*done(folder), stage])


def _write_done(folder: Path, stages: list[str]) -> None:
    write_text(folder / _DONE, json.dumps({"stages": stages}, indent=2))


def _copy_files(plan: Plan, folder: Path) -> None:
    """What the run needs of files elsewhere; of an environment in my_envs all that lies there."""
    own = plan.request.file
    if own is not None and own.resolve().is_relative_to(OWN_ENVIRONMENTS.resolve()):
        shutil.copytree(OWN_ENVIRONMENTS, folder / OWN_ENVIRONMENTS, ignore=shutil.ignore_patterns("__pycache__"))
    for file, copy in plan.request.copies.items():
        (folder / copy).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, folder / copy)


def _copy_scenarios(plan: Plan, folder: Path) -> None:
    """Hand-written scenarios of the world."""
    own = custom_scenarios(plan.request.section)
    if (CHECKOUT / own).is_dir():
        shutil.copytree(CHECKOUT / own, folder / own)


def _as_read(plan: Plan) -> Any:
    """The plan's params.yaml as it would be read again."""
    with TemporaryDirectory() as place:
        write_text(Path(place) / PARAMS, plan.params)
        return read_commented(Path(place) / PARAMS)


def _differences(there: Any, here: Any, key: str = "") -> Iterator[str]:
    """Where two params.yaml differ, innermost keys first named."""
    if isinstance(there, dict) and isinstance(here, dict):
        for name in dict.fromkeys([*there, *here]):
            inner = f"{key}.{name}" if key else str(name)
            yield from _differences(there.get(name), here.get(name), inner)
    elif there != here:
        yield f"{key} is {_plain(there)} there and {_plain(here)} here"


def _plain(value: Any) -> str:
    return "not said" if value is None else json.dumps(value, default=str)
