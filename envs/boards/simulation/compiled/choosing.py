"""Rules that choose moves: at random, win or block, alpha-beta of a depth, and perfectly.

A rule that likes several moves alike chooses among them by `draw`, a uint64.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from envs.boards.simulation.compiled.rules import cell_of, completing, has_row, num_bits, reachable
from envs.boards.simulation.compiled.solver import ALPHA, BEST, BETA, MASK, NEXT, OWN, values_of

RANDOM, WIN_OR_BLOCK, ALPHA_BETA, PERFECT = 1, 2, 3, 4
KINDS = {"random": RANDOM, "win_or_block": WIN_OR_BLOCK, "alpha_beta": ALPHA_BETA, "perfect": PERFECT}
"""By the names that params.yaml has."""
_WON = 10_000
"""More than threats can count."""
_UNKNOWN = 9 * _WON


@njit(cache=True)
def choose(kind, depth, solved_from, game, own, mask, draw, solver, likes):
    """The choice of a rule for the player to move, whose stones are `own`.

    Args:
        depth: of alpha_beta; perfect plays by it where there are fewer than `solved_from` stones.
        solver: table and scratch, see envs/boards/simulation/compiled/solver.py.
        likes: (n,) int64, overwritten by how much the rule likes each choice.
    """
    likes[:] = -3 * _WON
    if kind == PERFECT and num_bits(mask) >= solved_from:
        values_of(game, own, mask, solver[0], solver[1], likes)
    elif kind in (PERFECT, ALPHA_BETA):
        _look_ahead(game, own, mask, depth, solver[1], likes)
    else:
        wins, blocks = completing(game, own), completing(game, mask ^ own)
        for choice in range(len(likes)):
            cell = cell_of(game, mask, choice)
            if cell:
                likes[choice] = 0
                if kind == WIN_OR_BLOCK:
                    likes[choice] = 2 if cell & wins else 1 if cell & blocks else 0
    return one_of_the_best(likes, draw)


@njit(cache=True)
def one_of_the_best(likes, draw):
    """A choice whose like is largest; of several that which `draw` (uint64) says."""
    most = likes.max()
    count = np.uint64((likes == most).sum())
    nth = np.int64(draw % count)
    for choice in range(len(likes)):
        if likes[choice] == most:
            if nth == 0:
                return choice
            nth -= 1
    return 0


@njit(cache=True)
def _look_ahead(game, own, mask, depth, scratch, likes):
    """How much alpha-beta likes each choice; those that are not liked most may be liked less than told."""
    best = -2 * _WON
    for choice in range(len(likes)):
        cell = cell_of(game, mask, choice)
        if cell:
            likes[choice] = -_alpha_beta(game, mask ^ own, mask | cell, depth - 1, 1 - best, scratch[3])
            best = max(best, likes[choice])


@njit(cache=True)
def _weigh(game, own, mask, depth):
    """The value of a position that is not looked into, or UNKNOWN."""
    if has_row(game, mask ^ own):
        return -_WON - depth
    free = game[4] & ~mask
    if free == 0:
        return 0
    if depth <= 0:
        return num_bits(completing(game, own) & free) - num_bits(completing(game, mask ^ own) & free)
    return _UNKNOWN


@njit(cache=True)
def _alpha_beta(game, own, mask, depth, beta, rows):
    """Value for the player to move: won or lost, the sooner the more; where none is in sight threats, ours less theirs.

    A threat is a free cell that would complete a row. Values of `beta` and more are bounds.

    Args:
        rows: (64, 9) int64, one for each depth.
    """
    top = depth
    value = _weigh(game, own, mask, depth)
    if value != _UNKNOWN:
        return value
    _stack(rows[depth], own, mask, reachable(game, mask), -2 * _WON, beta)
    while True:
        row = rows[depth]
        if row[NEXT] and row[ALPHA] < row[BETA]:
            move = row[NEXT] & -row[NEXT]
            row[NEXT] ^= move
            other, after = row[MASK] ^ row[OWN], row[MASK] | move
            value = _weigh(game, other, after, depth - 1)
            if value == _UNKNOWN:
                depth -= 1
                _stack(rows[depth], other, after, reachable(game, after), -row[BETA], -row[ALPHA])
                continue
        else:
            value = row[BEST]
            if depth == top:
                return value
            depth += 1
            row = rows[depth]
        row[BEST], row[ALPHA] = max(row[BEST], -value), max(row[ALPHA], -value)


@njit(cache=True)
def _stack(row, own, mask, moves, alpha, beta):
    row[OWN], row[MASK], row[NEXT], row[ALPHA], row[BETA], row[BEST] = own, mask, moves, alpha, beta, -2 * _WON
