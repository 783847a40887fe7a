"""Who waits before a shared stretch, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from roads_by_hand import LAW, allowed, cars, crossing, merge

from envs.roads.baselines.compiled.following import acceleration_mps2
from envs.roads.baselines.compiled.paths import joins
from envs.roads.baselines.compiled.yielding import merging_gap, must_wait, stretch, travel_s, yield_all
from envs.roads.baselines.traffic import Cars, Net

GAP_S = 1.0


def waits(road: Net, two: Cars, i: int) -> bool:
    return must_wait(two, road, allowed(road), joins(road), LAW, GAP_S, 0, i, 1 - i)[0]


def test_a_distance_takes_a_ramp_and_a_plain() -> None:
    """From 0 to 10 m/s at 2 m/s2: 25 m in 5 s, 75 m more in 7.5 s."""
    assert travel_s(100.0, 0.0, 10.0, 2.0) == pytest.approx(12.5)
    assert travel_s(25.0, 0.0, 10.0, 2.0) == pytest.approx(5.0)
    assert travel_s(20.0, 10.0, 10.0, 2.0) == pytest.approx(2.0)
    assert travel_s(-1.0, 10.0, 10.0, 2.0) == 0.0


def test_a_stretch_begins_at_the_front_bumper_and_ends_at_the_rear_one() -> None:
    """Shared from 48 to 52 m; middles at 30 and 49 m, 4 m long."""
    road = crossing()
    two = cars(road, (0, 30.0, 8.0), (1, 49.0, 7.0))
    assert stretch(two, road, joins(road), 0, 0, 1) == (
        16.0,
        24.0,
        -3.0,
        5.0,
        True,
    )


def test_who_yields_waits_where_both_come_at_once_and_the_other_does_not() -> None:
    road = crossing()
    both = cars(road, (0, 30.0, 10.0), (1, 30.0, 10.0))
    assert (waits(road, both, 0), waits(road, both, 1)) == (False, True)


def test_a_gap_of_a_second_before_the_other_is_enough() -> None:
    """At 10 m/s the yielding car is out after 0.9 s (9 m from its rear bumper), the other is in after 1.6 or 2.0 s."""
    road = crossing()
    assert waits(road, cars(road, (0, 30.0, 10.0), (1, 45.0, 10.0)), 1)
    assert not waits(road, cars(road, (0, 26.0, 10.0), (1, 45.0, 10.0)), 1)


def test_who_arrives_a_second_after_the_other_has_left_does_not_wait() -> None:
    """The other leaves after 0.5 s; ours, 16 m before it at 10 m/s, enters after 1.6 s, or 12 m before after 1.2 s."""
    road = crossing()
    assert not waits(road, cars(road, (0, 49.0, 10.0), (1, 30.0, 10.0)), 1)
    assert waits(road, cars(road, (0, 49.0, 10.0), (1, 34.0, 10.0)), 1)


def test_priority_is_no_right_to_hit_who_stands_there() -> None:
    road = crossing()
    assert waits(road, cars(road, (0, 30.0, 10.0), (1, 50.0, 0.0)), 0)


def test_without_priority_who_is_there_first_goes_first() -> None:
    road = crossing(priority=0)
    assert [waits(road, cars(road, (0, 32.0, 10.0), (1, 30.0, 10.0)), i) for i in (0, 1)] == [False, True]
    assert [waits(road, cars(road, (0, 30.0, 10.0), (1, 30.0, 10.0)), i) for i in (0, 1)] == [False, True]


def test_nobody_waits_for_who_is_kept_by_a_red_light() -> None:
    road = crossing()
    road.signal[0, 0], road.stop_m[0, 0] = 0, 45.0
    slow = cars(road, (0, 42.0, 2.0), (1, 30.0, 10.0))
    assert waits(road, slow, 1)
    assert not waits(road, slow._replace(time_s=np.array([30.0])), 1)


def test_nobody_waits_long_for_who_stands() -> None:
    """It would enter after 2 m at 0.3 m/s, 6.7 s; ours, from a standstill 2 m before it, is out after 10 m: 3.2 s."""
    road = crossing()
    assert not waits(road, cars(road, (0, 44.0, 0.0), (1, 44.0, 0.0)), 1)


def test_a_car_brakes_for_the_stretch_as_behind_one_that_stands_there() -> None:
    road = crossing()
    both, found = cars(road, (0, 30.0, 10.0), (1, 30.0, 10.0)), np.zeros((1, 2))
    yield_all(both, road, allowed(road), joins(road), LAW, GAP_S, found)
    assert found[0] == pytest.approx([0.0, acceleration_mps2(LAW, 10.0, 10.0, 16.0, 0.0)])


def test_before_it_merges_a_car_keeps_its_gap_to_who_is_in_the_lane_already() -> None:
    """Ours has 18 m to the shared part, which lies at 60 - 10 cos 0.2 = 50.2 m of the other, whose rear is at 53 m."""
    road = merge()
    both, found = cars(road, (0, 55.0, 5.0), (1, 30.0, 8.0)), np.zeros((1, 2))
    assert merging_gap(both, road, joins(road), 0, 1, 0) == pytest.approx(18.0 + 53.0 - 60.0 + 10.0 * np.cos(0.2))
    yield_all(both, road, allowed(road), joins(road), LAW, GAP_S, found)
    assert found[0, 1] <= acceleration_mps2(LAW, 8.0, 10.0, 20.81, 5.0)
