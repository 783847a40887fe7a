"""Intervals of a rate and of a mean, of one policy's episodes: they never carry a comparison of methods."""

from __future__ import annotations

import numpy as np
from scipy import stats


def wilson(successes: int, trials: int, confidence: float) -> tuple[float, float]:
    """The Wilson score interval of a rate (Wilson, JASA 1927)."""
    interval = stats.binomtest(successes, trials).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)


def mean_interval(values: np.ndarray, confidence: float) -> tuple[float, float]:
    """Student's interval of a mean; the mean itself where there is a single value or no spread."""
    mean = float(np.mean(values))
    if len(values) < 2 or np.ptp(values) == 0:
        return mean, mean
    low, high = stats.t.interval(confidence, len(values) - 1, loc=mean, scale=stats.sem(values))
    return float(low), float(high)
