"""Games under way: what was searched at each of their moves, until their ends tell what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pipeline.algorithms.alphazero.ring import Positions
from pipeline.algorithms.alphazero.targets import mixed, outcomes


class Games:
    """What is remembered of W games that are under way, T moves at most."""

    def __init__(self, num_worlds: int, most_moves: int, state_size: int, num_choices: int) -> None:
        """Nothing has been played."""
        moves = (num_worlds, most_moves)
        self._lengths = np.zeros(num_worlds, np.int64)
        self._moves: dict[str, np.ndarray] = {
            "states": np.zeros((*moves, state_size), np.int64),
            "policies": np.zeros((*moves, num_choices), np.float32),
            "searched": np.zeros(moves),
            "rewards": np.zeros(moves),
            "seats": np.zeros(moves, np.int64),
            "iterations": np.zeros(moves, np.int64),
        }

    def add(self, worlds: np.ndarray, **moved: np.ndarray) -> None:
        """A move in each of the worlds (N,): states, policies, searched, rewards, seats and iterations, (N, ...)."""
        for name, kept in self._moves.items():
            kept[worlds, self._lengths[worlds]] = moved[name]
        self._lengths[worlds] += 1

    def ended(self, worlds: np.ndarray, factor: float, discount: float, share: float) -> Positions:
        """All positions of the games of worlds (N,) that have ended, game by game; they are forgotten here.

        Args:
            factor, discount: see `outcomes`; share: see `mixed`.
        """
        moves, lengths = {name: kept[worlds] for name, kept in self._moves.items()}, self._lengths[worlds]
        came = outcomes(moves["rewards"], moves["seats"], lengths, factor, discount)
        played = np.arange(came.shape[1]) < lengths[:, None]
        values = mixed(came, moves["searched"], share).astype(np.float32)
        self._lengths[worlds] = 0
        states, policies, iterations = (moves[name][played] for name in ("states", "policies", "iterations"))
        return Positions(states, policies, values[played], iterations)

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
