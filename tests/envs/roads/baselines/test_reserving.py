"""Slots of shared stretches, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from roads_by_hand import LAW, allowed, cars, crossing

from envs.roads.baselines.compiled.paths import joins
from envs.roads.baselines.compiled.reserving import delayed_until, free_times, hold_back, reserve_all
from envs.roads.baselines.traffic import Cars, Net

GAP_S = 1.0


def reserved(road: Net, given: Cars) -> np.ndarray:
    found = np.zeros(given.drives.shape)
    reserve_all(given, road, allowed(road), joins(road), LAW, GAP_S, found)
    return found[0]


def test_unhindered_at_the_limit_each_metre_takes_a_tenth_of_a_second() -> None:
    road, times = crossing(), np.zeros(101)
    free_times(road, allowed(road), 2.0, 0, 0, 30.5, 10.0, times)
    assert times[[30, 31, 50, 100]] == pytest.approx([0.0, 0.05, 1.95, 6.95])


def test_from_a_standstill_25_metres_take_five_seconds() -> None:
    road, times = crossing(), np.zeros(101)
    free_times(road, allowed(road), 2.0, 0, 0, 30.0, 0.0, times)
    assert times[55] == pytest.approx(5.0)


def test_a_hold_delays_all_that_comes_after_it() -> None:
    times, holds = np.arange(101) / 10.0, np.array([[50.0, 8.0], [60.0, 8.5]])
    assert delayed_until(times, holds, 2, 40.0) == pytest.approx(4.0)
    assert delayed_until(times, holds, 1, 55.0) == pytest.approx(8.5)
    assert delayed_until(times, holds, 2, 70.0) == pytest.approx(10.0)


def test_who_has_time_rolls_and_who_has_no_room_stops() -> None:
    """20 m and the half one that is spared in 4 s: 5 m/s will do; 4 m before it, 5 m/s need 3.125 m/s2."""
    assert hold_back(LAW, 5.0, 10.0, 20.5, 4.0) == pytest.approx(0.0)
    assert hold_back(LAW, 6.0, 10.0, 20.5, 4.0) == pytest.approx(-1.0)
    assert hold_back(LAW, 5.0, 10.0, 4.5, 4.0) == pytest.approx(-25.0 / 8.0)
    assert hold_back(LAW, 2.0, 10.0, 1.5, 0.5) == pytest.approx(-2.0)
    assert hold_back(LAW, 8.0, 10.0, 3.0, 0.5) == -6.0


def test_who_came_first_goes_and_the_other_slows_down() -> None:
    road = crossing()
    both = cars(road, (0, 25.0, 10.0), (1, 25.0, 10.0))
    first, second = reserved(road, both)
    assert first == pytest.approx(0.0)
    assert second < -0.2
    turned = reserved(road, both._replace(order=np.array([[1.0, 0.0]])))
    assert turned == pytest.approx([second, first])


def test_who_is_through_before_the_first_comes_does_not_wait() -> None:
    road = crossing()
    assert reserved(road, cars(road, (0, 10.0, 10.0), (1, 45.0, 10.0))) == pytest.approx([0.0, 0.0])


def test_who_can_no_more_stop_has_the_stretch() -> None:
    """10 m/s need 9.1 m at 5.5 m/s2; its front bumper is 5 m before the stretch, the first one's 12 m."""
    road = crossing()
    first, second = reserved(road, cars(road, (0, 34.0, 10.0), (1, 41.0, 10.0)))
    assert first < -1.0
    assert second == pytest.approx(0.0)
