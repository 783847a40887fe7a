"""Which moves of a game lost value, by the exact solver."""

from __future__ import annotations

import numpy as np
from numba import njit

from envs.boards.simulation.compiled.rules import cell_of, has_row
from envs.boards.simulation.compiled.solver import value_of
from envs.boards.simulation.compiled.worlds import BOTH_SEATS
from envs.boards.simulation.games import MOST_CELLS

NOT_JUDGED = -1


@njit(cache=True)
def judge_worlds(worlds, game, solved_from, solver, before, lost):
    """Judge the moves of agents in all worlds, those with fewer than `solved_from` stones on the board left out.

    Args:
        before: (W, 64) int8, overwritten with the value of each move's position for who moved.
        lost: (W, 64) int8, overwritten with how much less the move left it: 0, 1 or 2; NOT_JUDGED.
    """
    own, masks = np.zeros(MOST_CELLS + 1, np.int64), np.zeros(MOST_CELLS + 1, np.int64)
    table, scratch = solver
    for w in range(len(worlds)):
        world = worlds[w]
        before[w], lost[w] = 0, NOT_JUDGED
        for ply in range(world.ply):  # own: of who moves at this ply
            cell = cell_of(game, masks[ply], world.moves[ply])
            masks[ply + 1] = masks[ply] | cell
            own[ply + 1] = masks[ply] ^ own[ply]
        for ply in range(world.ply - 1, max(world.start_ply, solved_from) - 1, -1):
            if world.seat != BOTH_SEATS and ply % 2 != world.seat:
                continue
            value = value_of(game, own[ply], masks[ply], table, scratch)
            left = -1
            if value > -1:
                if has_row(game, masks[ply + 1] ^ own[ply + 1]):
                    left = 1
                elif masks[ply + 1] == game[4]:
                    left = 0
                else:
                    left = -value_of(game, own[ply + 1], masks[ply + 1], table, scratch)
            before[w, ply], lost[w, ply] = value, value - left
