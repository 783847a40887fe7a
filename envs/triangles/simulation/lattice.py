"""The triangular lattice and the hexagon on it: cells, lines, and sets of cells as bits.

A cell is (row, column); it points up where row + column is odd, else down. Its neighbours are left, right, and below
(of one that points up) or above. Of 8 rows with 15 places each, the hexagon of side 4 has the middle 9, 11, 13, 15, 15,
13, 11 and 9: 96 cells.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

ROWS, COLUMNS = 8, 15
NUM_PLACES = ROWS * COLUMNS
SIDE = 4
"""Of the hexagon, in edges of cells."""
STRIDE = 16
"""Bits from one row to the next: one more than there are columns, so that no shape runs from a row into the next."""
WORD_ROWS = 4
"""Rows in each of both words of a set of cells."""

Cell = tuple[int, int]
Bits = tuple[int, int]
"""A set of cells of the board: bit (row % 4) * 16 + column of word row // 4."""


def points_up(cell: Cell) -> bool:
    """Whether a cell of the lattice points up."""
    return (cell[0] + cell[1]) % 2 == 1


def neighbours(cell: Cell) -> tuple[Cell, Cell, Cell]:
    """The three cells that share an edge with this one."""
    row, column = cell
    return (row, column - 1), (row, column + 1), (row + 1 if points_up(cell) else row - 1, column)


def _half_width(row: int) -> int:
    return SIDE + min(row, ROWS - 1 - row)


CELLS: tuple[Cell, ...] = tuple(
    (row, column)
    for row in range(ROWS)
    for column in range(COLUMNS // 2 - _half_width(row), COLUMNS // 2 + _half_width(row) + 1)
)
"""Of the hexagon, row by row."""


def _strips(cell: Cell) -> tuple[tuple[str, int], ...]:
    """The strip between two neighbouring lattice lines that a cell lies in, for each of three directions."""
    row, column = cell
    return ("across", row), ("falling", (column - row) // 2), ("rising", (column + row + 1) // 2)


def _lines() -> tuple[tuple[Cell, ...], ...]:
    found: dict[tuple[str, int], list[Cell]] = {}
    for cell in CELLS:
        for strip in _strips(cell):
            found.setdefault(strip, []).append(cell)
    return tuple(tuple(found[strip]) for strip in sorted(found))


LINES = _lines()
"""Each a strip of the hexagon from edge to edge; a line vanishes when all of it is taken."""


def bits_of(cells: Iterable[Cell]) -> Bits:
    """A set of cells of the board as bits."""
    words = [0, 0]
    for row, column in cells:
        words[row // WORD_ROWS] |= 1 << (row % WORD_ROWS * STRIDE + column)
    return words[0], words[1]


def cells_of(bits: np.ndarray) -> np.ndarray:
    """Which of the places (..., 120), row by row, sets of cells (..., 2) have."""
    row, column = np.divmod(np.arange(NUM_PLACES), COLUMNS)
    return np.asarray((bits[..., row // WORD_ROWS] >> (row % WORD_ROWS * STRIDE + column)) & 1 == 1)
