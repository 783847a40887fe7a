"""The puzzle once more, in plain Python from its rules alone: cells are corners of triangles in the plane.

A corner is (x, y) with y counted downwards and x + y odd; an edge is 2 wide. A cell that points up has its tip above
its base, one that points down below it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

Corner = tuple[int, int]
Cell = frozenset[Corner]


def cell(row: int, column: int) -> Cell:
    """Of the board's 8 rows of 15 places: the leftmost place of the middle rows is 0."""
    if (row + column) % 2:
        return frozenset({(column, row), (column - 1, row + 1), (column + 1, row + 1)})
    return frozenset({(column, row + 1), (column - 1, row), (column + 1, row)})


def is_inside(corner: Corner) -> bool:
    """Whether a corner lies in the hexagon of side 4 around (7, 4), edges included."""
    x, y = abs(corner[0] - 7), abs(corner[1] - 4)
    return y <= 4 and x <= 8 - y


BOARD = {
    (row, column): cell(row, column)
    for row in range(-2, 12)
    for column in range(-4, 20)
    if all(map(is_inside, cell(row, column)))
}
"""By row and column."""


def touch(one: Cell, other: Cell) -> bool:
    """Whether two cells share an edge."""
    return len(one & other) == 2


@cache
def lines() -> list[set[tuple[int, int]]]:
    """Sets of cells whose corners lie on two neighbouring lines of the lattice: y, (x - y) / 2 and (x + y) / 2."""
    found = []
    for value in (lambda c: c[1], lambda c: (c[0] - c[1]) // 2, lambda c: (c[0] + c[1]) // 2):
        strips: dict[tuple[int, ...], set[tuple[int, int]]] = {}
        for at, corners in BOARD.items():
            strips.setdefault(tuple(sorted({value(corner) for corner in corners})), set()).add(at)
        found += strips.values()
    return found


def fixed_polyiamonds(num_cells: int) -> set[frozenset[tuple[int, int]]]:
    """All connected sets of so many cells of the lattice up to moves by whole steps, by trying all that grow."""
    grown = {frozenset({(0, 0)}), frozenset({(0, 1)})}
    for _ in range(num_cells - 1):
        grown = {
            _moved(shape | {(row, column)})
            for shape in grown
            for row in range(-1, num_cells + 1)
            for column in range(-1, 2 * num_cells)
            if (row, column) not in shape and any(touch(cell(row, column), cell(*own)) for own in shape)
        }
    return grown


def _moved(shape: frozenset[tuple[int, int]]) -> frozenset[tuple[int, int]]:
    top = min(row for row, _ in shape)
    left = min(column for _, column in shape)
    left -= (top + left) % 2
    return frozenset((row - top, column - left) for row, column in shape)


def places(
    shape: Iterable[tuple[int, int]], taken: set[tuple[int, int]]
) -> dict[tuple[int, int], set[tuple[int, int]]]:
    """The cells that a shape would take, by row and column of its upper left corner, wherever it fits."""
    shape = list(shape)
    left, free = min(column for _, column in shape), set(BOARD) - taken
    found = {}
    for row in range(-1, 9):
        for column in range(-2, 16):
            if (row + column) % 2 == 0:
                cells = {(row + down, column + right) for down, right in shape}
                if cells <= free:
                    found[row, column + left] = cells
    return found


def laid(taken: set[tuple[int, int]], cells: set[tuple[int, int]]) -> tuple[set[tuple[int, int]], int, int]:
    """The cells taken after these were laid, how many were cleared, and how many lines."""
    after = taken | cells
    full = [line for line in lines() if line <= after]
    gone = set().union(*full)
    return after - gone, len(gone), len(full)
