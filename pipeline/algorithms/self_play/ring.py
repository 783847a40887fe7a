"""Positions that are learned from, the oldest overwritten first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


class Ring:
    """At most so many rows, as columns by name.

    Attributes:
        capacity: of rows; size: how many there are.
        columns: (capacity, ...) by name, rows in the order in which they came, beginning anew after the last.
    """

    def __init__(self, capacity: int, columns: Mapping[str, tuple[tuple[int, ...], type]]) -> None:
        """One that is empty; of each column the shape of a row, and the kind of its numbers."""
        self.capacity, self.size, self._next = capacity, 0, 0
        self.columns: dict[str, np.ndarray] = {
            name: np.zeros((capacity, *shape), kind) for name, (shape, kind) in columns.items()
        }

    def add(self, rows: Mapping[str, np.ndarray]) -> np.ndarray:
        """Put rows (N, ...) in, in their order; returns where those stand that are kept."""
        count = len(next(iter(rows.values())))
        places = ((self._next + np.arange(count)) % self.capacity)[-self.capacity :]
        for name, column in self.columns.items():
            column[places] = rows[name][-self.capacity :]
        self._next = int(self._next + count) % self.capacity
        self.size = min(self.size + count, self.capacity)
        return places

    def take(self, places: np.ndarray) -> dict[str, np.ndarray]:
        """The rows at places (N,)."""
        return {name: column[places] for name, column in self.columns.items()}

    def state(self) -> dict[str, Any]:
        """What `restore` needs."""
        return {"next": self._next, "kept": {name: own[: self.size] for name, own in self.columns.items()}}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a `state` of a ring of the same capacity."""
        self._next, self.size = state["next"], len(next(iter(state["kept"].values())))
        for name, column in self.columns.items():
            column[: self.size] = state["kept"][name]
