"""PPO's loss for a Gaussian policy, and its slopes by what the network said."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

POLICY_LOSS, VALUE_LOSS, KL, CLIPPED = 0, 1, 2, 3
"""What is logged of a minibatch: two losses, how far the policy moved (Schulman's k3), and the share of rows cut."""
NUM_STATS = 4


class Flown(NamedTuple):
    """Rows of a rollout.

    Attributes:
        rows: (R,) which ones of those below.
        observations, actions: (all rows, D), (all rows, A) float32.
        known: (R, 3) float32 of each row here: log-probability when it was flown, advantage, return.
    """

    rows: np.ndarray
    observations: np.ndarray
    actions: np.ndarray
    known: np.ndarray


class Weighing(NamedTuple):
    """How losses add up: the clip range, the weight of the value's loss, and that of a row; float32."""

    clip: np.float32
    value: np.float32
    row: np.float32


class Said(NamedTuple):
    """What the network said of R rows, means (R, A), values (R, 1) and log_std (A,); or the loss's slopes by these."""

    mean: np.ndarray
    value: np.ndarray
    log_std: np.ndarray


@njit(cache=True, fastmath=True, error_model="numpy")
def differentiate_losses(said, flown, weighing, slopes, stats):
    """Slopes of the loss by what was said; sums of what is logged are added to stats (NUM_STATS,).

    Schulman et al., "Proximal Policy Optimization Algorithms" (2017), equation 7, for a Gaussian of one log_std.
    """
    mean, log_std, to_mean, to_log_std = said.mean, said.log_std, slopes.mean, slopes.log_std
    clip, share = weighing.clip, weighing.row
    size = mean.shape[1]
    to_log_std[:] = np.float32(0.0)
    precision = np.exp(-log_std)
    constant = np.float32(0.0)
    for a in range(size):
        constant += log_std[a] + np.float32(0.5 * math.log(2.0 * math.pi))
    for r in range(mean.shape[0]):
        log_prob = -constant
        for a in range(size):
            away = (flown.actions[flown.rows[r], a] - mean[r, a]) * precision[a]
            log_prob -= np.float32(0.5) * away * away
        log_ratio, advantage = log_prob - flown.known[r, 0], flown.known[r, 1]
        ratio = np.exp(log_ratio)
        bounded = min(max(ratio, np.float32(1.0) - clip), np.float32(1.0) + clip)
        gain, bounded_gain = advantage * ratio, advantage * bounded
        error = said.value[r, 0] - flown.known[r, 2]
        stats[POLICY_LOSS] -= min(gain, bounded_gain) * share
        stats[VALUE_LOSS] += error * error * share
        stats[KL] += (ratio - np.float32(1.0) - log_ratio) * share
        stats[CLIPPED] += share if abs(ratio - np.float32(1.0)) > clip else np.float32(0.0)
        slopes.value[r, 0] = np.float32(2.0) * weighing.value * error * share
        pull = np.float32(0.0) if bounded_gain < gain else -gain * share
        for a in range(size):
            away = (flown.actions[flown.rows[r], a] - mean[r, a]) * precision[a]
            to_mean[r, a] = pull * away * precision[a]
            to_log_std[a] += pull * (away * away - np.float32(1.0))
