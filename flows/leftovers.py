"""Removes what DVC leaves of an experiment beside itself: caches, notes, and where it was killed its temporary copy."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

_COPIES = Path(".dvc/tmp/exps")
_NOTES = ("run/*/*.run", "standalone/run/*/*.run")
"""Where DVC notes which copy an experiment is made in."""

_UNDER_WAY = Path(".dvc/tmp/murmuration-experiments")


@contextmanager
def none_left(name: str, root: Path) -> Iterator[Path]:
    """A folder for DVC's caches while it makes the experiment `name`; all but the experiment is removed at the end.

    DVC by itself keeps caches of each copy in a folder of the machine that grows for ever. Where this process is
    killed, the next experiment in the checkout removes what is left.
    """
    under_way = root / _UNDER_WAY
    under_way.mkdir(parents=True, exist_ok=True)
    _remove_ended(root)
    with FileLock(under_way / f"{name}.lock"):
        (under_way / name).mkdir(exist_ok=True)
        try:
            yield under_way / name
        finally:
            _remove(name, root)


def _remove_ended(root: Path) -> None:
    """What is left of experiments whose processes were killed: nobody holds their locks."""
    for lock in (root / _UNDER_WAY).glob("*.lock"):
        with suppress(Timeout), FileLock(lock, timeout=0):
            _remove(lock.stem, root)


def _remove(name: str, root: Path) -> None:
    copies = root / _COPIES
    for note in [note for pattern in _NOTES for note in copies.glob(pattern)]:
        copy = _copy_of(name, note)
        if copy is not None and copy.is_relative_to(copies):
            shutil.rmtree(copy, ignore_errors=True)
            shutil.rmtree(note.parent, ignore_errors=True)
    shutil.rmtree(root / _UNDER_WAY / name, ignore_errors=True)
    (root / _UNDER_WAY / f"{name}.lock").unlink(missing_ok=True)


def _copy_of(name: str, note: Path) -> Path | None:
    """The copy that the experiment `name` is made in, if this note tells of it; one half written tells nothing."""
    with suppress(FileNotFoundError, json.JSONDecodeError):
        told = json.loads(note.read_text(encoding="utf-8"))
        if told["name"] == name:
            return Path(told["root_dir"])
    return None
