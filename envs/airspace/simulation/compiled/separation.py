"""How close did aircraft come? The minimum over each tick's straight relative motion."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.airspace.simulation.compiled.lanes import (
    EAST,
    LANES,
    LOST,
    LOST_TICKS,
    MOVE_EAST,
    MOVE_NORTH,
    NORTH,
    PRESENT,
    SEPARATION,
)
from envs.airspace.simulation.compiled.worlds import LOSS_NM


@njit(cache=True, error_model="numpy", inline="always")
def closest_squared(east, north, move_east, move_north):
    """Squared smallest distance while a relative position (NM) moves straight by (move_east, move_north)."""
    start = east * east + north * north
    east_end, north_end = east + move_east, north + move_north
    end = east_end * east_end + north_end * north_end
    before, after = east * move_east + north * move_north, east_end * move_east + north_end * move_north
    between = (before < 0.0) & (after > 0.0)
    cross = east * move_north - north * move_east
    passed = cross * cross / (move_east * move_east + move_north * move_north if between else 1.0)
    return passed if between else min(start, end)


@njit(cache=True, error_model="numpy")
def separate(first, second, lost_pair, air):
    """Lower `SEPARATION` (squared, NM2) of two rows by this tick's closest approach, and mark losses."""
    for i in range(LANES):
        move_east = second[MOVE_EAST + i] - first[MOVE_EAST + i]
        move_north = second[MOVE_NORTH + i] - first[MOVE_NORTH + i]
        east, north = second[EAST + i] - first[EAST + i], second[NORTH + i] - first[NORTH + i]
        squared = closest_squared(east - move_east, north - move_north, move_east, move_north)
        squared = squared if first[PRESENT + i] * second[PRESENT + i] > 0.5 else np.inf
        lost = squared < LOSS_NM * LOSS_NM
        first[SEPARATION + i] = min(first[SEPARATION + i], squared)
        second[SEPARATION + i] = min(second[SEPARATION + i], squared)
        lost_pair[i] = 1.0 if lost else lost_pair[i]
        air[LOST + i] = 1.0 if lost else air[LOST + i]


@njit(cache=True)
def separate_all(rows, there, pairs, air):
    """One tick's separations among the slots `there`; `air` counts the ticks in which some pair was below 5 NM."""
    air[LOST : LOST + LANES] = 0.0
    num_slots = rows.shape[0]
    for first in range(len(there)):
        a = there[first]
        pairs_before = a * (2 * num_slots - a - 1) // 2 - a - 1
        for second in range(first + 1, len(there)):
            b = there[second]
            separate(rows[a], rows[b], pairs[pairs_before + b], air)
    for i in range(LANES):
        air[LOST_TICKS + i] += air[LOST + i]


@njit(cache=True)
def conclude_separation(rows, a):
    """Turn the step's squared separations into distances."""
    for i in range(LANES):
        rows[a, SEPARATION + i] = math.sqrt(rows[a, SEPARATION + i])
