"""Games under way: what was searched at each of their moves, until their ends tell what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Ended:
    """N games that have ended.

    Attributes:
        moves: what is known of each move, by name (N, T, ...): states, policies, choices, searched, rewards, seats and
            iterations, see Games; beyond a game's end it says nothing.
        lengths: (N,) int64, moves of each, of T at most.
    """

    moves: Mapping[str, np.ndarray]
    lengths: np.ndarray

    @property
    def left(self) -> np.ndarray:
        """(N, T) int64, how many moves come from each on, itself among them; 0 and less beyond the end."""
        most: int = self.moves["states"].shape[1]
        return self.lengths[:, None] - np.arange(most)

    def flat(self, columns: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Of columns (N, T, ...) the rows of moves that were made, game by game."""
        made = self.left > 0
        return {name: column[made] for name, column in columns.items()}


class Games:
    """What is remembered of W games that are under way, T moves at most.

    Of each move: states (S,) before it, policies (n,) that the search made, choices, searched: the root's value by the
    search, rewards and seats of who moved, and iterations, in which it was made.
    """

    def __init__(self, num_worlds: int, most_moves: int, state_size: int, num_choices: int) -> None:
        """Nothing has been played."""
        moves = (num_worlds, most_moves)
        self._lengths = np.zeros(num_worlds, np.int64)
        self._moves: dict[str, np.ndarray] = {
            "states": np.zeros((*moves, state_size), np.int64),
            "policies": np.zeros((*moves, num_choices), np.float32),
            "choices": np.zeros(moves, np.int64),
            "searched": np.zeros(moves),
            "rewards": np.zeros(moves),
            "seats": np.zeros(moves, np.int64),
            "iterations": np.zeros(moves, np.int64),
        }

    def add(self, worlds: np.ndarray, moved: Mapping[str, np.ndarray]) -> None:
        """A move in each of the worlds (N,), by the names of the class, (N, ...)."""
        for name, kept in self._moves.items():
            kept[worlds, self._lengths[worlds]] = moved[name]
        self._lengths[worlds] += 1

    def ended(self, worlds: np.ndarray) -> Ended:
        """The games of worlds (N,) that have ended; they are forgotten here."""
        found = Ended({name: kept[worlds] for name, kept in self._moves.items()}, self._lengths[worlds])
        self._lengths[worlds] = 0
        return found

    def forget(self) -> None:
        """Drop all that is under way."""
        self._lengths[:] = 0

    def state(self) -> dict[str, Any]:
        """What `restore` needs."""
        return {"lengths": self._lengths, "moves": self._moves}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a `state`."""
        self._lengths[:] = state["lengths"]
        for name, kept in self._moves.items():
            kept[:] = state["moves"][name]
