"""A sum tree: numbers of 0 and more, of which each is drawn as often as its share of the sum."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


class SumTree:
    """So many leaves, at first all 0. Every other node is the sum of its two children as they are, never a running
    difference: so the tree follows from its leaves alone, to the bit.

    Attributes:
        leaves: (capacity,) float64; to be read only.
    """

    def __init__(self, capacity: int) -> None:
        self._first = 1
        while self._first < capacity:
            self._first *= 2
        self._nodes = np.zeros(2 * self._first)
        self.leaves = self._nodes[self._first : self._first + capacity]

    @property
    def total(self) -> float:
        """The sum of all leaves."""
        return float(self._nodes[1])

    def set(self, places: np.ndarray, numbers: np.ndarray) -> None:
        """Let leaves (N,) be numbers (N,); of a place that stands twice the last counts."""
        assert (numbers >= 0.0).all()
        _set(self._nodes, self._first, places, numbers)

    def draw(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """So many places (N,), one from each of N equal parts of the sum (Schaul et al., "Prioritized experience
        replay", ICLR 2016, appendix B.2.1); one whose leaf is 0 is never drawn."""
        places = np.zeros(count, np.int64)
        _find(self._nodes, self._first, (np.arange(count) + rng.random(count)) / count, places)
        return places

    def state(self) -> dict[str, Any]:
        """What `restore` needs."""
        return {"leaves": self.leaves}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over the `state` of one of the same capacity."""
        self.set(np.arange(len(self.leaves)), state["leaves"])


@njit(cache=True, nogil=True)
def _set(nodes, first, places, numbers):
    for n in range(len(places)):
        node = first + places[n]
        nodes[node] = numbers[n]
        node //= 2
        while node > 0:
            nodes[node] = nodes[2 * node] + nodes[2 * node + 1]
            node //= 2


@njit(cache=True, nogil=True)
def _find(nodes, first, shares, places):
    """Places (N,) where sums from the left pass these shares (N,) of the whole."""
    for n in range(len(shares)):
        left, node = shares[n] * nodes[1], 1
        while node < first:
            node *= 2
            if nodes[node + 1] > 0.0 and (left >= nodes[node] or nodes[node] == 0.0):
                left -= nodes[node]
                node += 1
        places[n] = node - first
