"""Figures over training runs, against numbers worked out by hand and against the literature's definitions."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from envs.ground.intervals import wilson
from pipeline.evaluation.resampling import Bootstrap
from pipeline.evaluation.statistics import (
    Difference,
    Estimate,
    interquartile_mean,
    paired_difference,
    performance_profile,
    probability_of_improvement,
    ratio,
    survival,
)


def bootstrap(confidence: float = 0.95, num_resamples: int = 4000, seed: int = 0) -> Bootstrap:
    return Bootstrap(confidence, num_resamples, np.random.default_rng(seed))


def test_the_interquartile_mean_leaves_out_a_quarter_on_both_sides() -> None:
    """Of 0 .. 7 the middle four: 2, 3, 4, 5."""
    scores = np.array([[6.0, 7.0], [0.0, 1.0], [4.0, 5.0], [2.0, 3.0]])
    found = interquartile_mean(scores, bootstrap())
    assert (found.value, found.unit, found.num_units) == (3.5, "run", 4)
    assert found.low < 3.5 < found.high


def every_resample(scores: np.ndarray) -> np.ndarray:
    """The mean of the middle half for each of the R^R draws of whole runs."""
    draws = itertools.product(range(len(scores)), repeat=len(scores))
    pooled = [np.sort(scores[list(draw)].ravel()) for draw in draws]
    quarter = scores.size // 4
    return np.array([values[quarter:-quarter].mean() for values in pooled])


def test_whole_runs_are_resampled() -> None:
    """All 256 draws of 4 runs, enumerated: the percentiles of the sampled ones come near."""
    scores = np.array([[0.0, 1.0], [4.0, 6.0], [10.0, 9.0], [17.0, 15.0]])
    found = interquartile_mean(scores, bootstrap(0.8, 20_000))
    expected = np.quantile(every_resample(scores), [0.1, 0.9])
    assert (found.low, found.high) == pytest.approx(tuple(expected), abs=0.25)


def test_runs_of_a_task_of_their_own_are_resampled_task_by_task() -> None:
    """Two runs whose scores always add up to 10: whole runs leave no doubt of the mean, runs by task do."""
    scores = np.array([[0.0, 10.0], [10.0, 0.0]])
    whole, by_task = (interquartile_mean(scores, bootstrap(), whole_runs=whole) for whole in (True, False))
    assert (whole.low, whole.high) == (5.0, 5.0)
    assert by_task.high - by_task.low == 10.0


def test_the_same_generator_gives_the_same_interval() -> None:
    scores = np.random.default_rng(1).normal(size=(5, 8))
    assert interquartile_mean(scores, bootstrap(seed=3)) == interquartile_mean(scores, bootstrap(seed=3))
    assert interquartile_mean(scores, bootstrap(seed=3)) != interquartile_mean(scores, bootstrap(seed=4))


def test_a_single_run_has_no_interval() -> None:
    found = interquartile_mean(np.array([[1.0, 2.0, 3.0, 4.0]]), bootstrap())
    assert (found.value, found.num_units) == (2.5, 1)
    assert np.isnan([found.low, found.high]).all()


def test_a_profile_is_the_share_of_scores_above_each_threshold() -> None:
    profile = performance_profile(np.array([[1.0, 3.0], [2.0, 4.0]]), np.array([0.0, 2.0, 4.0]), bootstrap())
    assert profile["share"].tolist() == [1.0, 0.5, 0.0]
    assert (profile["low"] <= profile["share"]).all()
    assert (profile["share"] <= profile["high"]).all()


def test_a_profile_of_whole_runs_has_bands_over_runs() -> None:
    """Of 4 episodes one run stays above in 1, the other in 3; a quarter of the draws hold one of them twice."""
    scores = np.array([[9.0, 1.0, 1.0, 1.0], [9.0, 9.0, 9.0, 1.0]])
    whole = performance_profile(scores, np.array([5.0]), bootstrap())
    assert whole.to_numpy().tolist() == [[5.0, 0.5, 0.25, 0.75]]
    by_task = performance_profile(scores, np.array([5.0]), bootstrap(), whole_runs=False)
    assert by_task.to_numpy().tolist() == [[5.0, 0.5, 0.25, 0.75]]  # the first and the last episode are sure
    mixed = np.array([[9.0, 1.0], [1.0, 9.0]])
    assert performance_profile(mixed, np.array([5.0]), bootstrap()).to_numpy().tolist() == [[5.0, 0.5, 0.5, 0.5]]
    sure = performance_profile(mixed, np.array([5.0]), bootstrap(), whole_runs=False)
    assert sure.to_numpy().tolist() == [[5.0, 0.5, 0.0, 1.0]]


def test_the_probability_of_improvement_is_mann_whitneys() -> None:
    """Task 1: of 2 x 3 pairs 4 won and 1 tied; task 2: all lost. Mean of 4.5 / 6 and 0."""
    ours = np.array([[3.0, 0.0], [5.0, 0.0]])
    theirs = np.array([[1.0, 1.0], [3.0, 1.0], [4.0, 1.0]])
    found = probability_of_improvement(ours, theirs, bootstrap())
    assert found.value == pytest.approx(0.5 * (4.5 / 6.0))
    assert (found.unit, found.num_units) == ("run", 2)
    assert 0.0 <= found.low < found.value < found.high <= 0.5


def test_a_method_against_itself_is_a_toss_up() -> None:
    scores = np.arange(12.0).reshape(4, 3)
    assert probability_of_improvement(scores, scores, bootstrap()).value == 0.5


def test_one_always_better_is_certain() -> None:
    scores = np.arange(12.0).reshape(4, 3)
    found = probability_of_improvement(scores + 100.0, scores, bootstrap())
    assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)


def test_a_paired_difference_of_two_policies_is_over_their_episodes() -> None:
    """Both vary by tens, the difference by less than one."""
    theirs = 10.0 * np.arange(50.0)
    ours = theirs + 1.0 + 0.3 * np.sin(np.arange(50.0))
    found = paired_difference(ours, theirs, bootstrap())
    assert (found.estimate.unit, found.estimate.num_units, found.num_episodes) == ("episode", 50, 50)
    assert found.estimate.value == pytest.approx(np.mean(ours - theirs))
    assert 0.85 < found.estimate.low < found.estimate.value < found.estimate.high < 1.15
    assert found.verdict == "higher"


def test_a_paired_difference_of_runs_has_the_run_as_its_unit() -> None:
    """Three runs that differ from the baseline by -4, -1 and +2 on each of 1000 episodes: -1 on average, undecided,
    though each run's episodes leave no doubt at all."""
    theirs = np.random.default_rng(0).normal(size=1000)
    ours = theirs + np.array([[-4.0], [-1.0], [2.0]])
    found = paired_difference(ours, theirs, bootstrap())
    assert (found.estimate.unit, found.estimate.num_units, found.num_episodes) == ("run", 3, 1000)
    assert found.estimate.value == pytest.approx(-1.0)
    assert (found.estimate.low, found.estimate.high) == pytest.approx((-4.0, 2.0))
    assert found.verdict == "undecided"


def test_runs_of_two_methods_are_resampled_by_themselves() -> None:
    """Ours 0 and 2, theirs 10 and 16: by any draw between 0 - 16 and 2 - 10."""
    ours, theirs = np.array([[0.0], [2.0]]), np.array([[10.0], [16.0]])
    found = paired_difference(ours, theirs, bootstrap(0.99, 9999))
    assert found.estimate.value == -12.0
    assert (found.estimate.low, found.estimate.high) == pytest.approx((-16.0, -8.0))
    assert found.verdict == "lower"


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.1, 0.2, "higher"), (-0.2, -0.1, "lower"), (-0.1, 0.2, "undecided"), (np.nan, np.nan, "undecided")],
)
def test_the_verdict_is_the_intervals(low: float, high: float, verdict: str) -> None:
    assert Difference(Estimate(0.0, low, high, "run", 3), 10).verdict == verdict


def test_one_episode_leaves_a_difference_open() -> None:
    assert paired_difference(np.array([3.0]), np.array([1.0]), bootstrap()).verdict == "undecided"


def test_intervals_cover_what_they_promise() -> None:
    """200 experiments of 20 runs around 0: an 80 % interval holds 0 in about 80 % of them."""
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(200):
        runs = rng.normal(size=(20, 1))
        found = paired_difference(runs, np.zeros(1), Bootstrap(0.8, 500, rng)).estimate
        held += found.low <= 0.0 <= found.high
    assert 0.7 < held / 200 < 0.88


def test_survival_is_the_share_that_stayed_at_or_above_each_place() -> None:
    smallest = np.array([0.5, 4.0, 5.0, 9.0, np.inf])
    curve = survival(smallest, np.array([0.0, 4.0, 5.0, 10.0]), 0.95)
    assert curve["share"].tolist() == [1.0, 0.8, 0.6, 0.2]
    assert (curve["num_episodes"] == 5).all()
    assert (curve["low"][2], curve["high"][2]) == pytest.approx(wilson(3, 5, 0.95))


@pytest.mark.parametrize("smallest", [np.zeros(0), np.array([1.0, np.nan])])
def test_survival_of_nothing_is_refused(smallest: np.ndarray) -> None:
    with pytest.raises(ValueError, match="survival: got"):
        survival(smallest, np.array([5.0]), 0.95)


@pytest.mark.parametrize("scores", [np.zeros((0, 3)), np.array([1.0, 2.0]), np.array([[1.0, np.nan]])])
def test_what_is_no_table_of_finite_scores_is_refused(scores: np.ndarray) -> None:
    with pytest.raises(ValueError, match="scores: got shape"):
        interquartile_mean(scores, bootstrap())


def test_other_tasks_and_other_episodes_are_refused() -> None:
    with pytest.raises(ValueError, match="got 2 and 3 tasks"):
        probability_of_improvement(np.zeros((2, 2)), np.zeros((2, 3)), bootstrap())
    with pytest.raises(ValueError, match="got 2 and 3 episodes"):
        paired_difference(np.zeros(2), np.zeros(3), bootstrap())


def test_a_ratio_is_of_sums_over_the_same_resampled_episodes() -> None:
    """All 256 draws of 4 episodes, enumerated: the percentiles of the sampled ones come near."""
    part, whole = np.array([0.0, 3.0, 1.0, 8.0]), np.array([1.0, 4.0, 2.0, 3.0])
    found = ratio(part, whole, bootstrap(0.8, 20_000))
    assert (found.value, found.unit, found.num_units) == (1.2, "episode", 4)
    draws = [list(draw) for draw in itertools.product(range(4), repeat=4)]
    expected = np.quantile([part[draw].sum() / whole[draw].sum() for draw in draws], [0.1, 0.9])
    assert (found.low, found.high) == pytest.approx(tuple(expected), abs=0.03)


def test_a_ratio_of_runs_has_the_run_as_its_unit() -> None:
    """Two runs lose 1 and 3 of 4 episodes where a baseline loses 2: 0.5 and 1.5, together 1."""
    part = np.array([[1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 0.0]])
    found = ratio(part, np.array([1.0, 1.0, 0.0, 0.0]), bootstrap())
    assert (found.value, found.low, found.high) == (1.0, 0.5, 1.5)
    assert (found.unit, found.num_units) == ("run", 2)


def test_a_ratio_to_nothing_is_open() -> None:
    found = ratio(np.array([1.0, 0.0]), np.zeros(2), bootstrap())
    assert np.isnan([found.value, found.low, found.high]).all()


def test_a_ratio_whose_whole_vanishes_in_some_resamples_has_no_interval() -> None:
    """Of two episodes only one has a whole: a quarter of the draws lack it."""
    found = ratio(np.array([1.0, 0.0]), np.array([2.0, 0.0]), bootstrap())
    assert found.value == 0.5
    assert np.isnan([found.low, found.high]).all()


def test_a_ratio_of_other_episodes_is_refused() -> None:
    with pytest.raises(ValueError, match=r"ratio: got shapes \(1, 2\) and \(1, 3\)"):
        ratio(np.zeros(2), np.zeros(3), bootstrap())
