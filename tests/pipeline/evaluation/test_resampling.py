"""The bootstrap beside scipy's: the same draws, the same intervals, to the last bit."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from scipy import stats

from pipeline.evaluation.resampling import Bootstrap, percentile_interval


def difference_of_means(one: np.ndarray, other: np.ndarray, axis: int) -> Any:
    return one.mean(axis) - other.mean(axis)


def mean_and_spread(values: np.ndarray, axis: int) -> Any:
    """Two figures at once, (2, B) of (B, R)."""
    return np.stack([values.mean(axis), values.std(axis)])


def ratio_of_signs(values: np.ndarray, axis: int) -> Any:
    """NaN in resamples without a negative value."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((values < 0).any(axis), (values > 0).sum(axis) / (values < 0).sum(axis), np.nan)


def samples(*sizes: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(len(sizes))
    return tuple(rng.normal(size=size) for size in sizes)


CASES: dict[str, tuple[tuple[np.ndarray, ...], Any, bool]] = {
    "one sample": (samples(7), lambda values, axis: values.mean(axis), False),
    "several figures": (samples(5), mean_and_spread, False),
    "two samples by themselves": (samples(6, 9), difference_of_means, False),
    "pairs": (samples(8, 8), difference_of_means, True),
    "more than are drawn at once": (samples(900), lambda values, axis: values.mean(axis), False),
    "a figure that is not always there": (samples(4), ratio_of_signs, False),
}


@pytest.mark.parametrize(("given", "statistic", "paired"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_intervals_are_those_of_scipy(
    given: tuple[np.ndarray, ...], statistic: Any, paired: bool, confidence: float
) -> None:
    low, high = percentile_interval(
        given, statistic, Bootstrap(confidence, 3000, np.random.default_rng(1)), paired=paired
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        theirs = stats.bootstrap(
            given,
            statistic,
            n_resamples=3000,
            confidence_level=confidence,
            method="percentile",
            vectorized=True,
            paired=paired,
            rng=np.random.default_rng(1),
            batch=2_000_000 // sum(map(len, given)),
        ).confidence_interval
    assert np.array_equal([low, high], [theirs.low, theirs.high], equal_nan=True)


def test_the_next_interval_goes_on_with_the_generator() -> None:
    bootstrap = Bootstrap(0.95, 200, np.random.default_rng(0))
    first, second = (percentile_interval(samples(9), mean_and_spread, bootstrap, paired=False) for _ in range(2))
    assert not np.array_equal(first, second)
