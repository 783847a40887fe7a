"""Positions that are learned from, the oldest overwritten first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Positions:
    """N positions of games that have ended.

    Attributes:
        states: (N, S) int64.
        policies: (N, n) float32, what the search made of each.
        values: (N,) float32, what came of it for who moved.
        iterations: (N,) int64, in which they were played.
    """

    states: np.ndarray
    policies: np.ndarray
    values: np.ndarray
    iterations: np.ndarray

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: np.ndarray) -> Positions:
        """Some of them."""
        return Positions(*(column[rows] for column in self.columns.values()))

    @property
    def columns(self) -> dict[str, np.ndarray]:
        """The arrays by name."""
        return vars(self)


class Ring:
    """At most so many positions.

    Attributes:
        size: how many there are.
    """

    def __init__(self, capacity: int, state_size: int, num_choices: int) -> None:
        """One that is empty."""
        self._kept = Positions(
            np.zeros((capacity, state_size), np.int64),
            np.zeros((capacity, num_choices), np.float32),
            np.zeros(capacity, np.float32),
            np.zeros(capacity, np.int64),
        )
        self._capacity, self._next, self.size = capacity, 0, 0

    def add(self, positions: Positions) -> None:
        """Put positions in, in their order."""
        rows = (self._next + np.arange(len(positions))) % self._capacity
        for name, column in self._kept.columns.items():
            column[rows[-self._capacity :]] = positions.columns[name][-self._capacity :]
        self._next = int(self._next + len(positions)) % self._capacity
        self.size = min(self.size + len(positions), self._capacity)

    def draw(self, rng: np.random.Generator, count: int) -> Positions:
        """So many of them, uniformly, any of them perhaps more than once."""
        return self._kept.take(rng.integers(self.size, size=count))

    def state(self) -> dict[str, Any]:
        """What `restore` needs."""
        return {"next": self._next, "kept": {name: own[: self.size] for name, own in self._kept.columns.items()}}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a `state` of a ring of the same capacity."""
        self._next, self.size = state["next"], len(state["kept"]["values"])
        for name, column in self._kept.columns.items():
            column[: self.size] = state["kept"][name]
