"""How functions are compiled that are called many times in a step."""

from __future__ import annotations

from typing import Any

COUNTLESS: dict[str, Any] = {"cache": True, "error_model": "numpy", "_nrt": False}
"""Options of njit for functions that allocate nothing: no array's references are counted.

A world's arrays go from function to function together; counting each of them up and down at every call took four fifths
of the time.
"""
