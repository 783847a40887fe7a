"""Hidden folders that are filled before they are moved into place; what a killed process left of one goes."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

_PREFIX = ".murmuration-draft-"


@contextmanager
def draft(above: Path) -> Iterator[Path]:
    """A new hidden folder in `above`, which is gone afterwards; before, those that nobody fills any more."""
    with _locked(above):  # nobody else looks while a new one is not locked yet
        for other in above.glob(f"{_PREFIX}*"):
            _remove_abandoned(other)
        made = TemporaryDirectory(prefix=_PREFIX, dir=above)
        lock = os.open(made.name, os.O_RDONLY)
        _try_to_lock(lock)
    try:
        with made as place:
            yield Path(place)
    finally:
        os.close(lock)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Wait until no other process looks through the folder."""
    lock = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _remove_abandoned(folder: Path) -> None:
    """Remove a draft whose process is gone, which let its lock go; another's is left alone."""
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:  # no folder, or another user's
        return
    try:
        if _try_to_lock(lock):
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)


def _try_to_lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
