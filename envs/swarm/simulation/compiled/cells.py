"""Who is near a place? Lists of what lies in each square cell of the plane, so that nobody looks at all.

As in molecular dynamics (Allen and Tildesley, "Computer simulation of liquids", 1987, section 5.3.2): a cell is at
least as wide as one looks, so whoever is near lies in one of nine cells.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from envs.swarm.simulation.compiled.options import COUNTLESS
from envs.swarm.simulation.settings import MAX_CARRIERS, MAX_SEEN, MAX_TEAMS, TICK_S


class Grid(NamedTuple):
    """Cells of one kind of things in one world."""

    first: np.ndarray  # (cells,) int32, the first thing in each; below 0: none
    following: np.ndarray  # (N,) int32, the next one in the same cell
    columns: int
    per_m: float


@njit(inline="always", **COUNTLESS)
def cell_along(grid, along):
    """The row or column of cells in which a coordinate lies; beyond the walls the outermost."""
    return min(max(np.int64(along * grid.per_m), 0), grid.columns - 1)


@njit(**COUNTLESS)
def grid_of(first, following, side, wide):
    """A grid on a plane `side` m wide, in cells at least `wide` m wide; `fill` says what lies in them."""
    columns = int(max(1.0, side / wide))
    return Grid(first, following, columns, columns / side)


@njit(**COUNTLESS)
def fill(grid, things, count):
    """Put those of `count` things that are there into the cells where they are now."""
    for cell in range(grid.columns * grid.columns):
        grid.first[cell] = -1
    for i in range(count):
        if things[i].there:
            cell = cell_along(grid, things[i].y_m) * grid.columns + cell_along(grid, things[i].x_m)
            grid.following[i] = grid.first[cell]
            grid.first[cell] = i


@njit(**COUNTLESS)
def gather(grid, x, y, found):
    """Write who lies in the nine cells around a place to `found` (N,); how many."""
    count, columns = 0, grid.columns
    column, row = cell_along(grid, x), cell_along(grid, y)
    for r in range(max(0, row - 1), min(columns, row + 2)):
        for c in range(max(0, column - 1), min(columns, column + 2)):
            i = grid.first[r * columns + c]
            while i >= 0:
                found[count] = i
                count += 1
                i = grid.following[i]
    return count


class Look(NamedTuple):
    """Where everything is in one world, and room for what is worked out of it."""

    near: Grid  # agents, for touches and strikes
    agents: Grid  # for sight
    resources: Grid
    obstacles: Grid
    found: np.ndarray  # (N,) int64
    blocking: np.ndarray  # (N,) int64, obstacles that may hide what is behind them
    members: np.ndarray  # (MAX_CARRIERS,) int64
    order: np.ndarray  # (2 * MAX_SEEN,) int64, the nearest of some kind, or of two
    far: np.ndarray  # (2 * MAX_SEEN,)
    harm: np.ndarray  # (MAX_TEAMS, MAX_TEAMS), struck at each hive by each team


class Scratch(NamedTuple):
    """Room for what is worked out of one world at a time, for each block of worlds.

    first: (B, 4, cells) int32. following: (B, 4, N) int32. The others: see Look.
    """

    first: np.ndarray
    following: np.ndarray
    found: np.ndarray
    blocking: np.ndarray
    members: np.ndarray
    order: np.ndarray
    far: np.ndarray
    harm: np.ndarray


def make_scratch(num_blocks: int, num_cells: int, num_things: int) -> Scratch:
    """Room for so many cells, and things of a kind."""
    return Scratch(
        np.zeros((num_blocks, 4, num_cells), np.int32),
        np.zeros((num_blocks, 4, num_things), np.int32),
        np.zeros((num_blocks, num_things), np.int64),
        np.zeros((num_blocks, num_things), np.int64),
        np.zeros((num_blocks, MAX_CARRIERS), np.int64),
        np.zeros((num_blocks, 2 * MAX_SEEN), np.int64),
        np.zeros((num_blocks, 2 * MAX_SEEN)),
        np.zeros((num_blocks, MAX_TEAMS, MAX_TEAMS)),
    )


@njit(cache=True, inline="always")
def near_m(radius, strike_reach, max_speed):
    """How wide cells are for touches, in which agents move on while others are looked for, and for strikes."""
    return 2.0 * radius + max(strike_reach, 2.0 * max_speed * TICK_S) + 0.01


@njit(**COUNTLESS)
def look_of(here, rules, scratch, block):
    """The grids of a world, obstacles in theirs, the others not filled yet."""
    side, wide, first, following = here.world.side_m, rules.sight + rules.widest, scratch.first, scratch.following
    look = Look(
        grid_of(first[block, 0], following[block, 0], side, near_m(rules.radius, rules.strike_reach, rules.max_speed)),
        grid_of(first[block, 1], following[block, 1], side, wide),
        grid_of(first[block, 2], following[block, 2], side, wide),
        grid_of(first[block, 3], following[block, 3], side, wide),
        scratch.found[block],
        scratch.blocking[block],
        scratch.members[block],
        scratch.order[block],
        scratch.far[block],
        scratch.harm[block],
    )
    fill(look.obstacles, here.obstacles, here.world.num_obstacles)
    return look
