"""Positions turned and mirrored at random, where a game stays the same by it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from envs.ground.turn_game import TurnGame


@dataclass(frozen=True)
class Turned:
    """A symmetry for each of N positions: `seen` (N, D) and `liked` (N, n), orders as TurnGame.symmetries has them."""

    seen: np.ndarray
    liked: np.ndarray

    def rows(self, rows: np.ndarray) -> np.ndarray:
        """Rows seen (N, D)."""
        return np.take_along_axis(rows, self.seen, 1)

    def by_choice(self, numbers: np.ndarray) -> np.ndarray:
        """Numbers by choice (N, ..., n)."""
        orders = self.liked.reshape(len(self.liked), *[1] * (numbers.ndim - 2), -1)
        return np.take_along_axis(numbers, np.broadcast_to(orders, numbers.shape), -1)

    def choices(self, choices: np.ndarray) -> np.ndarray:
        """Choices (N, K)."""
        return np.take_along_axis(self.liked.argsort(1), choices, 1)


class Symmetries:
    """Those of a game."""

    def __init__(self, game: TurnGame) -> None:
        seen, liked = zip(*game.symmetries, strict=True)
        self._seen, self._liked = np.stack(seen), np.stack(liked)

    def drawn(self, rng: np.random.Generator, count: int) -> Turned:
        """One for each of so many positions."""
        which = rng.integers(len(self._seen), size=count)
        return Turned(self._seen[which], self._liked[which])
