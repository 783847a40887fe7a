"""Exact values of positions: 1 won, 0 drawn, -1 lost for the player to move, by negamax with a table of positions.

Moves that let the other win at once are never looked at, those that make most threats first (Pons, "Solving Connect
Four", 2015-2019). `table` are keys (M,) int64 and bounds (M,) int8 of values. `scratch` (4, 64, 9) int64 has a row for
each number of free cells: moves, their threats, and what is being looked at. Functions that call themselves cannot be
kept compiled: a stack of rows stands for calls.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from envs.boards.simulation.compiled.rules import cell_of, completing, key_of, mirrored, num_bits, reachable

NOT_THERE = -9
"""The value of a choice that cannot be played."""
UNKNOWN = -8
OWN, MASK, KEY, ALPHA, BETA, FIRST, BEST, NEXT, COUNT = range(9)
"""What stands in a row of scratch: a position, the window it is looked at in, and how far that has come."""


@njit(cache=True)
def value_of(game, own, mask, table, scratch):
    """The value of a position that has not ended, for the player to move, whose stones are `own`."""
    if completing(game, own) & reachable(game, mask):
        return 1
    left = num_bits(game[4] & ~mask)
    return _negamax(game, own, mask, left, table, scratch)


@njit(cache=True)
def values_of(game, own, mask, table, scratch, values):
    """The value of each choice (n,) for the player to move, NOT_THERE where it cannot be played."""
    wins = completing(game, own)
    for choice in range(len(values)):
        cell = cell_of(game, mask, choice)
        if cell == 0:
            values[choice] = NOT_THERE
        elif cell & wins:
            values[choice] = 1
        elif (mask | cell) == game[4]:
            values[choice] = 0
        else:
            values[choice] = -value_of(game, mask ^ own, mask | cell, table, scratch)


@njit(cache=True)
def _safe(game, own, mask):
    """Moves after which the other cannot win at once; the player to move cannot either."""
    moves = reachable(game, mask)
    theirs = completing(game, mask ^ own) & ~mask
    forced = moves & theirs
    if forced:
        if forced & (forced - 1):
            return np.int64(0)
        moves = forced
    return moves & ~(theirs >> 1) if game[3] else moves


@njit(cache=True)
def _ordered(game, own, mask, moves, scratch, left):
    """Put the moves into their row of scratch, most threats first, then the middle; returns how many there are."""
    rows, columns = game[0], game[1]
    count = 0
    for k in range(columns):
        column = columns // 2 + (-(k + 1) // 2 if k % 2 else k // 2)
        rest = moves & (((np.int64(1) << rows) - 1) << (column * (rows + 1)))
        while rest:
            move = rest & -rest
            rest ^= move
            threats = num_bits(completing(game, own | move) & ~(mask | move))
            at = count
            while at > 0 and scratch[1, left, at - 1] < threats:
                scratch[0, left, at], scratch[1, left, at] = scratch[0, left, at - 1], scratch[1, left, at - 1]
                at -= 1
            scratch[0, left, at], scratch[1, left, at] = move, threats
            count += 1
    return count


@njit(cache=True)
def _enter(game, own, mask, left, alpha, beta, table, scratch):
    """The value of a position, or UNKNOWN: then its row of scratch is ready to look at its moves."""
    moves = _safe(game, own, mask)
    if moves == 0:
        return -1
    if left <= 2:
        return 0
    keys, bounds = table
    key = min(key_of(game, own, mask), key_of(game, mirrored(game, own), mirrored(game, mask)))
    slot = key % len(keys)
    if keys[slot] == key:
        low, high = (bounds[slot] & 3) - 1, (bounds[slot] >> 2) - 1
        if low >= beta or low == high:
            return low
        if high <= alpha:
            return high
        alpha, beta = max(alpha, low), min(beta, high)
    row = scratch[2, left]
    row[OWN], row[MASK], row[KEY] = own, mask, key
    row[ALPHA], row[BETA], row[FIRST], row[BEST] = alpha, beta, alpha, -1
    row[NEXT], row[COUNT] = 0, _ordered(game, own, mask, moves, scratch, left)
    return UNKNOWN


@njit(cache=True)
def _leave(row, table):
    """Keep what has come of a position, and return its value or a bound of it."""
    keys, bounds = table
    low = row[BEST] if row[BEST] > row[FIRST] else -1
    high = row[BEST] if row[BEST] < row[BETA] else 1
    slot = row[KEY] % len(keys)
    keys[slot], bounds[slot] = row[KEY], (low + 1) | ((high + 1) << 2)
    return row[BEST]


@njit(cache=True)
def _negamax(game, own, mask, left, table, scratch):
    """The value of a position in which the player to move cannot win at once, and `left` cells are free."""
    top = left
    value = _enter(game, own, mask, left, -1, 1, table, scratch)
    if value != UNKNOWN:
        return value
    while True:
        row = scratch[2, left]
        if row[NEXT] < row[COUNT] and row[ALPHA] < row[BETA]:
            move = scratch[0, left, row[NEXT]]
            row[NEXT] += 1
            other, after = row[MASK] ^ row[OWN], row[MASK] | move
            value = _enter(game, other, after, left - 1, -row[BETA], -row[ALPHA], table, scratch)
            if value == UNKNOWN:
                left -= 1
                continue
        else:
            value = _leave(row, table)
            if left == top:
                return value
            left += 1
            row = scratch[2, left]
        row[BEST], row[ALPHA] = max(row[BEST], -value), max(row[ALPHA], -value)
