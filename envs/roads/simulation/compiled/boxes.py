"""Do two cars touch, and how far apart are they? Oriented boxes, exactly; and capsules inside of them, quickly."""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(cache=True, inline="always", error_model="numpy")
def _out_of_reach(dx, dy, sides):
    """Whether boxes whose sides sum up to so much, m, are too far apart to touch."""
    return dx * dx + dy * dy > 0.25 * sides * sides


@njit(cache=True, error_model="numpy")
def overlap(x, y, cosine, sine, length, width, other_x, other_y, other_cosine, other_sine, other_length, other_width):
    """Whether two boxes share a point: no axis of either separates them.

    Two convex bodies are apart if and only if some line separates them; for boxes it is parallel to a side
    (Gottschalk, Lin and Manocha, "OBBTree: a hierarchical structure for rapid interference detection", SIGGRAPH 1996).

    Args:
        x, y: of the centres, m. cosine, sine: of the headings. length, width: m.
    """
    dx, dy = other_x - x, other_y - y
    if _out_of_reach(dx, dy, length + width + other_length + other_width):
        return False
    a, b, c, e = 0.5 * length, 0.5 * width, 0.5 * other_length, 0.5 * other_width
    same = abs(cosine * other_cosine + sine * other_sine)
    cross = abs(cosine * other_sine - sine * other_cosine)
    if abs(dx * cosine + dy * sine) > a + c * same + e * cross:
        return False
    if abs(dy * cosine - dx * sine) > b + c * cross + e * same:
        return False
    if abs(dx * other_cosine + dy * other_sine) > c + a * same + b * cross:
        return False
    return abs(dy * other_cosine - dx * other_sine) <= e + a * cross + b * same


@njit(cache=True, error_model="numpy")
def overlap_by_yaw(x, y, yaw, length, width, other_x, other_y, other_yaw, other_length, other_width):
    """The same of headings in rad, whose cosines are worked out only for boxes near each other."""
    if _out_of_reach(other_x - x, other_y - y, length + width + other_length + other_width):
        return False
    cosine, sine, other_cosine, other_sine = math.cos(yaw), math.sin(yaw), math.cos(other_yaw), math.sin(other_yaw)
    return overlap(
        x, y, cosine, sine, length, width, other_x, other_y, other_cosine, other_sine, other_length, other_width
    )


_HALF, _LEAST, _NOTHING = np.float32(0.5), np.float32(1e-7), np.float32(0.0)
"""Numbers of 4 bytes, of which a processor takes twice as many at a time as of 8."""


@njit(cache=True, inline="always", error_model="numpy")
def _to_segment(x, y, cosine, sine, half):
    """The square of the distance from a place to the segment of `half` either way along (cosine, sine)."""
    t = min(max(x * cosine + y * sine, -half), half)
    ex, ey = x - t * cosine, y - t * sine
    return ex * ex + ey * ey


@njit(cache=True, error_model="numpy")
def clearances(path, other, sizes, apart):
    """Metres between a car in K places and another, each taken as a capsule as long and wide as it is, to `apart` (K,).

    Below 0 they touch. A capsule has round ends: corners stand out of it by 0.2 of the width. All is float32; the loop
    has no branch, so that eight places are taken at a time.

    Args:
        path: (4, K), of each place x, y, cosine and sine. other: (4,), the same of the other.
        sizes: (4,), length and width of the car, length and width of the other.
    """
    half, other_half = _HALF * (sizes[0] - sizes[1]), _HALF * (sizes[2] - sizes[3])
    radii = _HALF * (sizes[1] + sizes[3])
    u, v = other[2], other[3]
    ax, ay = other_half * u, other_half * v
    for k in range(apart.shape[0]):
        cosine, sine = path[2, k], path[3, k]
        dx, dy = other[0] - path[0, k], other[1] - path[1, k]
        bx, by = half * cosine, half * sine
        least = min(
            _to_segment(dx + ax, dy + ay, cosine, sine, half), _to_segment(dx - ax, dy - ay, cosine, sine, half)
        )
        least = min(least, _to_segment(bx - dx, by - dy, u, v, other_half))
        least = min(least, _to_segment(-bx - dx, -by - dy, u, v, other_half))
        cross = cosine * v - sine * u
        mine, its, size = dx * v - dy * u, dx * sine - dy * cosine, abs(cross)
        crossing = (abs(mine) <= half * size) & (abs(its) <= other_half * size) & (size > _LEAST)
        apart[k] = (_NOTHING if crossing else math.sqrt(least)) - radii


def clearance(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """The same of two cars alone, each x, y, cosine, sine, length, width."""
    apart, of_both = np.empty(1, np.float32), np.array([one, other], np.float32)
    clearances(of_both[:1, :4].T.copy(), of_both[1, :4].copy(), of_both[:, 4:].reshape(4).copy(), apart)
    return float(apart[0])
