"""Rules of the puzzle on bits: where shapes fit, what a move clears, how much room a board has.

`tables` are `Tables` (envs/triangles/simulation/shapes.py). A board's taken cells are two words, `upper` and `lower`,
whose highest bits are no cells: they are never negative.
"""

from __future__ import annotations

from numba import njit

from envs.triangles.simulation.lattice import COLUMNS, STRIDE, WORD_ROWS
from envs.triangles.simulation.shapes import MOST_CELLS


@njit(cache=True, inline="always")
def num_bits(word):
    """How many bits a word has (Warren, "Hacker's Delight", 5-1)."""
    word = word - ((word >> 1) & 0x5555555555555555)
    word = (word & 0x3333333333333333) + ((word >> 2) & 0x3333333333333333)
    word = (word + (word >> 4)) & 0x0F0F0F0F0F0F0F0F
    return (word * 0x0101010101010101) >> 56


@njit(cache=True, inline="always")
def place_of(bit, word):
    """The place, row by row, of a cell: its only bit, and 0 or 1 for the word that has it."""
    at = num_bits(bit - 1)
    return (word * WORD_ROWS + at // STRIDE) * COLUMNS + at % STRIDE


@njit(cache=True)
def fitting(tables, upper, lower, shape):
    """The places where a shape's upper left corner can lie now, as two words.

    A corner's bits in the words of free cells moved by the steps to each cell of the shape: all must be free. A shape
    that would run out of its row has a cell at the bit between rows, which is never free.
    """
    free, free_below = tables.board[0] & ~upper, tables.board[1] & ~lower
    corners = tables.corners[tables.corner_up[shape]]
    first, second = corners[0], corners[1]
    for k in range(tables.size[shape]):
        step = tables.steps[shape, k]
        first &= (free >> step) | ((free_below << 1) << (63 - step))
        second &= free_below >> step
    return first, second


@njit(cache=True)
def nearly_full(tables, upper, lower):
    """The lines, as bits, that one shape can fill up: they lack no more cells than a shape has."""
    found = 0
    for k in range(len(tables.lines)):
        lacking = num_bits(tables.lines[k, 0] & ~upper) + num_bits(tables.lines[k, 1] & ~lower)
        found |= (lacking <= MOST_CELLS) << k
    return found


@njit(cache=True)
def lay(tables, upper, lower, nearly, shape, place):
    """The board after a shape was laid, cells that were cleared, and lines; `nearly` as nearly_full tells it before."""
    upper, lower = upper | tables.laid[shape, place, 0], lower | tables.laid[shape, place, 1]
    cleared, cleared_below, lines = 0, 0, 0
    while nearly:
        k = num_bits((nearly & -nearly) - 1)
        nearly &= nearly - 1
        line, line_below = tables.lines[k, 0], tables.lines[k, 1]
        if (upper & line) == line and (lower & line_below) == line_below:
            cleared, cleared_below, lines = cleared | line, cleared_below | line_below, lines + 1
    if lines == 0:
        return upper, lower, 0, 0
    return upper & ~cleared, lower & ~cleared_below, num_bits(cleared) + num_bits(cleared_below), lines


@njit(cache=True)
def room_of(tables, upper, lower):
    """The places that the next drawn shape will fit in, on average."""
    room = 0.0
    for shape in range(len(tables.shares)):
        if tables.shares[shape] > 0.0:
            first, second = fitting(tables, upper, lower, shape)
            room += tables.shares[shape] * (num_bits(first) + num_bits(second))
    return room


@njit(cache=True)
def fits(tables, upper, lower, shape, place):
    """Whether a shape can be laid with its upper left corner at a place."""
    own, own_below = tables.laid[shape, place, 0], tables.laid[shape, place, 1]
    return (own | own_below) != 0 and (own & upper) == 0 and (own_below & lower) == 0
