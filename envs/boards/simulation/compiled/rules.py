"""Rules of the games on bitboards of int64.

A column's cells are bits from the bottom up, and above them is one that stays empty, so that no row runs from the top
of a column into the next (Tromp, "John's Connect Four Playground"). A game is a tuple of int64, see
envs/boards/simulation/games.py: rows, columns, length (of a row that wins), falls (1: stones fall), board (all cells),
bottom (the lowest of each column).
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def reachable(game, mask):
    """The cells that can be played, where `mask` holds all stones."""
    board, bottom = game[4], game[5]
    return (mask + bottom) & board if game[3] else board & ~mask


@njit(cache=True)
def cell_of(game, mask, choice):
    """The cell (one bit) that a choice plays now; 0: it cannot be played.

    Where stones fall, a choice is a column. Elsewhere it is a cell: column * rows + row, rows from the top.
    """
    rows, columns, falls = game[0], game[1], game[3]
    if choice < 0 or choice >= (columns if falls else rows * columns):
        return np.int64(0)
    if falls:
        first = np.int64(1) << (choice * (rows + 1))
        return (mask + first) & (((np.int64(1) << rows) - 1) * first)
    column, from_top = choice // rows, choice % rows
    return (np.int64(1) << (column * (rows + 1) + rows - 1 - from_top)) & ~mask


@njit(cache=True)
def has_row(game, stones):
    """Whether these stones have a row of the length that wins."""
    rows = game[0]
    for shift in (1, rows, rows + 1, rows + 2):
        run = stones
        for k in range(1, game[2]):
            run &= stones >> (k * shift)
        if run:
            return True
    return False


@njit(cache=True)
def completing(game, stones):
    """Cells that would complete a row of these stones, free or not, for rows of three or four."""
    found = np.int64(0)
    for shift in (1, game[0], game[0] + 1, game[0] + 2):
        above, below = stones << shift, stones >> shift
        two_above, two_below = above & (stones << (2 * shift)), below & (stones >> (2 * shift))
        if game[2] == 3:
            found |= two_above | two_below | (above & below)
        else:
            found |= (two_above & (below | (stones << (3 * shift)))) | (two_below & (above | (stones >> (3 * shift))))
    return found & game[4]


@njit(cache=True)
def num_bits(stones):
    """How many cells these are."""
    count = 0
    while stones:
        stones &= stones - 1
        count += 1
    return count


@njit(cache=True)
def key_of(game, own, mask):
    """A number that only this position has: `own` are the stones of the player to move (or of any one player)."""
    return own + mask if game[3] else own | (mask << 32)


@njit(cache=True)
def mirrored(game, stones):
    """The same cells with left and right exchanged."""
    rows, columns = game[0], game[1]
    column = (np.int64(1) << rows) - 1
    found = np.int64(0)
    for c in range(columns):
        found |= ((stones >> (c * (rows + 1))) & column) << ((columns - 1 - c) * (rows + 1))
    return found
