"""Where two routes are so near that their cars can touch, and how far it is to the road's edges: compiled loops."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

FARTHEST_EDGE_M = 12.0
"""Nobody looks for an edge farther aside: in the middle of a junction there may be none."""


@njit(cache=True)
def stretches(point_m, length_m, touch_m):
    """From where until where on each route another is within `touch_m`: two arrays (R, R), infinite where it never is.

    Args:
        point_m: (R, P, 2), a point each metre. length_m: (R,).
    """
    count = point_m.shape[0]
    first, last = np.full((count, count), np.inf), np.full((count, count), np.inf)
    for r in range(count):
        for q in range(count):
            if r == q:
                first[r, q], last[r, q] = 0.0, length_m[r]
                continue
            for k in range(int(length_m[r]) + 1):
                if _distance_squared(point_m[r, k], point_m[q], int(length_m[q]), touch_m) < touch_m * touch_m:
                    first[r, q] = min(first[r, q], float(k))
                    last[r, q] = float(k)
    return first, last


@njit(cache=True)
def _distance_squared(place, points, last, wanted_m):
    """The square of the distance of a place from a line with a point each metre; too large where it is not wanted."""
    least, k = np.inf, 0
    while k < last:
        east, north = place[0] - points[k, 0], place[1] - points[k, 1]
        distance = math.sqrt(east * east + north * north)
        if distance < wanted_m + 1.0:
            least = min(least, _from_segment(place, points[k], points[k + 1]))
            k += 1
        else:  # no point before that can be near enough
            k += max(1, int(distance - wanted_m - 1.0))
    return least


@njit(cache=True)
def _from_segment(place, begin, end):
    """The square of the distance of a place from a segment."""
    east, north = end[0] - begin[0], end[1] - begin[1]
    to_east, to_north = place[0] - begin[0], place[1] - begin[1]
    share = (to_east * east + to_north * north) / max(east * east + north * north, 1e-12)
    share = min(max(share, 0.0), 1.0)
    return (to_east - share * east) ** 2 + (to_north - share * north) ** 2


@njit(cache=True)
def edge_distances(point_m, heading_rad, length_m, edges_m, starts):
    """How far it is to the left and to the right of each place until the road's edge: two arrays (R, P).

    Args:
        point_m: (R, P, 2). heading_rad: (R, P). length_m: (R,). edges_m: (M, 2), points of the edges, at most a metre
            apart, edge after edge. starts: (E + 1,), where each edge begins, and M.
    """
    left, right = np.zeros(heading_rad.shape), np.zeros(heading_rad.shape)
    for r in range(point_m.shape[0]):
        for k in range(point_m.shape[1]):
            if k > length_m[r]:
                left[r, k], right[r, k] = left[r, k - 1], right[r, k - 1]
                continue
            left[r, k], right[r, k] = _until_edges(point_m[r, k], heading_rad[r, k], edges_m, starts)
    return left, right


@njit(cache=True)
def _until_edges(place, heading, edges_m, starts):
    """The distances to the left and to the right until the first edge; at most FARTHEST_EDGE_M."""
    left, right = FARTHEST_EDGE_M, FARTHEST_EDGE_M
    aside_x, aside_y = -math.sin(heading), math.cos(heading)
    for e in range(starts.shape[0] - 1):
        m = starts[e]
        while m < starts[e + 1] - 1:
            begin_x, begin_y = edges_m[m, 0] - place[0], edges_m[m, 1] - place[1]
            apart = math.hypot(begin_x, begin_y)
            if apart > FARTHEST_EDGE_M + 1.0:  # no segment before that can be near enough
                m += max(1, int(apart - FARTHEST_EDGE_M - 1.0))
                continue
            distance = _crossed(begin_x, begin_y, edges_m[m + 1] - place, aside_x, aside_y)
            if distance >= 0.0:
                left = min(left, distance)
            else:
                right = min(right, -distance)
            m += 1
    return left, right


@njit(cache=True)
def _crossed(begin_x, begin_y, end, aside_x, aside_y):
    """How far along a direction, backwards below 0, a segment is crossed; beyond all where it is not."""
    way_x, way_y = end[0] - begin_x, end[1] - begin_y
    cross = aside_x * way_y - aside_y * way_x
    if abs(cross) < 1e-12:
        return np.inf
    share = (begin_x * aside_y - begin_y * aside_x) / cross
    if share < -1e-9 or share > 1.0 + 1e-9:
        return np.inf
    return (begin_x * way_y - begin_y * way_x) / cross
