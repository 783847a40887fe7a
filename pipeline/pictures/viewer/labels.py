"""Find room for the labels of agents: beside their symbols, not on one another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""

HEIGHT_PX = 28
_PLACES = [(1, -1), (1, 1), (-1, -1), (-1, 1), (2.6, 0), (-2.6, 0), (1, -2.6), (-1, -2.6), (1, 2.6), (-1, 2.6)]
_PLACES += [(2.8, -2.6), (-2.8, -2.6), (2.8, 2.6), (-2.8, 2.6)]
_SYMBOL_PX = 9


def boxes(
    symbols: np.ndarray, widths: Sequence[float], size: tuple[int, int], taken: Sequence[Box]
) -> list[Box | None]:
    """Return a box for each label: the first free place around its symbol, or None where it would cover another.

    Args:
        symbols: (N, 2) pixels, right and down.
        widths: of the N labels, in pixels.
        size: width and height of the picture; a label stays inside.
        taken: what must not be covered, beside symbols and labels.
    """
    filled = [*taken, *symbol_boxes(symbols)]
    found: list[Box | None] = []
    for (x, y), wide in zip(symbols.tolist(), widths, strict=True):
        places = (_box(x, y, wide, *place) for place in _PLACES)
        fitting = (box for box in places if _inside(box, size) and not any(overlap(box, other) for other in filled))
        found.append(next(fitting, None))
        filled += [box for box in found[-1:] if box is not None]
    return found


def symbol_boxes(symbols: np.ndarray) -> list[Box]:
    """The boxes that symbols (N, 2) fill."""
    return [(x - _SYMBOL_PX, y - _SYMBOL_PX, x + _SYMBOL_PX, y + _SYMBOL_PX) for x, y in symbols.tolist()]


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share a point inside."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _box(x: float, y: float, wide: float, right: float, down: float) -> Box:
    left, top = x + right * 13 - (0 if right > 0 else wide), y + down * 18 - HEIGHT_PX / 2
    return left, top, left + wide, top + HEIGHT_PX


def _inside(box: Box, size: tuple[int, int]) -> bool:
    return box[0] > 2 and box[1] > 2 and box[2] < size[0] - 2 and box[3] < size[1] - 2
