"""How far a car gets that nobody hinders: within limits, round bends, braking in time for both."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

ACCELERATION_MPS2, BRAKING_MPS2, LATERAL_MPS2 = 2.0, 2.0, 2.0
"""Those of V-Max's IDM and of its bound of comfort."""
_TICK_S, _LONGEST_TICKS = 0.1, 100_000


@njit(cache=True, error_model="numpy")
def permitted_mps(length_m, limit_mps, curvature_per_m):
    """The speeds (N, R, P) at which each metre of each route may be driven by who brakes and turns comfortably."""
    found = np.zeros(limit_mps.shape)
    for n, r in np.ndindex(length_m.shape):
        ahead = np.inf
        for k in range(min(int(length_m[n, r]), limit_mps.shape[2] - 1), -1, -1):
            bend = math.sqrt(LATERAL_MPS2 / max(abs(curvature_per_m[n, r, k]), 1e-9))
            ahead = min(limit_mps[n, r, k], bend, math.sqrt(ahead * ahead + 2.0 * BRAKING_MPS2))
            found[n, r, k] = ahead
    return found


@njit(cache=True, error_model="numpy")
def _tick(permitted, last, s_m, speed):
    """Place and speed a tick later."""
    limit = permitted[int(min(max(s_m, 0.0), last))]
    faster = max(min(speed + ACCELERATION_MPS2 * _TICK_S, limit), speed - 2.0 * BRAKING_MPS2 * _TICK_S)
    return s_m + 0.5 * (speed + faster) * _TICK_S, faster


@njit(cache=True, error_model="numpy")
def free_drive(permitted, length_m, s_m, speed, step_s, places):
    """Fill `places` (T,): where along its route a car is that begins at s with a speed, step by step, alone.

    Args:
        permitted: (P,) as `permitted_mps` has them. Beyond its end the last one holds.

    Returns:
        Seconds until the end of its route; within a tick at even speed.
    """
    ticks, last, through_s, k = max(1, round(step_s / _TICK_S)), min(int(length_m), len(permitted) - 1), -1.0, 0
    while through_s < 0.0 or k < ticks * len(places):
        if k % ticks == 0 and k // ticks < len(places):
            places[k // ticks] = s_m
        moved, speed = _tick(permitted, last, s_m, speed)
        if through_s < 0.0 and (moved >= length_m or k > _LONGEST_TICKS):
            through_s = _TICK_S * (k + max(length_m - s_m, 0.0) / max(moved - s_m, 1e-9))
        s_m, k = moved, k + 1
    return through_s


@njit(cache=True, error_model="numpy")
def free_drives(permitted, length_m, road, route, s_m, speed, first, step_s, found, alone_s):
    """Write where each car would be, alone since it came in state `first` (W, S), and how long to the end of its route.

    Args:
        s_m, speed: (T + 1, W, S) as they were. found: (T + 1, W, S). alone_s: (W, S).
    """
    for w, i in np.ndindex(route.shape):
        n, r, begin = road[w], route[w, i], first[w, i]
        places = found[begin:, w, i].copy()
        start = (s_m[begin, w, i], speed[begin, w, i])
        alone_s[w, i] = free_drive(permitted[n, r], length_m[n, r], start[0], start[1], step_s, places)
        found[begin:, w, i] = places
