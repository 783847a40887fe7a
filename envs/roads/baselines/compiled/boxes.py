"""Do two oriented boxes overlap? By the four directions of their sides."""

from __future__ import annotations

import math

from numba import njit


@njit(cache=True, error_model="numpy")
def overlap(x, y, yaw, length, width, other_x, other_y, other_yaw, other_length, other_width):
    """Whether two boxes share a point.

    Two convex bodies are apart if and only if some line separates them; for boxes it is parallel to a side
    (Gottschalk, Lin and Manocha, "OBBTree: a hierarchical structure for rapid interference detection", SIGGRAPH 1996).

    Args:
        x, y: of the centres, m. yaw: rad. length, width: m.
    """
    east, north = other_x - x, other_y - y
    reach = 0.5 * (length + width + other_length + other_width)
    if east * east + north * north > reach * reach:
        return False
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
