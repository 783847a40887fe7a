"""What a search asks of a game and of a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

Ask = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Rows seen (W, D) float32 -> logits (W, n) of choices, and values (W,) for who is to move."""


class Rules(Protocol):
    """A game that can be played on from any state, many states at once; a state is S numbers.

    Where the rules are learned, of a model, states are what it remembers.

    Attributes:
        factor: what the value of the next state counts for who chooses: -1 where the other is to move then, in a game
            of two whose gains are each other's losses.
    """

    factor: float

    def follow(self, states: np.ndarray, choices: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """States (W, S) after choices (W,), rewards (W,) of who chose, and which have ended, (W,) bool."""
        ...

    def see(self, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of states (W, S) the rows (W, D) float32 that who is to move sees, and what it can choose, (W, n) bool."""
        ...


class Discounted:
    """See Rules: others, in which what comes a move later counts less."""

    def __init__(self, rules: Rules, discount: float) -> None:
        """`discount` from 0 to 1; 1: all counts in full."""
        self.factor, self.follow, self.see = rules.factor * discount, rules.follow, rules.see
