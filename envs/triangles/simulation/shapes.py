"""Shapes to lay: polyiamonds, how they are written, and all that compiled code knows of those that are drawn.

A polyiamond is cells joined by edges; fixed: turned or mirrored it is another. There are 2, 3, 6, 14, 36, 94 of 1 to 6
cells (OEIS A001420). Written row by row: A points up, V down, a full stop is left free, / ends a row: "AV", "..A/VAV".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np

from envs.triangles.simulation.lattice import (
    CELLS,
    COLUMNS,
    LINES,
    NUM_PLACES,
    ROWS,
    STRIDE,
    Cell,
    bits_of,
    neighbours,
    points_up,
)

MOST_CELLS = 6
WINDOW_ROWS, WINDOW_COLUMNS = 4, 7
"""Every shape of so many cells fits in, at the first place of the lattice that it fits."""

Shape = tuple[Cell, ...]
"""Its cells in order, as far up and then left on the lattice as they go."""


def at_first_place(cells: Iterable[Cell]) -> Shape:
    """These cells moved as far up and left as the lattice lets them: cells that point up still do."""
    cells = list(cells)
    top, left = min(row for row, _ in cells), min(column for _, column in cells)
    left -= (top + left) % 2  # by a whole step of the lattice
    return tuple(sorted((row - top, column - left) for row, column in cells))


@cache
def polyiamonds(num_cells: int) -> tuple[Shape, ...]:
    """All fixed ones of so many cells, in order."""
    if num_cells == 1:
        return ((0, 0),), ((0, 1),)
    grown = {
        at_first_place({*shape, beside})
        for shape in polyiamonds(num_cells - 1)
        for cell in shape
        for beside in neighbours(cell)
        if beside not in shape
    }
    return tuple(sorted(grown))


def drawing(shape: Shape) -> str:
    """How it is written."""
    left = min(column for _, column in shape)
    height = 1 + max(row for row, _ in shape)
    rows = []
    for row in range(height):
        own = [column for at, column in shape if at == row]
        places = ((row, column) for column in range(left, max(own) + 1))
        rows.append("".join(("A" if points_up(at) else "V") if at in shape else "." for at in places))
    return "/".join(rows)


def read_drawing(text: str) -> Shape:
    """The shape that is written so.

    Raises:
        ValueError: it is none, or one of too many cells; the message says what came.
    """
    wish = f"wanted 1 to {MOST_CELLS} cells joined by edges, say AV or ..A/VAV (A points up, V down, . is free)"
    cells = {
        (row, column): letter
        for row, line in enumerate(text.split("/"))
        for column, letter in enumerate(line)
        if letter != "."
    }
    if not 1 <= len(cells) <= MOST_CELLS or not set(cells.values()) <= {"A", "V"}:
        raise ValueError(f"got {text[:40]!r}, {wish}")
    shift = int(points_up(next(iter(cells))) != (next(iter(cells.values())) == "A"))
    moved = {(row, column + shift): letter for (row, column), letter in cells.items()}
    shape = at_first_place(moved)
    wrong = any(points_up(cell) != (letter == "A") for cell, letter in moved.items())
    if wrong or shape not in polyiamonds(len(shape)):
        raise ValueError(f"got {text!r}, {wish}")
    return shape


class Tables(NamedTuple):
    """Shapes by number as compiled code has them; sets of cells of the board are two words, see lattice.py.

    Attributes:
        laid: (S, 120, 2) int64, the cells that a shape takes whose upper left corner is at a place, row by row; 0 where
            it does not fit the board.
        window: (S,) int64, its cells at its first place, bit row * 16 + column.
        size: (S,) int64, its cells.
        corner_up: (S,) int64, 1 where its upper left corner (which need not be one of its cells) points up.
        steps: (S, 6) int64, bits from its corner to each cell.
        board: (2,) int64, all cells.
        corners: (2, 2) int64, places that point down, and those that point up.
        lines: (24, 2) int64.
        shares: (S,) float64, see Catalogue.
    """

    laid: np.ndarray
    window: np.ndarray
    size: np.ndarray
    corner_up: np.ndarray
    steps: np.ndarray
    board: np.ndarray
    corners: np.ndarray
    lines: np.ndarray
    shares: np.ndarray


@dataclass(frozen=True)
class Catalogue:
    """S shapes by number, and how often each is drawn.

    Attributes:
        shapes: each once.
        shares: of the draws, they sum up to 1; of one that is never drawn 0.
    """

    shapes: tuple[Shape, ...]
    shares: tuple[float, ...]

    @cached_property
    def tables(self) -> Tables:
        """As compiled code has them."""
        corners = [min(column for _, column in shape) for shape in self.shapes]
        steps = np.zeros((len(self.shapes), MOST_CELLS), np.int64)
        for own, shape, corner in zip(steps, self.shapes, corners, strict=True):
            own[: len(shape)] = [row * STRIDE + column - corner for row, column in shape]
        places = [divmod(place, COLUMNS) for place in range(NUM_PLACES)]
        return Tables(
            laid=np.array([_laid(shape, corner) for shape, corner in zip(self.shapes, corners, strict=True)]),
            window=np.array([sum(1 << (row * STRIDE + column) for row, column in shape) for shape in self.shapes]),
            size=np.array([len(shape) for shape in self.shapes]),
            corner_up=np.array(corners),
            steps=steps,
            board=np.array(bits_of(CELLS)),
            corners=np.array([bits_of(at for at in places if points_up(at) == up) for up in (False, True)]),
            lines=np.array([bits_of(line) for line in LINES]),
            shares=np.array(self.shares),
        )

    def number(self, shape: Shape) -> int:
        """Of a shape that it has."""
        return self.shapes.index(shape)


def _laid(shape: Shape, corner: int) -> np.ndarray:
    """(120, 2) int64: the cells that a shape takes, by the place of its corner, which begins at column 0 or 1."""
    laid, board = np.zeros((NUM_PLACES, 2), np.int64), set(CELLS)
    for row in range(ROWS):
        for column in range((row + corner) % 2, COLUMNS, 2):
            cells = [(row + down, column + right - corner) for down, right in shape]
            if board.issuperset(cells):
                laid[row * COLUMNS + column] = bits_of(cells)
    return laid


def catalogue_of(drawn: Mapping[Shape, float], others: Iterable[Shape] = ()) -> Catalogue:
    """Of shapes by their weights, and of others that are never drawn."""
    total = sum(drawn.values())
    weights = dict.fromkeys(others, 0.0) | dict(drawn)
    shapes = tuple(sorted(weights, key=lambda shape: (len(shape), shape)))
    return Catalogue(shapes, tuple(weights[shape] / total for shape in shapes))
