"""Which rows of a table belong together, and which row of another table stands beside each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from envs.ground.columns import Columns

Group = tuple[tuple[Any, ...], np.ndarray]


def groups(table: pd.DataFrame, keys: Sequence[str]) -> list[Group]:
    """The values of `keys` and the rows (n,) that have them, in the order in which they come; a NaN is a value."""
    if not len(table):
        return []
    numbers = table.groupby(list(keys), sort=False, dropna=False).ngroup().to_numpy()
    rows = np.split(np.argsort(numbers, kind="stable"), np.cumsum(np.bincount(numbers))[:-1])
    values = [table[key].tolist() for key in keys]
    return [(tuple(own[first[0]] for own in values), first) for first in rows]


def places(reference: Columns, wanted: Columns, on: Sequence[str]) -> np.ndarray:
    """(N,) int: of each row of `wanted` the row of `reference` with the same values in the columns `on`; -1: none.

    Raises:
        ValueError: two rows of `reference` are alike in these.
    """
    rows = {key: row for row, key in enumerate(_tuples(reference, on))}
    if len(rows) < len(reference[on[0]]):
        raise ValueError(f"baseline: played some {' and '.join(on)} twice, wanted each once")
    return np.array([rows.get(key, -1) for key in _tuples(wanted, on)], np.int64)


def _tuples(columns: Columns, names: Sequence[str]) -> list[tuple[Any, ...]]:
    return list(zip(*(columns[name].tolist() for name in names), strict=True))
