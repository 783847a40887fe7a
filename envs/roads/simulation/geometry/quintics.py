"""Bends as polynomials of the fifth degree, of which the least sharp one is looked for: compiled loops."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

_NUM_STRETCHES, _LEAST, _MOST = 7, 0.8, 2.0
_NUM_PLACES = 31


@njit(cache=True)
def least_sharp(begin, end, length_m, count):
    """Points (count, 2) of the quintic whose largest curvature is the smallest.

    Args:
        begin, end: (4,), x and y (m), heading (rad), curvature (1/m).
        length_m: about how long it is: it leaves and arrives at 0.8 to 2 times that per unit of its parameter.
    """
    best, least = np.zeros((6, 2)), np.inf
    for i in range(_NUM_STRETCHES):
        for j in range(_NUM_STRETCHES):
            quintic = _quintic(begin, end, length_m * _stretch(i), length_m * _stretch(j))
            sharp = _sharpest(quintic)
            if sharp < least:
                best, least = quintic, sharp
    points = np.empty((count, 2))
    for k in range(count):
        for axis in range(2):
            points[k, axis] = _value(best, k / (count - 1), axis)
    return points


@njit(cache=True)
def _stretch(i):
    return _LEAST + (_MOST - _LEAST) * i / (_NUM_STRETCHES - 1)


@njit(cache=True)
def _quintic(begin, end, leaves, arrives):
    """Coefficients (6, 2) over 0 to 1 of the one that leaves and arrives so fast."""
    found = np.empty((6, 2))
    for axis in range(2):
        v0, a0 = _motion(begin, leaves, axis)
        v1, a1 = _motion(end, arrives, axis)
        way = end[axis] - begin[axis]
        found[0, axis], found[1, axis], found[2, axis] = begin[axis], v0, 0.5 * a0
        found[3, axis] = 10.0 * way - 6.0 * v0 - 4.0 * v1 - 1.5 * a0 + 0.5 * a1
        found[4, axis] = -15.0 * way + 8.0 * v0 + 7.0 * v1 + 1.5 * a0 - a1
        found[5, axis] = 6.0 * way - 3.0 * v0 - 3.0 * v1 - 0.5 * a0 + 0.5 * a1
    return found


@njit(cache=True)
def _motion(place, speed, axis):
    """First and second derivative on an axis, of one that moves at a speed with a place's heading and curvature."""
    cosine, sine = math.cos(place[2]), math.sin(place[2])
    bent = place[3] * speed * speed
    return (speed * cosine, -bent * sine) if axis == 0 else (speed * sine, bent * cosine)


@njit(cache=True)
def _value(c, t, axis):
    return c[0, axis] + t * (c[1, axis] + t * (c[2, axis] + t * (c[3, axis] + t * (c[4, axis] + t * c[5, axis]))))


@njit(cache=True)
def _sharpest(c):
    """The largest curvature."""
    most = 0.0
    for k in range(_NUM_PLACES):
        t = k / (_NUM_PLACES - 1)
        v, a = np.zeros(2), np.zeros(2)
        for axis in range(2):
            v[axis] = c[1, axis] + t * (
                2.0 * c[2, axis] + t * (3.0 * c[3, axis] + t * (4.0 * c[4, axis] + t * 5.0 * c[5, axis]))
            )
            a[axis] = 2.0 * c[2, axis] + t * (6.0 * c[3, axis] + t * (12.0 * c[4, axis] + t * 20.0 * c[5, axis]))
        speed = max(math.hypot(v[0], v[1]), 1e-6)
        most = max(most, abs(v[0] * a[1] - v[1] * a[0]) / speed**3)
    return most
