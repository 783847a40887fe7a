"""Windows matched by hand, in steps of 10 s."""

from __future__ import annotations

import numpy as np
import pytest

from envs.airspace.evaluation.windows import match_windows

Run = tuple[int, int]


def flags(num_steps: int, *runs: Run) -> np.ndarray:
    """(1, T) True from the first step of each run up to, not including, the second."""
    series = np.zeros((1, num_steps), np.bool_)
    for first, after in runs:
        series[0, first:after] = True
    return series


def matched(
    truth: list[Run], alert: list[Run], num_steps: int = 60, lost_at: int | None = None, watched: Run | None = None
) -> list[int]:
    separation = np.full((1, num_steps), 9.0)
    if lost_at is not None:
        separation[0, lost_at] = 4.9
    watch = flags(num_steps, watched or (0, num_steps))
    return match_windows(flags(num_steps, *truth), flags(num_steps, *alert), watch, separation, 5.0)[0].tolist()


def test_windows_that_overlap_by_a_third_match() -> None:
    """Truth 20 .. 30 grows to 17 .. 33, alert 24 .. 27 to 23 .. 28: 5 of 16 steps."""
    assert matched([(20, 30)], [(24, 27)]) == [1, 1, 1, 20 - 24, 1]


def test_windows_that_overlap_by_less_do_not() -> None:
    """Alert 24 .. 26 grows to 23 .. 27: 4 of 16 steps."""
    assert matched([(20, 30)], [(24, 26)]) == [1, 1, 0, 0, 0]


def test_exactly_0_3_matches() -> None:
    """Truth 20 .. 24 grows to 17 .. 27, alert 21 .. 22 to 20 .. 23: 3 of 10 steps."""
    assert matched([(20, 24)], [(21, 22)])[2] == 1


def test_an_alert_before_the_truth_leads() -> None:
    """Truth 20 .. 24 grows to 17 .. 27, alert 17 .. 22 to 16 .. 23: 6 of 11 steps; 3 steps of lead."""
    assert matched([(20, 24)], [(17, 22)])[2:4] == [1, 3]


def test_growth_ends_with_the_watch() -> None:
    """Watched 20 .. 24 only: truth and alert both fill it, 4 of 4 steps; unclipped it would be 3 of 10 and more."""
    assert matched([(20, 24)], [(20, 23)], watched=(20, 24))[:3] == [1, 1, 1]
    assert matched([(0, 2)], [(0, 1)], num_steps=60)[2] == 1  # 0 .. 5 and 0 .. 2: 2 of 5


def test_each_alert_answers_one_truth() -> None:
    """Two truths 4 steps apart and one long alert over both: the earlier takes it."""
    assert matched([(20, 24), (28, 32)], [(20, 32)])[:3] == [2, 1, 1]


def test_a_truth_takes_the_alert_that_fits_best() -> None:
    """Truth grows to 17 .. 33. Alerts 14 .. 22 (6 of 20) and 24 .. 32 (10 of 16): the second, 4 steps late."""
    assert matched([(20, 30)], [(15, 21), (24, 32)])[2:4] == [1, -4]


@pytest.mark.parametrize(("lost_at", "resolved"), [(None, 1), (32, 1), (33, 0), (38, 0), (39, 1)])
def test_a_match_is_resolved_where_60_s_pass_without_loss(lost_at: int | None, resolved: int) -> None:
    """The truth 20 .. 30 grows to 33; the 60 s after it are the steps 33 to 38."""
    assert matched([(20, 30)], [(22, 30)], lost_at=lost_at)[4] == resolved


@pytest.mark.parametrize(("lost_at", "resolved"), [(53, 1), (54, 0)])
def test_at_the_end_of_the_watch_its_last_60_s_are_judged(lost_at: int, resolved: int) -> None:
    assert matched([(50, 60)], [(50, 60)], lost_at=lost_at)[4] == resolved


def test_series_do_not_touch_each_other() -> None:
    truth, alert = np.vstack([flags(60, (20, 30)), flags(60)]), np.vstack([flags(60, (22, 30)), flags(60, (5, 9))])
    watch, separation = np.ones((2, 60), np.bool_), np.full((2, 60), 9.0)
    assert match_windows(truth, alert, watch, separation, 5.0).tolist() == [[1, 1, 1, -2, 1], [0, 1, 0, 0, 0]]
