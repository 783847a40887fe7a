"""How close did aircraft come? The minimum over each tick's straight relative motion."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.airspace.worlds import LOSS_NM


@njit(cache=True, inline="always")
def closest_squared(east, north, move_east, move_north):
    """Squared smallest distance while a relative position (NM) moves straight by (move_east, move_north)."""
    start = east * east + north * north
    east_end, north_end = east + move_east, north + move_north
    end = east_end * east_end + north_end * north_end
    if east * move_east + north * move_north < 0.0 < east_end * move_east + north_end * move_north:
        cross = east * move_north - north * move_east
        return cross * cross / (move_east * move_east + move_north * move_north)
    return min(start, end)


@njit(cache=True)
def separate_tick(world):
    """Lower `separation` (here: squared, NM2) by this tick's closest approaches; True where a pair was below 5 NM."""
    lost = False
    count = world.num_aircraft
    for a in range(count):
        if not world.present[a]:
            continue
        for b in range(a + 1, count):
            if not world.present[b]:
                continue
            squared = closest_squared(
                world.position[b, 0] - world.position[a, 0],
                world.position[b, 1] - world.position[a, 1],
                world.move[b, 0] - world.move[a, 0],
                world.move[b, 1] - world.move[a, 1],
            )
            world.separation[a] = min(world.separation[a], squared)
            world.separation[b] = min(world.separation[b], squared)
            if squared < LOSS_NM * LOSS_NM:
                lost = True
                world.pair_los[a, b] = True
    return lost


@njit(cache=True)
def conclude_separation(world):
    """Turn the step's squared separations into distances and update the world's smallest."""
    smallest = np.inf
    for a in range(world.num_aircraft):
        world.separation[a] = math.sqrt(world.separation[a])
        smallest = min(smallest, world.separation[a])
    world.step_separation = smallest
    world.min_separation = min(world.min_separation, smallest)
