"""Do two oriented boxes overlap, now, and from when on if both go straight on?"""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy")
def overlap(x, y, yaw, length, width, other_x, other_y, other_yaw, other_length, other_width):
    """Whether two boxes share a point, by the four directions of their sides.

    Gottschalk, Lin and Manocha, "OBBTree: a hierarchical structure for rapid interference detection", SIGGRAPH 1996.
    """
    east, north = other_x - x, other_y - y
    cosine, sine = math.cos(yaw), math.sin(yaw)
    other_cosine, other_sine = math.cos(other_yaw), math.sin(other_yaw)
    along, across = abs(cosine * other_cosine + sine * other_sine), abs(cosine * other_sine - sine * other_cosine)
    if abs(east * cosine + north * sine) > 0.5 * (length + other_length * along + other_width * across):
        return False
    if abs(north * cosine - east * sine) > 0.5 * (width + other_length * across + other_width * along):
        return False
    if abs(east * other_cosine + north * other_sine) > 0.5 * (other_length + length * along + width * across):
        return False
    return abs(north * other_cosine - east * other_sine) <= 0.5 * (other_width + length * across + width * along)


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
