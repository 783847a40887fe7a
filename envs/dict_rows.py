"""Rows of observations that are an array or a dict of arrays, the first axis always the row."""

from __future__ import annotations

import numpy as np

Rows = np.ndarray | dict[str, np.ndarray]


def copy_rows(rows: Rows) -> Rows:
    """The same in memory of its own."""
    return {name: np.array(part) for name, part in rows.items()} if isinstance(rows, dict) else np.array(rows)


def take_row(rows: Rows, row: int) -> Rows:
    """One row of it."""
    return {name: part[row] for name, part in rows.items()} if isinstance(rows, dict) else rows[row]
