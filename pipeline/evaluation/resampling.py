"""The percentile bootstrap (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13).

From the same generator it draws what scipy.stats.bootstrap draws, and gives the same intervals to the last bit; but
scipy.stats takes seconds to load. `tests/pipeline/evaluation/test_resampling.py` holds it against that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Statistic = Callable[..., Any]
"""From samples, each (.., R), to (..): over the last axis, which it is told as `axis`."""

_MOST_DRAWN_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class Bootstrap:
    """How intervals are made: coverage, number of resamples, and the generator they are drawn from."""

    confidence: float
    num_resamples: int
    rng: np.random.Generator


def percentile_interval(
    samples: tuple[np.ndarray, ...], statistic: Statistic, bootstrap: Bootstrap, *, paired: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Low and high end of what the statistic comes to in resamples; NaN where it is NaN in one.

    Args:
        samples: each (R,), of two values or more.
        paired: resample all at the same places; otherwise each by itself.
    """
    at_once = max(1, _MOST_DRAWN_AT_ONCE // sum(len(sample) for sample in samples))
    found = []
    for first in range(0, bootstrap.num_resamples, at_once):
        count = min(at_once, bootstrap.num_resamples - first)
        found.append(statistic(*_resamples(samples, count, bootstrap.rng, paired), axis=-1))
    tail = (1 - bootstrap.confidence) / 2
    ends = _quantiles(np.concatenate(found, axis=-1), np.array([tail, 1 - tail]))
    return ends[..., 0], ends[..., 1]


def _resamples(
    samples: tuple[np.ndarray, ...], count: int, rng: np.random.Generator, paired: bool
) -> tuple[np.ndarray, ...]:
    """So many resamples (count, R) of each sample (R,)."""
    if paired:
        places = rng.integers(0, len(samples[0]), (count, len(samples[0])))
        return tuple(sample[places] for sample in samples)
    return tuple(sample[rng.integers(0, len(sample), (count, len(sample)))] for sample in samples)


def _quantiles(values: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Quantiles (.., Q) of values (.., B), straight between two neighbours (Hyndman and Fan, 1996, type 7)."""
    ordered, count = np.sort(values, axis=-1), values.shape[-1]
    place = shares * count + (1 - shares) - 1
    below = np.clip(np.floor(place).astype(np.int64), 0, count - 1)
    part, above = place - np.floor(place), np.minimum(below + 1, count - 1)
    between = (1 - part) * ordered[..., below] + part * ordered[..., above]
    return np.where(np.isnan(values).any(axis=-1, keepdims=True), np.nan, between)
