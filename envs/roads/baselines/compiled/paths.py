"""Places on a route: a point every metre, and the distance to its left."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

_CIRCLE = 2.0 * math.pi


@njit(cache=True, error_model="numpy")
def place(points, headings, length_m, s_m, d_m):
    """Where one is at s along a route and d to its left: x, y, and the route's heading there.

    Args:
        points: (P, 2) m. headings: (P,) rad. length_m: of the route; before and beyond it goes on straight.
    """
    k = int(min(max(s_m, 0.0), length_m))
    ahead, heading = s_m - k, headings[k]
    if s_m >= 0.0 and k + 1 <= length_m:
        turn = headings[k + 1] - headings[k]
        heading += ahead * (turn - _CIRCLE * math.floor(turn / _CIRCLE + 0.5))
        x = points[k, 0] + ahead * (points[k + 1, 0] - points[k, 0])
        y = points[k, 1] + ahead * (points[k + 1, 1] - points[k, 1])
    else:
        x, y = points[k, 0] + ahead * math.cos(heading), points[k, 1] + ahead * math.sin(heading)
    return x - d_m * math.sin(heading), y + d_m * math.cos(heading), heading


@njit(cache=True, error_model="numpy")
def project(points, headings, x, y, first_m, until_m):
    """Where (x, y) lies on the part of a route between two of its metres: s, d, and the route's heading there.

    The nearest point, and from there straight along its heading; so s may lie a little outside of the part.
    """
    best, least = 0, np.inf
    for k in range(int(max(first_m, 0.0)), min(int(until_m) + 1, points.shape[0])):
        squared = (points[k, 0] - x) ** 2 + (points[k, 1] - y) ** 2
        if squared < least:
            best, least = k, squared
    cosine, sine = math.cos(headings[best]), math.sin(headings[best])
    east, north = x - points[best, 0], y - points[best, 1]
    return best + east * cosine + north * sine, north * cosine - east * sine, headings[best]


@njit(cache=True, error_model="numpy")
def allowed_mps(length_m, limit_mps, curvature_per_m, lateral_mps2, braking_mps2):
    """The speeds (N, R, P) at which each metre of each route may be driven: within limits, round bends, and so that
    braking brings one to what lies ahead.

    Args:
        length_m: (N, R). limit_mps, curvature_per_m: (N, R, P). lateral_mps2, braking_mps2: at most so much.
    """
    found = np.zeros(limit_mps.shape)
    for n, r in np.ndindex(length_m.shape):
        ahead = np.inf
        for k in range(min(int(length_m[n, r]), limit_mps.shape[2] - 1), -1, -1):
            bend = math.sqrt(lateral_mps2 / max(abs(curvature_per_m[n, r, k]), 1e-9))
            ahead = min(limit_mps[n, r, k], bend, math.sqrt(ahead * ahead + 2.0 * braking_mps2))
            found[n, r, k] = ahead
    return found


@njit(cache=True, error_model="numpy")
def joins(net):
    """Where on route q the stretch begins that route r shares with it, (N, R, R) m; NaN: they do not join.

    Routes join that come somewhere within 1 m of each other and 20 degrees: one merges into the other's lane, and they
    follow each other from there on; others that meet cross. Around a ring each may merge before the other, so where it
    begins on one is not where it begins on the other.
    """
    meets, found = net.meets_from_m, np.full(net.meets_from_m.shape, np.nan)
    for n, r, q in np.ndindex(meets.shape):
        if np.isfinite(meets[n, r, q]) and _run_together(net, n, r, q):
            x, y, _ = place(net.point_m[n, r], net.heading_rad[n, r], net.length_m[n, r], meets[n, r, q], 0.0)
            first, until = meets[n, q, r], min(net.meets_until_m[n, q, r], net.length_m[n, q])
            found[n, r, q] = project(net.point_m[n, q], net.heading_rad[n, q], x, y, first, until)[0]
    return found


@njit(cache=True, error_model="numpy")
def _run_together(net, n, r, q):
    """Whether route r has a point from which route q is nearer than 1 m, in its direction, within the shared part."""
    points, headings = net.point_m[n], net.heading_rad[n]
    first, until = net.meets_from_m[n, r, q], min(net.meets_until_m[n, r, q], net.length_m[n, r])
    for k in range(int(first), min(int(until) + 1, points.shape[1])):
        for other in range(
            int(net.meets_from_m[n, q, r]), min(int(net.meets_until_m[n, q, r]), int(net.length_m[n, q])) + 1
        ):
            east, north = points[r, k, 0] - points[q, other, 0], points[r, k, 1] - points[q, other, 1]
            if east * east + north * north < 1.0 and math.cos(headings[r, k] - headings[q, other]) > 0.94:
                return True
    return False
