"""Games that are played on from any position, many at once: what a search by the true rules asks for."""

from __future__ import annotations

import numpy as np
from numba import njit

from envs.boards.simulation.compiled.kernel import allow, observe, recognise
from envs.boards.simulation.compiled.rules import cell_of, has_row
from envs.boards.simulation.games import Game


class Forks:
    """See envs/ground/turn_game.py: TurnGame; states (N, 2) are the stones of who is to move, and of the other."""

    factor = -1.0

    def __init__(self, game: Game) -> None:
        """Of a game."""
        self._game = game
        self.most_moves, self.symmetries = game.num_cells, game.symmetries

    def begin(self) -> np.ndarray:
        """See TurnGame.begin: no stone lies."""
        return np.zeros(2, np.int64)

    def told(self, state: np.ndarray, first: bool) -> str:
        """See TurnGame.told: X moved first; a cell that can be chosen has its number, columns have theirs below."""
        game, (row, _) = self._game, self.see(state[None])
        own, other = row[0].reshape(2, game.rows, game.columns) > 0.5
        marks = ("X", "O") if first else ("O", "X")
        cells = np.where(own, marks[0], np.where(other, marks[1], "."))
        if game.falls:
            return "\n".join(map(" ".join, [*cells, [str(column + 1) for column in range(game.columns)]]))
        numbers = np.arange(1, game.num_cells + 1).reshape(game.columns, game.rows).T.astype(str)
        return "\n".join(map(" ".join, np.where(cells == ".", numbers, cells)))

    def read(self, rows: np.ndarray) -> np.ndarray:
        """See TurnGame.read."""
        states = np.zeros((len(rows), 2), np.int64)
        recognise(rows, self._game.numbers, states)
        return states

    def follow(self, states: np.ndarray, choices: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """See TurnGame.follow; a choice that cannot be played loses, as in a batch."""
        after, rewards, ended = np.zeros_like(states), np.zeros(len(states)), np.zeros(len(states), bool)
        _follow(states, choices, self._game.numbers, after, rewards, ended)
        return after, rewards, ended

    def see(self, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See TurnGame.see."""
        game = self._game
        rows = np.zeros((len(states), 2 * game.num_cells), np.float32)
        allowed = np.zeros((len(states), game.num_choices), bool)
        observe(states, game.numbers, rows)
        allow(states.sum(1), game.numbers, allowed)
        return rows, allowed


@njit(cache=True, nogil=True)
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
