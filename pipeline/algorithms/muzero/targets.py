"""What values are learned to be: what the next moves are paid, and what the search said of the position after them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit


class Counting(NamedTuple):
    """How what comes later counts.

    Attributes:
        factor: what the value of the next position counts for who moved, where another moves next; where the same one
            does, it counts in full.
        discount: of a move.
        steps: moves that are counted as they were paid; after them counts what the search said. As many as a game may
            have: what came of it.
    """

    factor: float
    discount: float
    steps: int


def bootstrapped(
    places: np.ndarray,
    left: np.ndarray,
    rewards: np.ndarray,
    seats: np.ndarray,
    searched: np.ndarray,
    counting: Counting,
) -> np.ndarray:
    """What is to be learned of the values of positions (N,), for who moves there.

    Args:
        places: (N,) int64, of the positions, in columns (R,) that begin anew after the last.
        left: (R,) int64, moves of the game from each position on.
        rewards: (R,) of who moved; seats: (R,) int64, who that was; searched: (R,), what the search said there.
    """
    found = np.zeros(len(places))
    _count(places, left, rewards, seats, searched, counting.factor, counting.discount, counting.steps, found)
    return found


@njit(cache=True, nogil=True)
def _count(places, left, rewards, seats, searched, factor, discount, steps, found):
    for n in range(len(places)):
        at, scale = places[n], 1.0
        for step in range(left[places[n]]):
            if step == steps:
                found[n] += scale * searched[at]
                break
            found[n] += scale * rewards[at]
            after = (at + 1) % len(left)
            scale *= discount * (1.0 if seats[at] == seats[after] else factor)
            at = after
