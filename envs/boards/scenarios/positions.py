"""Positions with their exact values: of episodes as they begin, and all of a small game."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from envs.boards.simulation.compiled.rules import cell_of, has_row
from envs.boards.simulation.compiled.solver import NOT_THERE, values_of
from envs.boards.simulation.games import Game, solver_of


@dataclass(frozen=True)
class Proven:
    """N positions that have not ended.

    Attributes:
        stones: (N, 2) int64, of who is to move and of the other, as bits of cells.
        values: (N, n) int64 of choices: 1 wins, 0 draws, -1 loses; NOT_THERE: it cannot be played.
    """

    stones: np.ndarray
    values: np.ndarray

    @property
    def value(self) -> np.ndarray:
        """(N,) of the positions, for who is to move."""
        return np.asarray(self.values.max(1, initial=NOT_THERE))

    @property
    def keeping(self) -> np.ndarray:
        """(N, n) bool: choices that keep the value."""
        return np.asarray(self.values == self.value[:, None])

    @property
    def possible(self) -> np.ndarray:
        """(N, n) bool: choices that can be played."""
        return np.asarray(self.values > NOT_THERE)


def prove(game: Game, stones: np.ndarray) -> Proven:
    """The exact values of positions (N, 2), which have at least `game.solved_from` stones, lest it takes long."""
    values = np.zeros((len(stones), game.num_choices), np.int64)
    _prove(game.numbers, np.ascontiguousarray(stones, np.int64), solver_of(game), values)
    return Proven(stones, values)


@njit(cache=True)
def _prove(game, stones, solver, values):
    for n in range(len(stones)):
        values_of(game, stones[n, 0], stones[n, 0] | stones[n, 1], solver[0], solver[1], values[n])


def reachable_positions(game: Game) -> tuple[np.ndarray, np.ndarray]:
    """All positions of a small game that its moves reach: those that go on (N, 2), and those that have ended (M, 2).

    Stones are of who is to move and of the other. Tic-tac-toe has 4,520 and 958, 5,478 in all.
    """
    going, ended, layer = list[tuple[int, int]](), set[tuple[int, int]](), {(0, 0)}
    while layer:
        going += sorted(layer)
        after = set[tuple[int, int]]()
        for own, other in layer:
            for choice in range(game.num_choices):
                cell = int(cell_of(game.numbers, own | other, choice))
                if cell:
                    over = has_row(game.numbers, own | cell) or own | other | cell == game.numbers[4]
                    (ended if over else after).add((other, own | cell))
        layer = after
    return np.array(going, np.int64), np.array(sorted(ended), np.int64)
