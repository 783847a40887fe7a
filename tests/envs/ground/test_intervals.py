"""Intervals of a rate and of a mean, against published numbers and numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from envs.ground.intervals import mean_interval, wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),  # Newcombe, Statistics in Medicine 17 (1998) 857, table I, method 3
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval_is_the_published_one(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson(successes, trials, 0.95) == pytest.approx((low, high), abs=5e-5)


def test_more_confidence_makes_a_wider_interval() -> None:
    (low, high), (lower, higher) = wilson(5, 20, 0.95), wilson(5, 20, 0.99)
    assert lower < low < 0.25 < high < higher


def test_the_mean_has_students_interval() -> None:
    """Three values 1, 2, 3: mean 2, standard error 1 / sqrt(3), t(0.975; 2) = 4.30265."""
    half = 4.30265 / np.sqrt(3)
    assert mean_interval(np.array([1.0, 2.0, 3.0]), 0.95) == pytest.approx((2 - half, 2 + half), abs=1e-4)


@pytest.mark.parametrize("values", [[7.0], [7.0, 7.0, 7.0]])
def test_a_mean_without_spread_is_its_own_interval(values: list[float]) -> None:
    assert mean_interval(np.array(values), 0.95) == (7.0, 7.0)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize(("successes", "trials"), [(0, 7), (3, 7), (7, 7), (1, 1), (250, 1000)])
def test_wilsons_interval_is_scipys_to_the_last_bit(successes: int, trials: int, confidence: float) -> None:
    assert wilson(successes, trials, confidence) == stats.binomtest(successes, trials).proportion_ci(
        confidence, "wilson"
    )


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("number", [2, 3, 30, 400])
def test_students_interval_is_scipys_to_the_last_bit(number: int, confidence: float) -> None:
    values = np.random.default_rng(number).normal(3.0, 20.0, number)
    theirs = stats.t.interval(confidence, number - 1, loc=np.mean(values), scale=stats.sem(values))
    assert mean_interval(values, confidence) == theirs
