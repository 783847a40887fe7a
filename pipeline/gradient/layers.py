"""Stacks of layers, forward and backward, over a block of rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from pipeline.gradient.elements import add, add_and_bend, matrix, sum_rows, unbend

WEIGHT, BIAS, OUT, IN = 0, 1, 2, 3
"""Columns of a table of layers (L, 4): where weights and bias begin in the flat array, and how many go out and in."""


class Architecture(NamedTuple):
    """What the network is made of.

    Attributes:
        first, last, slots: columns of the observation that are neighbours', and how many these are; 0: no pooling.
        pool: (3, 4) layers of the pooling; (0, 4) where the observation is taken as it is.
        actor, critic: (L, 4) layers from features to means and value.
        log_std: where the logarithm of the standard deviation begins in the flat array.
    """

    first: int
    last: int
    slots: int
    pool: np.ndarray
    actor: np.ndarray
    critic: np.ndarray
    log_std: int


@njit(cache=True)
def forward(theta, layers, features, memory, at):
    """Through a stack of layers: tanh after all but the last. Returns what came out (R, OUT), and where memory ends."""
    rows, x = features.shape[0], features
    for n in range(layers.shape[0]):
        y = matrix(memory, at, rows, layers[n, OUT])
        at += y.size
        np.dot(x, matrix(theta, layers[n, WEIGHT], layers[n, OUT], layers[n, IN]).T, y)
        bias = theta[layers[n, BIAS] : layers[n, BIAS] + layers[n, OUT]]
        if n < layers.shape[0] - 1:
            add_and_bend(y, bias)
        else:
            add(y, bias)
        x = y
    return x, at


@njit(cache=True)
def backward(theta, grad, layers, features, memory, begin, at, slope, wanted):
    """Back through a stack whose results lie in memory from `begin` on, with the slope (R, OUT) of what came out.

    Returns the slope of the last `wanted` features (R, wanted), and where memory ends.
    """
    rows = features.shape[0]
    ends = begin
    for n in range(layers.shape[0]):
        ends += rows * layers[n, OUT]
    for n in range(layers.shape[0] - 1, -1, -1):
        size_out, size_in = layers[n, OUT], layers[n, IN]
        ends -= rows * size_out
        x = features if n == 0 else matrix(memory, ends - rows * size_in, rows, size_in)
        np.dot(slope.T, x, matrix(grad, layers[n, WEIGHT], size_out, size_in))
        sum_rows(slope, grad[layers[n, BIAS] : layers[n, BIAS] + size_out])
        weights = matrix(theta, layers[n, WEIGHT], size_out, size_in)
        if n > 0:
            before = matrix(memory, at, rows, size_in)
            at += before.size
            np.dot(slope, weights, before)
            unbend(before, x)
            slope = before
        elif wanted:
            some = matrix(memory, at, size_out, wanted)
            at += some.size
            some[:] = weights[:, size_in - wanted :]
            before = matrix(memory, at, rows, wanted)
            at += before.size
            np.dot(slope, some, before)
            slope = before
    return slope, at
