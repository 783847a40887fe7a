"""Games that are played on from any position, many at once: what a search by the true rules asks for."""

from __future__ import annotations

import numpy as np
from numba import njit

from envs.boards.simulation.batch import BoardsBatch
from envs.boards.simulation.compiled.kernel import allow, observe
from envs.boards.simulation.compiled.rules import cell_of, has_row
from envs.boards.simulation.games import Game


class Forks:
    """States (N, 2) int64: the stones of who is to move, and of the other; see pipeline/search/rules.py: Rules."""

    factor = -1.0

    def __init__(self, game: Game) -> None:
        """Of a game."""
        self._game = game

    def of(self, batch: BoardsBatch) -> np.ndarray:
        """The states (W, 2) that the batch's games are in."""
        stones, mover = batch.records["stones"], batch.mover[:, None]
        return np.take_along_axis(stones, np.concatenate([mover, 1 - mover], 1), 1)

    def follow(self, states: np.ndarray, choices: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """States (N, 2) after choices (N,), rewards (N,) of who chose, and which games have ended, (N,) bool.

        One that cannot be played loses, as in a batch.
        """
        after, rewards, ended = np.zeros_like(states), np.zeros(len(states)), np.zeros(len(states), bool)
        _follow(states, choices, self._game.numbers, after, rewards, ended)
        return after, rewards, ended

    def see(self, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The rows (N, D) float32 that who is to move sees, and what it can choose, (N, n) bool."""
        game = self._game
        rows = np.zeros((len(states), 2 * game.num_cells), np.float32)
        allowed = np.zeros((len(states), game.num_choices), bool)
        observe(states, game.numbers, rows)
        allow(states.sum(1), game.numbers, allowed)
        return rows, allowed


@njit(cache=True)
def _follow(states, choices, game, after, rewards, ended):
    for n in range(len(choices)):
        own, other = states[n, 0], states[n, 1]
        cell = cell_of(game, own | other, choices[n])
        after[n, 0], after[n, 1] = other, own | cell
        if cell == 0:
            rewards[n], ended[n] = -1.0, True
        elif has_row(game, own | cell):
            rewards[n], ended[n] = 1.0, True
        else:
            ended[n] = (own | other | cell) == game[4]
