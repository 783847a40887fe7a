"""Functions that compilers turn into vector instructions: no calls, no branches, the same bits in every lane.

The C library's own are scalar calls; these are polynomials and quotients of polynomials, fitted to less than the error
that matters. `tests/envs/ground/test_elementary.py` holds them against the standard library.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

_RAD_PER_DEG = math.pi / 180.0


@njit(cache=True, inline="always")
def sine_cosine_deg(angle):
    """Sine and cosine of an angle in degrees, to 2e-16 relative; exact at multiples of 90.

    Reduced to -45 .. 45 degrees; there the polynomials of Cephes (sin.c, Moshier 1989).
    """
    quarters = np.floor(angle * (1.0 / 90.0) + 0.5)
    x = (angle - quarters * 90.0) * _RAD_PER_DEG
    z = x * x
    p = 8.33333333332211858878e-3 + z * (
        -1.98412698295895385996e-4
        + z * (2.75573136213857245213e-6 + z * (-2.50507477628578072866e-8 + z * 1.58962301576546568060e-10))
    )
    sine = x + x * z * (-1.66666666666666307295e-1 + z * p)
    q = -1.38888888888730564116e-3 + z * (
        2.48015872888517045348e-5
        + z * (-2.75573141792967388112e-7 + z * (2.08757008419747316778e-9 - z * 1.13585365213876817300e-11))
    )
    cosine = 1.0 - 0.5 * z + z * z * (4.16666666666665929218e-2 + z * q)
    halves = np.floor(quarters * 0.5)
    odd = quarters - 2.0 * halves
    sign = 1.0 - 2.0 * (halves - 2.0 * np.floor(halves * 0.5))
    turned_sine = cosine if odd > 0.5 else sine
    turned_cosine = -sine if odd > 0.5 else cosine
    return sign * turned_sine, sign * turned_cosine


@njit(cache=True, inline="always")
def tanh(x):
    """The hyperbolic tangent to 3e-8 relative, less than float32 resolves: a minimax quotient, 1 from 9 on."""
    x = min(max(x, -9.0), 9.0)
    z = x * x
    p = 0.9999999790663766 + z * (
        0.13379724573599538 + z * (0.003494041414326257 + z * (2.058355587605721e-05 + z * 1.3319109652332503e-08))
    )
    q = 1.0 + z * (
        0.46713039851580607 + z * (0.025871101907457082 + z * (0.00032831023592398283 + z * 7.762048462990731e-07))
    )
    return x * p / q


@njit(cache=True, inline="always")
def angle_deg(sine, cosine):
    """The angle, 0 .. 180 degrees, whose sine (its sign is not looked at) and cosine are given up to a common factor.

    To 1e-12 relative, by a minimax quotient for the arctangent on 0 .. 1; 0 where both are 0.
    """
    sine, along = abs(sine), abs(cosine)
    steep = sine > along
    large = sine if steep else along
    t = (along if steep else sine) / (large if large > 0.0 else 1.0)
    z = t * t
    p = 0.9999999999993597 + z * (
        0.8825916389702574
        + z * (-0.4080618684483033 + z * (-0.4530260272464257 + z * (-0.07662798993552314 - z * 0.001514461434599847)))
    )
    q = 1.0 + z * (
        1.2159249721411665
        + z * (-0.20275353763588802 + z * (-0.6209385020485366 + z * (-0.18046337699458873 - z * 0.01064465363578648)))
    )
    angle = t * p / q / _RAD_PER_DEG
    angle = 90.0 - angle if steep else angle
    return 180.0 - angle if cosine < 0.0 else angle


@njit(cache=True, inline="always")
def power_two_sevenths(x):
    """x ** (2/7) for 1 <= x <= 8, to rounding: four steps of Halley's method for the seventh root, squared."""
    root = 1.0 + (x - 1.0) * (1.0 / 7.0)
    for _ in range(4):
        cube = root * root * root
        seventh = cube * cube * root
        root = root * (6.0 * seventh + 8.0 * x) / (8.0 * seventh + 6.0 * x)
    return root * root
