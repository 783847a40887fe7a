"""The velocity nearest to a wanted one that lies in given half-planes and is no faster than allowed.

A half-plane is a row (4,) of a point on its edge and the edge's direction, of length 1; what lies to the left of the
direction is allowed. The incremental method of M. de Berg et al., "Computational Geometry" (2008), chapter 4, with a
circle for the largest speed, as in J. van den Berg, S. Guy, M. Lin and D. Manocha, "Reciprocal n-body collision
avoidance", Robotics Research (2011), section 5, and in the authors' library RVO2 2.0. Any units, the same for all.
"""

from __future__ import annotations

import math

from numba import njit

PARALLEL = 1e-5
"""Directions of which the sine of the angle between them is no more than this are parallel."""


@njit(cache=True, error_model="numpy", inline="always")
def outside(plane, velocity):
    """How far a velocity (2,) lies outside of a half-plane; negative: inside."""
    return plane[2] * (plane[1] - velocity[1]) - plane[3] * (plane[0] - velocity[0])


@njit(cache=True, error_model="numpy")
def _on_edge(planes, i, fastest, east, north, far, velocity):
    """Set `velocity` to the best point of edge i that the half-planes before it allow; False: there is none.

    Best is what is nearest to (east, north), or where `far` is true, furthest in this direction.
    """
    plane = planes[i]
    along = plane[0] * plane[2] + plane[1] * plane[3]
    inside = along * along + fastest * fastest - plane[0] * plane[0] - plane[1] * plane[1]
    if inside < 0.0:
        return False
    low, high = -along - math.sqrt(inside), -along + math.sqrt(inside)
    for j in range(i):
        other = planes[j]
        sine = plane[2] * other[3] - plane[3] * other[2]
        away = other[2] * (plane[1] - other[1]) - other[3] * (plane[0] - other[0])
        if abs(sine) <= PARALLEL:
            if away < 0.0:
                return False
            continue
        if sine > 0.0:
            high = min(high, away / sine)
        else:
            low = max(low, away / sine)
        if low > high:
            return False
    if far:
        best = high if east * plane[2] + north * plane[3] > 0.0 else low
    else:
        best = min(max(plane[2] * (east - plane[0]) + plane[3] * (north - plane[1]), low), high)
    velocity[0], velocity[1] = plane[0] + best * plane[2], plane[1] + best * plane[3]
    return True


@njit(cache=True, error_model="numpy")
def nearest(planes, count, fastest, east, north, far, velocity):
    """Set `velocity` (2,) to the best one in the first `count` half-planes; how many of them it could heed.

    Best is what is nearest to (east, north), or where `far` is true, furthest in this direction (of length 1). Where
    it is fewer than `count`, the next one has no point in common with those before it.
    """
    length = math.sqrt(east * east + north * north)
    scale = fastest if far else (fastest / length if length > fastest else 1.0)
    velocity[0], velocity[1] = east * scale, north * scale
    for i in range(count):
        if outside(planes[i], velocity) > 0.0:
            kept_east, kept_north = velocity[0], velocity[1]
            if not _on_edge(planes, i, fastest, east, north, far, velocity):
                velocity[0], velocity[1] = kept_east, kept_north
                return i
    return count


@njit(cache=True, error_model="numpy")
def _bisect(plane, other, bisector):
    """Set `bisector` (4,) to where both half-planes are as far outside; False: parallel and to the same side."""
    sine = plane[2] * other[3] - plane[3] * other[2]
    if abs(sine) <= PARALLEL:
        if plane[2] * other[2] + plane[3] * other[3] > 0.0:
            return False
        bisector[0], bisector[1] = 0.5 * (plane[0] + other[0]), 0.5 * (plane[1] + other[1])
    else:
        away = other[2] * (plane[1] - other[1]) - other[3] * (plane[0] - other[0])
        bisector[0], bisector[1] = plane[0] + away / sine * plane[2], plane[1] + away / sine * plane[3]
    east, north = other[2] - plane[2], other[3] - plane[3]
    length = math.sqrt(east * east + north * north)
    bisector[2], bisector[3] = east / length, north / length
    return True


@njit(cache=True, error_model="numpy")
def least_outside(planes, count, first, fastest, bisectors, velocity):
    """Bring `velocity` (2,) to where it is least outside of the half-plane that it is furthest outside of.

    Args:
        first: the first half-plane that `nearest` could not heed; `velocity` is as it left it.
        bisectors: (count, 4) of scratch.
    """
    worst = 0.0
    for i in range(first, count):
        if outside(planes[i], velocity) <= worst:
            continue
        found = 0
        for j in range(i):
            if _bisect(planes[i], planes[j], bisectors[found]):
                found += 1
        kept_east, kept_north = velocity[0], velocity[1]
        if nearest(bisectors, found, fastest, -planes[i, 3], planes[i, 2], True, velocity) < found:
            velocity[0], velocity[1] = kept_east, kept_north  # by rounding alone: it lies in all of them
        worst = outside(planes[i], velocity)


@njit(cache=True, error_model="numpy")
def solve(planes, count, fastest, east, north, bisectors, velocity):
    """Set `velocity` (2,) to the one nearest to (east, north) in all half-planes, else to the least outside.

    Args:
        planes: (N, 4), of which the first `count` hold. bisectors: (N, 4) of scratch.
    """
    heeded = nearest(planes, count, fastest, east, north, False, velocity)
    if heeded < count:
        least_outside(planes, count, heeded, fastest, bisectors, velocity)
