"""Positions that AlphaZero learns from: what the search made of each, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.algorithms.alphazero.targets import mixed, outcomes
from pipeline.algorithms.self_play.games import Ended
from pipeline.algorithms.self_play.ring import Ring


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


@dataclass(frozen=True)
class Judging:
    """How a position is judged by its game's end.

    Attributes:
        factor, discount: see `outcomes`.
        share: see `mixed`.
    """

    factor: float
    discount: float
    share: float

    def of(self, games: Ended) -> dict[str, np.ndarray]:
        """The columns of `Positions`, game by game."""
        moves = games.moves
        came = outcomes(moves["rewards"], moves["seats"], games.lengths, self.factor, self.discount)
        values = mixed(came, moves["searched"], self.share).astype(np.float32)
        return games.flat({name: moves[name] for name in ("states", "policies", "iterations")} | {"values": values})


class PositionsRing:
    """See Memory: the last positions of games that have ended."""

    def __init__(self, capacity: int, state_size: int, num_choices: int, judging: Judging) -> None:
        """One that is empty."""
        self._judging = judging
        self._ring = Ring(
            capacity,
            {
                "states": ((state_size,), np.int64),
                "policies": ((num_choices,), np.float32),
                "values": ((), np.float32),
                "iterations": ((), np.int64),
            },
        )

    @property
    def size(self) -> int:
        """See Memory."""
        return self._ring.size

    def add(self, games: Ended) -> None:
        """See Memory.add."""
        self._ring.add(self._judging.of(games))

    def draw(self, rng: np.random.Generator, count: int) -> Positions:
        """So many of them, uniformly, any of them perhaps more than once."""
        return Positions(**self._ring.take(rng.integers(self.size, size=count)))

    def state(self) -> dict[str, Any]:
        """See Memory.state."""
        return self._ring.state()

    def restore(self, state: Mapping[str, Any]) -> None:
        """See Memory.restore."""
        self._ring.restore(state)
