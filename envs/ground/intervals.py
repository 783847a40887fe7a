"""Intervals of a rate and of a mean, of one policy's episodes: they never carry a comparison of methods.

Quantiles are scipy's, whose special functions are loaded with the first interval; scipy.stats would take seconds.
"""

from __future__ import annotations

import math

import numpy as np


def wilson(successes: int, trials: int, confidence: float) -> tuple[float, float]:
    """The Wilson score interval of a rate (Wilson, JASA 1927; Newcombe, Statistics in Medicine 17, 1998, method 3)."""
    from scipy.special import ndtri

    rate, z = successes / trials, float(ndtri(0.5 + 0.5 * confidence))
    whole = 2 * (trials + z**2)
    center = (2 * trials * rate + z**2) / whole
    delta = z / whole * math.sqrt(4 * trials * rate * (1 - rate) + z**2)
    return 0.0 if successes == 0 else center - delta, 1.0 if successes == trials else center + delta


def mean_interval(values: np.ndarray, confidence: float) -> tuple[float, float]:
    """Student's interval of a mean; the mean itself where there is a single value or no spread."""
    from scipy.special import stdtrit

    mean = float(np.mean(values))
    if len(values) < 2 or np.ptp(values) == 0:
        return mean, mean
    error, shares = np.std(values, ddof=1) / np.sqrt(len(values)), [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = stdtrit(len(values) - 1, shares) * error + mean
    return float(low), float(high)
