"""How soon would cars collide that go straight on, and how long after one was there another came."""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from envs.roads.evaluation.compiled.discs import first_touch
from envs.roads.simulation.compiled.boxes import overlap_by_yaw

TICK_S = 0.1


@njit(cache=True, error_model="numpy")
def is_ahead(x, y, yaw, length, other_x, other_y, within_rad):
    """Whether another's middle lies so near to where the nose points, seen from the rear axle.

    As V-Max: the rear axle is 0.4 of the length behind the middle.
    """
    east, north = other_x - x + 0.4 * length * math.cos(yaw), other_y - y + 0.4 * length * math.sin(yaw)
    distance = math.sqrt(east * east + north * north)
    return distance > 0.0 and east * math.cos(yaw) + north * math.sin(yaw) > distance * math.cos(within_rad)


@njit(cache=True, error_model="numpy")
def time_to_collision(state, other, horizon_s):
    """Seconds until two boxes overlap at constant speed and heading, in ticks of 0.1 s; the horizon: not within it.

    Args:
        state, other: x, y, yaw, speed, length, width.
    """
    x, y, yaw, speed, length, width = state
    other_x, other_y, other_yaw, other_speed, other_length, other_width = other
    east_mps = other_speed * math.cos(other_yaw) - speed * math.cos(yaw)
    north_mps = other_speed * math.sin(other_yaw) - speed * math.sin(yaw)
    reach = 0.5 * (math.hypot(length, width) + math.hypot(other_length, other_width))
    first, last = first_touch(other_x - x, other_y - y, east_mps, north_mps, reach, horizon_s)
    if first == np.inf:
        return horizon_s
    for tick in range(math.floor(first / TICK_S), math.ceil(last / TICK_S) + 1):
        t = tick * TICK_S
        if t >= horizon_s:
            break
        moved_x, moved_y = other_x + east_mps * t, other_y + north_mps * t
        if overlap_by_yaw(x, y, yaw, length, width, moved_x, moved_y, other_yaw, other_length, other_width):
            return t
    return horizon_s


@njit(cache=True, error_model="numpy", parallel=True)
def times_to_collision(x, y, yaw, speed, length, width, there, horizon_s, ahead_rad, found):
    """Write the smallest time to collision of each car with any that is ahead of it to `found` (T, W, S)."""
    num_states, num_worlds, num_slots = x.shape
    for w in prange(num_worlds):
        for t in range(num_states):
            for i in range(num_slots):
                found[t, w, i] = horizon_s
                if not there[t, w, i]:
                    continue
                own = (x[t, w, i], y[t, w, i], yaw[t, w, i], speed[t, w, i], length[w, i], width[w, i])
                for j in range(num_slots):
                    if j == i or not there[t, w, j]:
                        continue
                    if is_ahead(own[0], own[1], own[2], own[4], x[t, w, j], y[t, w, j], ahead_rad):
                        other = (x[t, w, j], y[t, w, j], yaw[t, w, j], speed[t, w, j], length[w, j], width[w, j])
                        found[t, w, i] = min(found[t, w, i], time_to_collision(own, other, horizon_s))


@njit(cache=True, error_model="numpy")
def _since(x, y, yaw, length, width, there, w, t, i, j, most, least_turn):
    """How many states ago j last stood where i stands in state t, crossing its way; `most` + 1: not within `most`."""
    reach = 0.5 * (length[w, i] + width[w, i] + length[w, j] + width[w, j])
    for back in range(1, min(most, t) + 1):
        before = t - back
        if not there[before, w, j]:
            continue
        east, north = x[before, w, j] - x[t, w, i], y[before, w, j] - y[t, w, i]
        if east * east + north * north > reach * reach:
            continue
        if abs(math.sin(0.5 * (yaw[before, w, j] - yaw[t, w, i]))) < math.sin(0.5 * least_turn):
            continue
        own = (x[t, w, i], y[t, w, i], yaw[t, w, i], length[w, i], width[w, i])
        other = (x[before, w, j], y[before, w, j], yaw[before, w, j], length[w, j], width[w, j])
        if overlap_by_yaw(*own, *other):
            return back
    return most + 1


@njit(cache=True, error_model="numpy", parallel=True)
def encroachments(x, y, yaw, length, width, there, most, least_turn, found):
    """Lower `found` (W, S) to the least states between another's leaving and a car's coming, of both cars.

    Args:
        most: states to look back. least_turn: rad; who comes at less of an angle follows, and does not count.
    """
    num_states, num_worlds, num_slots = x.shape
    for w in prange(num_worlds):
        for t in range(1, num_states):
            for i in range(num_slots):
                if not there[t, w, i]:
                    continue
                for j in range(num_slots):
                    if j == i:
                        continue
                    least = min(most, int(found[w, i]))
                    back = _since(x, y, yaw, length, width, there, w, t, i, j, least, least_turn)
                    if back <= least:
                        found[w, i], found[w, j] = min(found[w, i], back), min(found[w, j], back)
