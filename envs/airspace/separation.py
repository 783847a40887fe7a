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
def separate_tick(w, worlds):
    """Lower `separation` (here: squared, NM2) by this tick's closest approaches; True where some pair was below 5 NM."""
    lost = False
    count = worlds.num_aircraft[w]
    for a in range(count):
        if not worlds.present[w, a]:
            continue
        for b in range(a + 1, count):
            if not worlds.present[w, b]:
                continue
            squared = closest_squared(
                worlds.position[w, b, 0] - worlds.position[w, a, 0],
                worlds.position[w, b, 1] - worlds.position[w, a, 1],
                worlds.move[w, b, 0] - worlds.move[w, a, 0],
                worlds.move[w, b, 1] - worlds.move[w, a, 1],
            )
            worlds.separation[w, a] = min(worlds.separation[w, a], squared)
            worlds.separation[w, b] = min(worlds.separation[w, b], squared)
            if squared < LOSS_NM * LOSS_NM:
                lost = True
                worlds.pair_los[w, a, b] = True
    return lost


@njit(cache=True)
def conclude_separation(w, worlds):
    """Turn the step's squared separations into distances and update the world's smallest."""
    smallest = np.inf
    for a in range(worlds.num_aircraft[w]):
        worlds.separation[w, a] = math.sqrt(worlds.separation[w, a])
        smallest = min(smallest, worlds.separation[w, a])
    worlds.step_separation[w] = smallest
    worlds.min_separation[w] = min(worlds.min_separation[w], smallest)
