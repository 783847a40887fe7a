"""Rows of observations that are an array or a dict of arrays, the first axis always the row."""

from __future__ import annotations

import numpy as np

Rows = np.ndarray | dict[str, np.ndarray]


def copy_rows(rows: Rows) -> Rows:
    """The same in memory of its own."""
    return {name: np.array(part) for name, part in rows.items()} if isinstance(rows, dict) else np.array(rows)


def put_rows(into: Rows, rows: Rows, which: np.ndarray) -> None:
    """Copy the rows `which` (N,) into their places in others of the same kind."""
    if isinstance(into, dict):
        for name, part in into.items():
            part[which] = rows[name][which]
    else:
        into[which] = rows[which]  # type: ignore[index]


def take_row(rows: Rows, row: int) -> Rows:
    """One row of it, in memory of its own."""
    return {name: np.array(part[row]) for name, part in rows.items()} if isinstance(rows, dict) else np.array(rows[row])
