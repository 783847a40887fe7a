"""All roads of a batch as arrays that compiled code reads: points one after the other, and records of routes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

X, Y, COSINE, SINE, CURVATURE, LIMIT, LEFT, RIGHT, NARROW_LEFT, NARROW_RIGHT, SOFT, HARD = range(12)
"""Columns of `Table.points`: a route's point each metre, its direction, and how far the edges lie to its sides.

NARROW_LEFT, NARROW_RIGHT: how far they lie at least within NARROW_M either way. SOFT, HARD: the speed (m/s) from which
all bends ahead are reached at BEND_MPS2, or the limit, by braking no harder than SOFT_MPS2, HARD_MPS2.
"""

NUM_COLUMNS = 12
NARROW_M = 8
BEND_MPS2 = 2.0
"""Lateral acceleration at which a bend is driven comfortably."""

SOFT_MPS2, HARD_MPS2 = 1.5, 4.0

LINE = np.dtype(
    [
        ("first", np.int64),  # its first row among the points
        ("count", np.int64),
        ("length", np.float64),
        ("stop", np.float64),  # of the stop line, inf: none
        ("signal", np.int64),  # -1: none
        ("entry", np.int64),  # counted from 0 among the lanes by which cars enter
    ]
)
PAIR = np.dtype([("start", np.float64), ("until", np.float64), ("priority", np.int64)])
LIGHT = np.dtype([("cycle", np.float64), ("green_from", np.float64), ("green_for", np.float64), ("amber", np.float64)])
ROAD = np.dtype([("num_routes", np.int64), ("num_entries", np.int64), ("truck_share", np.float64)])


class Table(NamedTuple):
    """K roads with up to R routes and G signals each.

    points: (N, NUM_COLUMNS) float32, exact to a hundredth of a millimetre: the smaller, the more a cache holds of them.
    lines: (K, R) LINE. pairs: (K, R, R) PAIR: the stretch of route r on which it meets route q. lights: (K, G) LIGHT.
    roads: (K,) ROAD.
    """

    points: np.ndarray
    lines: np.ndarray
    pairs: np.ndarray
    lights: np.ndarray
    roads: np.ndarray


@njit(cache=True, inline="always", error_model="numpy")
def segment(line, s):
    """The row of the point before `s` (m along the route), and which part of a metre lies between."""
    i = min(np.int64(max(s, 0.0)), line.count - 2)
    return line.first + i, s - i


@njit(cache=True, inline="always", error_model="numpy")
def place(points, line, s, d):
    """Where one is that has gone `s` m along a route, `d` m to its left: x, y, and the route's direction there."""
    row, part = segment(line, s)
    turned = min(max(part, 0.0), 1.0)
    cosine = points[row, COSINE] + turned * (points[row + 1, COSINE] - points[row, COSINE])
    sine = points[row, SINE] + turned * (points[row + 1, SINE] - points[row, SINE])
    scale = 1.5 - 0.5 * (cosine * cosine + sine * sine)  # one step of Newton's towards length 1
    cosine, sine = cosine * scale, sine * scale
    x = points[row, X] + part * (points[row + 1, X] - points[row, X]) - d * sine
    y = points[row, Y] + part * (points[row + 1, Y] - points[row, Y]) + d * cosine
    return x, y, cosine, sine


@njit(cache=True, inline="always", error_model="numpy")
def place_roughly(points, line, s, d):
    """The same in float32 by the nearest point alone, straight on from there: within 5 cm in the sharpest bends."""
    i = min(np.int64(max(s, 0.0) + 0.5), line.count - 1)
    row, ahead, aside = line.first + i, np.float32(s - i), np.float32(d)
    cosine, sine = points[row, COSINE], points[row, SINE]
    x = points[row, X] + (ahead * cosine - aside * sine)
    y = points[row, Y] + (ahead * sine + aside * cosine)
    return x, y, cosine, sine


@njit(cache=True, inline="always", error_model="numpy")
def segment_within(line, s):
    """As `segment`, beyond a route's ends at its ends."""
    row, part = segment(line, s)
    return row, min(max(part, 0.0), 1.0)


@njit(cache=True, inline="always", error_model="numpy")
def between(points, row, part, column):
    """A quantity of the route in a part of a metre after a row."""
    return points[row, column] + part * (points[row + 1, column] - points[row, column])


@njit(cache=True, inline="always", error_model="numpy")
def along(points, line, s, column):
    """A quantity of the route at `s`; beyond its ends as at its ends."""
    row, part = segment_within(line, s)
    return between(points, row, part, column)


@njit(cache=True, error_model="numpy")
def project(points, line, x, y, s):
    """How far along a route, and how far to its left, a place lies; `s` is a first guess, within some metres."""
    for _ in range(4):
        px, py, cosine, sine = place(points, line, s, 0.0)
        ahead = (x - px) * cosine + (y - py) * sine
        d = (y - py) * cosine - (x - px) * sine
        s += ahead / max(1.0 - along(points, line, s, CURVATURE) * d, 0.3)
        if abs(ahead) < _NEAR_M:
            break
    return s, d, cosine, sine


_NEAR_M = 2e-3
"""A foot that is so near is the one that was looked for: what was read there differs by less than matters."""
