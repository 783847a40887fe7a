"""PPO's loss for a Gaussian policy, and its slopes by what the network said."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

POLICY_LOSS, VALUE_LOSS, KL, CLIPPED = 0, 1, 2, 3
"""What is logged of a minibatch: two losses, how far the policy moved (Schulman's k3), and the share of rows cut."""
NUM_STATS = 4


@njit(cache=True, fastmath=True, error_model="numpy")
def differentiate_losses(
    mean, value, log_std, rows, taken, sampled, clip, value_weight, count, to_mean, to_value, to_log_std, stats
):
    """Slopes of the loss by means, values and log_std; sums of what is logged.

    Schulman et al., "Proximal Policy Optimization Algorithms" (2017), equation 7, for a Gaussian of one log_std.

    Args:
        taken: (all rows, A) actions.
        sampled: (R, 3) of each row here: log-probability when it was flown, advantage, return.
    """
    size = mean.shape[1]
    share = np.float32(1.0) / np.float32(count)
    to_log_std[:] = np.float32(0.0)
    precision = np.exp(-log_std)
    constant = np.float32(0.0)
    for a in range(size):
        constant += log_std[a] + np.float32(0.5 * math.log(2.0 * math.pi))
    for r in range(mean.shape[0]):
        log_prob = -constant
        for a in range(size):
            away = (taken[rows[r], a] - mean[r, a]) * precision[a]
            log_prob -= np.float32(0.5) * away * away
        log_ratio, advantage = log_prob - sampled[r, 0], sampled[r, 1]
        ratio = np.exp(log_ratio)
        bounded = min(max(ratio, np.float32(1.0) - clip), np.float32(1.0) + clip)
        gain, bounded_gain = advantage * ratio, advantage * bounded
        error = value[r, 0] - sampled[r, 2]
        stats[POLICY_LOSS] -= min(gain, bounded_gain) * share
        stats[VALUE_LOSS] += error * error * share
        stats[KL] += (ratio - np.float32(1.0) - log_ratio) * share
        stats[CLIPPED] += share if abs(ratio - np.float32(1.0)) > clip else np.float32(0.0)
        to_value[r, 0] = np.float32(2.0) * value_weight * error * share
        pull = np.float32(0.0) if bounded_gain < gain else -gain * share
        for a in range(size):
            away = (taken[rows[r], a] - mean[r, a]) * precision[a]
            to_mean[r, a] = pull * away * precision[a]
            to_log_std[a] += pull * (away * away - np.float32(1.0))
