"""A table's columns as arrays, taken once: what figures of groups are worked out from, thousands of times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from envs.ground.tables import Table

Columns = Mapping[str, np.ndarray]
"""Arrays (N,) by the name of their column. The functions that take it take a pandas DataFrame, too."""


def columns_of(table: Table) -> dict[str, np.ndarray]:
    """The columns (N,) of a table by name."""
    return {str(name): table[name].to_numpy() for name in table.columns}


def taken(columns: Columns, rows: np.ndarray) -> dict[str, np.ndarray]:
    """The columns with these rows alone: their numbers, or a flag (N,) for each."""
    return {name: values[rows] for name, values in columns.items()}


def total(values: np.ndarray) -> Any:
    """The sum of those (N,) that are known; a whole number where they are."""
    values = np.asarray(values)
    return (np.where(np.isnan(values), 0.0, values) if values.dtype.kind == "f" else values).sum()


def mean(values: np.ndarray) -> float:
    """Over those (N,) that are known; NaN where none is."""
    count = len(_known(values))
    return float(total(values) / count) if count else np.nan


def least(values: np.ndarray) -> float:
    """Of those (N,) that are known; NaN where none is."""
    known = _known(values)
    return float(known.min()) if len(known) else np.nan


def largest(values: np.ndarray) -> float:
    """Of those (N,) that are known; NaN where none is."""
    known = _known(values)
    return float(known.max()) if len(known) else np.nan


def _known(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values)
    return values[~np.isnan(values)] if values.dtype.kind == "f" else values
