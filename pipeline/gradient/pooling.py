"""Features of a row, forward and backward: its own numbers, and the largest of what a small network sees in neighbours.

The same as pipeline/policies/neighbours.py's NeighbourPooling; where there are no slots, features are the
observation itself.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from pipeline.gradient.elements import add, add_and_bend, matrix, sum_rows, tanh, unbend
from pipeline.gradient.layers import BIAS, OUT, WEIGHT

OWN, OTHER, BOTH = 0, 1, 2
"""Rows of the pooling's table of layers."""


class Seen(NamedTuple):
    """What the pooling made of R rows.

    Attributes:
        features: (R, F) own numbers and what was pooled.
        own: (R, own numbers).
        others: (R * slots, numbers of a neighbour).
        met, bent: (R * slots, W) the two layers over neighbours.
    """

    features: np.ndarray
    own: np.ndarray
    others: np.ndarray
    met: np.ndarray
    bent: np.ndarray


@njit(cache=True, fastmath=True, error_model="numpy")
def _look(rows, obs, net, own, features, others):
    """Gather the rows of obs: own numbers to `own` and `features`, those of neighbours to `others`."""
    first, last, slots, num_own = net.first, net.last, net.slots, own.shape[1]
    for r in range(rows.shape[0]):
        seen, mine, wide = obs[rows[r]], own[r], features[r]
        for c in range(first):
            mine[c] = wide[c] = seen[c]
        for c in range(first, num_own):
            mine[c] = wide[c] = seen[c + last - first]
        if slots:
            flat = others[r * slots : (r + 1) * slots].reshape(-1)
            for c in range(last - first):
                flat[c] = seen[first + c]


@njit(cache=True, fastmath=True, error_model="numpy")
def _meet(mine, theirs, slots):
    """theirs (R * slots, W) becomes tanh(theirs + mine), `mine` (R, W) the same for all slots of a row."""
    for r in range(mine.shape[0]):
        row = mine[r]
        for k in range(slots):
            other = theirs[r * slots + k]
            for c in range(row.shape[0]):
                other[c] = tanh(other[c] + row[c])


@njit(cache=True, fastmath=True, error_model="numpy")
def _largest(bent, slots, features):
    """The largest over slots of bent (R * slots, W), into the last W of features."""
    width = bent.shape[1]
    for r in range(features.shape[0]):
        pooled = features[r, features.shape[1] - width :]
        pooled[:] = bent[r * slots]
        for k in range(1, slots):
            other = bent[r * slots + k]
            for c in range(width):
                pooled[c] = max(pooled[c], other[c])


@njit(cache=True, fastmath=True, error_model="numpy")
def _share(actor_slope, critic_slope, features, bent, slots, slope):
    """The slope (R * slots, W) before the tanh whose largest was taken; equal largest ones share it."""
    width = bent.shape[1]
    count = np.empty(width, np.float32)
    for r in range(features.shape[0]):
        pooled, one, other = features[r, features.shape[1] - width :], actor_slope[r], critic_slope[r]
        count[:] = np.float32(0.0)
        for k in range(slots):
            row = bent[r * slots + k]
            for c in range(width):
                count[c] += np.float32(1.0) if row[c] == pooled[c] else np.float32(0.0)
        for c in range(width):
            count[c] = (one[c] + other[c]) * (np.float32(1.0) - pooled[c] * pooled[c]) / count[c]
        for k in range(slots):
            row, out = bent[r * slots + k], slope[r * slots + k]
            for c in range(width):
                out[c] = count[c] if row[c] == pooled[c] else np.float32(0.0)


@njit(cache=True, fastmath=True, error_model="numpy")
def _unmeet(slope, slots, out):
    """out (R, W) becomes the sum over slots of slope (R * slots, W)."""
    for r in range(out.shape[0]):
        row = out[r]
        row[:] = slope[r * slots]
        for k in range(1, slots):
            other = slope[r * slots + k]
            for c in range(row.shape[0]):
                row[c] += other[c]


@njit(cache=True)
def features_of(theta, net, rows, obs, memory):
    """What is Seen in these rows of obs, and where memory ends."""
    first, last, slots, pool = net.first, net.last, net.slots, net.pool
    count, num_own = rows.shape[0], obs.shape[1] - (last - first)
    width = pool[OWN, OUT] if slots else 0
    own = matrix(memory, 0, count, num_own)
    at = own.size
    features = matrix(memory, at, count, num_own + width)
    at += features.size
    others = matrix(memory, at, count * slots, (last - first) // max(slots, 1))
    at += others.size
    _look(rows, obs, net, own, features, others)
    met = matrix(memory, at, count * slots, width)
    at += met.size
    bent = matrix(memory, at, count * slots, width)
    at += bent.size
    mine = matrix(memory, at, count if slots else 0, width)
    at += mine.size
    if slots:
        np.dot(own, matrix(theta, pool[OWN, WEIGHT], width, num_own).T, mine)
        add(mine, theta[pool[OWN, BIAS] : pool[OWN, BIAS] + width])
        np.dot(others, matrix(theta, pool[OTHER, WEIGHT], width, others.shape[1]).T, met)
        _meet(mine, met, slots)
        np.dot(met, matrix(theta, pool[BOTH, WEIGHT], width, width).T, bent)
        add_and_bend(bent, theta[pool[BOTH, BIAS] : pool[BOTH, BIAS] + width])
        _largest(bent, slots, features)
    return Seen(features, own, others, met, bent), at


@njit(cache=True)
def back_to_weights(theta, grad, net, seen, slopes, memory, at):
    """Gradients of the pooling, with the slopes of its features that both stacks gave."""
    slots, pool = net.slots, net.pool
    own, others, met, bent = seen.own, seen.others, seen.met, seen.bent
    width = bent.shape[1]
    slope = matrix(memory, at, bent.shape[0], width)
    at += slope.size
    _share(slopes[0], slopes[1], seen.features, bent, slots, slope)
    np.dot(slope.T, met, matrix(grad, pool[BOTH, WEIGHT], width, width))
    sum_rows(slope, grad[pool[BOTH, BIAS] : pool[BOTH, BIAS] + width])
    before = matrix(memory, at, met.shape[0], width)
    at += before.size
    np.dot(slope, matrix(theta, pool[BOTH, WEIGHT], width, width), before)
    unbend(before, met)
    np.dot(before.T, others, matrix(grad, pool[OTHER, WEIGHT], width, others.shape[1]))
    mine = matrix(memory, at, own.shape[0], width)
    _unmeet(before, slots, mine)
    np.dot(mine.T, own, matrix(grad, pool[OWN, WEIGHT], width, own.shape[1]))
    sum_rows(mine, grad[pool[OWN, BIAS] : pool[OWN, BIAS] + width])
