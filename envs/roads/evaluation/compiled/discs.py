"""From when on do two bodies touch, if both go straight on?"""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy")
def first_touch(east, north, east_mps, north_mps, reach_m, horizon_s):
    """From when to when two discs touch that go straight on, s; inf, inf: not within the horizon."""
    squared = east_mps * east_mps + north_mps * north_mps
    apart = east * east + north * north - reach_m * reach_m
    if squared < 1e-12:
        return (0.0, horizon_s) if apart <= 0.0 else (np.inf, np.inf)
    middle = -(east * east_mps + north * north_mps) / squared
    half2 = middle * middle - apart / squared
    if half2 < 0.0:
        return np.inf, np.inf
    half = math.sqrt(half2)
    if middle + half < 0.0 or middle - half > horizon_s:
        return np.inf, np.inf
    return max(0.0, middle - half), min(horizon_s, middle + half)
