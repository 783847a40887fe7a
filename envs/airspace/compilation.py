"""Two things that numba's cache of compiled code gets wrong, put right before anything is compiled."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numba
from numba.core.types import Record


def cache_folder() -> str:
    """Where compiled code is kept: a folder of its own for each state of these sources.

    numba notices that a function's own file changed, but not that a function it calls in another file did, and would go
    on flying the old rules. Empty (numba's own choice) where the sources cannot be written to: those do not change.
    """
    here = Path(__file__).parent
    if not os.access(here, os.W_OK):
        return ""
    stamps = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(here.glob("*.py"))]
    key = hashlib.sha256(repr(stamps).encode()).hexdigest()[:16]
    return str(here / "__pycache__" / f"compiled-{key}")


def _name_by_content(record: Record) -> tuple[str, tuple[str]]:
    return "Record", (hashlib.sha256(record.name.encode()).hexdigest()[:16],)


def prepare() -> None:
    """Keep compiled code by the state of the sources, and name record types in its symbols by what they hold.

    numba names them by a counter of the process that compiles: code for worlds of 4 and of 8 slots, cached by two
    processes, can carry one name, and a third that loads both runs the one on the other's memory.
    """
    numba.config.CACHE_DIR = numba.config.CACHE_DIR or cache_folder()  # type: ignore[attr-defined]
    Record.mangling_args = property(_name_by_content)  # type: ignore[method-assign, assignment]
