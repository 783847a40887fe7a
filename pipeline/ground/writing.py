"""Files appear whole or not at all, also when the power fails."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from pipeline.ground.orphans import check_not_orphaned


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then move it into place; nothing is left behind on failure.

    Raises:
        OSError: it could not be written; names `path`, also where a library did not.
        ValueError: an output of a stage whose dvc is gone.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(temporary)
        _sync(temporary)
        check_not_orphaned(path)
        os.replace(temporary, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        temporary.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Have the disk hold what was written before a name says that it is there."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
