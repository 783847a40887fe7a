"""The games: their boards, what a choice is, and which symmetries they have."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

TABLE_SIZE = 4_194_301
"""Positions that a solver remembers, a prime: 38 MB."""
MOST_CELLS, MOST_CHOICES = 64, 9


@dataclass(frozen=True)
class Game:
    """A game of two players who put stones on a board by turns; a row of one's own stones wins.

    Attributes:
        rows, columns: of the board.
        length: of a row that wins: across, upright or slanting.
        falls: whether a stone falls to the lowest free cell of its column: then a choice is a column, else a cell.
        solved_from: with so many stones a position's exact value is found in at most seconds.
    """

    name: str
    rows: int
    columns: int
    length: int
    falls: bool
    solved_from: int

    @property
    def num_cells(self) -> int:
        """Of the board; a game has at most so many moves."""
        return self.rows * self.columns

    @property
    def num_choices(self) -> int:
        """n."""
        return self.columns if self.falls else self.num_cells

    @property
    def commands(self) -> np.ndarray:
        """(n, 1) float32: bare choices."""
        return np.arange(self.num_choices, dtype=np.float32)[:, None]

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """As compiled code has it, see envs/boards/simulation/compiled/rules.py."""
        bottom = sum(1 << (column * (self.rows + 1)) for column in range(self.columns))
        return self.rows, self.columns, self.length, int(self.falls), bottom * ((1 << self.rows) - 1), bottom

    @cached_property
    def symmetries(self) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
        """Each as two orders: seen[order] of a row's cells (2 * rows * columns,), and liked[order] of choices (n,).

        The first changes nothing. Where stones fall, left and right may be exchanged; else the board may be turned and
        mirrored, eight ways in all.
        """
        cells = np.arange(self.num_cells).reshape(self.rows, self.columns)
        if self.falls:
            pairs = [(cells, np.arange(self.columns)), (cells[:, ::-1], np.arange(self.columns)[::-1])]
        else:
            turned = [np.rot90(cells, k) for k in range(4)]
            pairs = [(own, _by_columns(own)) for one in turned for own in (one, one[:, ::-1])]
        return tuple(
            (np.concatenate([seen.reshape(-1), seen.reshape(-1) + self.num_cells]), np.array(choices))
            for seen, choices in pairs
        )


def _by_columns(cells: np.ndarray) -> np.ndarray:
    """The order of choices (column by column) that goes with an order (rows, columns) of cells (row by row)."""
    rows, columns = cells.shape
    wanted = cells.T.reshape(-1)
    return (wanted % columns) * rows + wanted // columns


GAMES = {
    "tic_tac_toe": Game("tic_tac_toe", rows=3, columns=3, length=3, falls=False, solved_from=0),
    "connect_four": Game("connect_four", rows=6, columns=7, length=4, falls=True, solved_from=12),
}
"""By the names that params.yaml has."""

Solver = tuple[tuple[np.ndarray, np.ndarray], np.ndarray]


@cache
def solver_of(game: Game) -> Solver:
    """What the game's exact solver remembers, and its scratch; made once, so that what is solved stays so."""
    size = TABLE_SIZE if game.falls else 16_381
    return (np.full(size, -1, np.int64), np.zeros(size, np.int8)), np.zeros((4, MOST_CELLS, MOST_CHOICES), np.int64)
