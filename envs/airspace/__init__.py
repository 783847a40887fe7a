"""The airspace: aircraft at one flight level that must reach their waypoints and keep 5 NM apart."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numba


def _cache_folder() -> str | None:
    """Where compiled code is kept: a folder of its own for each state of these sources.

    numba notices that a function's own file changed, but not that a function it calls in another file did, and would go
    on flying the old rules. None where the sources lie in a folder that cannot be written to: those do not change.
    """
    here = Path(__file__).parent
    if not os.access(here, os.W_OK):
        return None
    stamps = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(here.glob("*.py"))]
    key = hashlib.sha256(repr(stamps).encode()).hexdigest()[:16]
    return str(here / "__pycache__" / f"compiled-{key}")


if not numba.config.CACHE_DIR:  # type: ignore[attr-defined]
    numba.config.CACHE_DIR = _cache_folder() or ""  # type: ignore[attr-defined]
