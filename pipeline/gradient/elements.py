"""What the compiled network is made of: hyperbolic tangents of whole arrays, layers, and their gradients."""

from __future__ import annotations

import numpy as np
from numba import njit

_FLAT = np.float32(9.0)
"""Beyond it the hyperbolic tangent is 1 in single precision."""


@njit(cache=True, fastmath=True, error_model="numpy", inline="always")
def tanh(x):
    """The hyperbolic tangent of a float32, within 4e-7 of itself: a rational function fitted to it between -9 and 9.

    (Least squares of relative errors, weights grown where these were largest; the largest left is 1.3e-9.)
    """
    x = min(max(x, -_FLAT), _FLAT)
    u = x * x
    top = np.float32(-1.22496376273e-11)
    top = top * u + np.float32(3.06475957195e-8)
    top = top * u + np.float32(2.80335908991e-5)
    top = top * u + np.float32(3.86962622448e-3)
    top = top * u + np.float32(1.36809522177e-1)
    top = top * u + np.float32(9.99999998792e-1)
    below = np.float32(1.28918883118e-6)
    below = below * u + np.float32(3.94091805559e-4)
    below = below * u + np.float32(2.7250593898e-2)
    below = below * u + np.float32(4.70142843393e-1)
    below = below * u + np.float32(1.0)
    return x * top / below


@njit(cache=True)
def matrix(memory, at, rows, columns):
    """(rows, columns) of flat `memory`, from `at` on."""
    return memory[at : at + rows * columns].reshape((rows, columns))


@njit(cache=True, fastmath=True, error_model="numpy")
def add_and_bend(x, bias):
    """x (R, C) becomes tanh(x + bias)."""
    for r in range(x.shape[0]):
        row = x[r]
        for c in range(bias.shape[0]):
            row[c] = tanh(row[c] + bias[c])


@njit(cache=True, fastmath=True, error_model="numpy")
def add(x, bias):
    """x (R, C) becomes x + bias."""
    for r in range(x.shape[0]):
        row = x[r]
        for c in range(bias.shape[0]):
            row[c] += bias[c]


@njit(cache=True, fastmath=True, error_model="numpy")
def unbend(slope, bent):
    """The slope after a hyperbolic tangent, whose values are `bent`, becomes that before it; both (R, C)."""
    a, b = slope.reshape(-1), bent.reshape(-1)
    for n in range(a.shape[0]):
        a[n] *= np.float32(1.0) - b[n] * b[n]


@njit(cache=True, fastmath=True, error_model="numpy")
def sum_rows(x, out):
    """out (C,) becomes the sum of the rows of x (R, C)."""
    out[:] = np.float32(0.0)
    for r in range(x.shape[0]):
        row = x[r]
        for c in range(out.shape[0]):
            out[c] += row[c]
