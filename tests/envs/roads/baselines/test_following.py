"""Following, bends and lights, worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from roads_by_hand import LAW, allowed, cars, crossing, merge, net

from envs.roads.baselines.compiled.following import (
    AMBER,
    GREEN,
    RED,
    acceleration_mps2,
    follow_all,
    leader_gap,
    light,
    line_gap,
)
from envs.roads.baselines.compiled.paths import allowed_mps, joins, place, project
from envs.roads.simulation.compiled.boxes import overlap_by_yaw

STRAIGHT = net(((0.0, 0.0), 0.0))


def test_alone_at_half_the_wanted_speed_fifteen_sixteenths_of_the_acceleration_are_left() -> None:
    assert acceleration_mps2(LAW, 5.0, 10.0, np.inf, 0.0) == pytest.approx(2.0 * (1.0 - 0.5**4))
    assert acceleration_mps2(LAW, 10.0, 10.0, np.inf, 0.0) == 0.0


def test_behind_a_slower_one_the_wish_grows_with_the_difference() -> None:
    """s* = 2 + 10 * 2 + 10 * 4 / (2 sqrt(8)) = 29.07 m; at 40 m: 2 (1 - 1/16 - (29.07/40)^2) at v0 = 20."""
    wish = 2.0 + 20.0 + 40.0 / (2.0 * math.sqrt(8.0))
    expected = 2.0 * (1.0 - 1.0 / 16.0 - (wish / 40.0) ** 2)
    assert acceleration_mps2(LAW, 10.0, 20.0, 40.0, 6.0) == pytest.approx(expected)


def test_at_a_standstill_two_metres_behind_a_standing_one_it_stays() -> None:
    assert acceleration_mps2(LAW, 0.0, 10.0, 2.0, 0.0) == pytest.approx(0.0)


def test_the_gap_is_from_bumper_to_bumper() -> None:
    """Middles 20 m apart, 4 m long each."""
    two = cars(STRAIGHT, (0, 10.0, 8.0), (0, 30.0, 5.0))
    assert leader_gap(two, STRAIGHT, 0, 0, 1, 0.0, 80.0) == pytest.approx((16.0, 5.0))
    assert leader_gap(two, STRAIGHT, 0, 1, 0, 0.0, 80.0)[0] == np.inf


def test_who_stands_across_is_in_the_way_with_no_speed_along_it() -> None:
    """A car on the crossing route at its 50th metre covers 1 m to each side of it, along ours."""
    road = crossing()
    two = cars(road, (0, 20.0, 8.0), (1, 50.0, 7.0))
    assert leader_gap(two, road, 0, 0, 1, 0.0, 80.0) == pytest.approx((50.0 - 1.0 - 20.0 - 2.0, 0.0))
    passed = cars(
        road, (0, 20.0, 8.0), (1, 53.3, 7.0)
    )  # its rear bumper at 1.3 m, more than a metre and the margin off
    assert leader_gap(passed, road, 0, 0, 1, 0.0, 80.0)[0] == np.inf


@pytest.mark.parametrize(
    ("time_s", "shown"),
    [(0.0, GREEN), (19.9, GREEN), (20.1, AMBER), (22.9, AMBER), (23.1, RED), (59.9, RED), (60.1, 0)],
)
def test_a_light_is_green_then_amber_then_red(time_s: float, shown: int) -> None:
    assert light(STRAIGHT, 0, 0, time_s) == shown


def test_green_may_run_over_the_end_of_the_cycle() -> None:
    late = STRAIGHT._replace(green_from_s=np.full((1, 1), 50.0), green_until_s=np.full((1, 1), 10.0))
    assert [light(late, 0, 0, time_s) for time_s in (55.0, 5.0, 11.0, 14.0)] == [GREEN, GREEN, AMBER, RED]


def test_at_amber_stops_who_can_stop_with_comfortable_braking() -> None:
    """10 m/s need 12.5 m at 4 m/s2; the front bumper stands 2 m ahead of the middle."""
    lit = STRAIGHT._replace(signal=np.zeros((1, 1), int), stop_m=np.full((1, 1), 50.0))
    far, near = cars(lit, (0, 35.0, 10.0), time_s=21.0), cars(lit, (0, 36.0, 10.0), time_s=21.0)
    assert line_gap(far, lit, 0, 0, 4.0) == pytest.approx(13.0)
    assert line_gap(near, lit, 0, 0, 4.0) == np.inf
    assert line_gap(near._replace(time_s=np.array([30.0])), lit, 0, 0, 4.0) == pytest.approx(12.0)
    assert line_gap(cars(lit, (0, 49.0, 10.0), time_s=30.0), lit, 0, 0, 4.0) == np.inf  # it has passed the line


def test_a_bend_is_approached_so_that_braking_brings_one_to_its_speed() -> None:
    """Radius 10 m at 2 m/s2: sqrt(20) m/s; 5 m before it sqrt(20 + 2 * 2 * 5)."""
    curvature, limit = np.zeros((1, 1, 101)), np.full((1, 1, 101), 15.0)
    curvature[0, 0, 50:] = 0.1
    found = allowed_mps(np.full((1, 1), 100.0), limit, curvature, 2.0, 2.0)
    assert found[0, 0, 50] == pytest.approx(math.sqrt(20.0))
    assert found[0, 0, 45] == pytest.approx(math.sqrt(40.0))
    assert found[0, 0, 0] == pytest.approx(min(15.0, math.sqrt(220.0)))


def test_a_place_and_its_projection_are_inverse() -> None:
    road = merge()
    x, y, heading = place(road.point_m[0, 1], road.heading_rad[0, 1], 100.0, 20.4, 1.5)
    assert heading == pytest.approx(0.2)
    assert project(road.point_m[0, 1], road.heading_rad[0, 1], x, y, 0.0, 100.0) == pytest.approx((20.4, 1.5, 0.2))


def test_routes_that_merge_join_and_routes_that_cross_do_not() -> None:
    """The slant one, 10 m before it joins, lies beside 60 - 10 cos 0.2 = 50.2 m of the other, and vice versa."""
    found = joins(merge())[0]
    assert found[0, 1] == pytest.approx(60.0 - 10.0 * math.cos(0.2))
    assert found[1, 0] == pytest.approx(60.0 - 10.0 * math.cos(0.2))
    assert np.isnan(joins(crossing())).all()


def test_boxes_touch_by_their_corners() -> None:
    """A square of 2 m turned by 45 degrees reaches sqrt(2) = 1.414 m: 2.41 m from the middle of another it touches."""
    turned = (math.pi / 4, 2.0, 2.0)
    assert overlap_by_yaw(0.0, 0.0, 0.0, 2.0, 2.0, 2.41, 0.0, *turned)
    assert not overlap_by_yaw(0.0, 0.0, 0.0, 2.0, 2.0, 2.42, 0.0, *turned)


def test_all_that_drive_follow_and_others_are_left_alone() -> None:
    two = cars(STRAIGHT, (0, 10.0, 8.0), (0, 30.0, 5.0))
    two.drives[0, 1] = False
    found = np.full((1, 2), 7.0)
    follow_all(two, STRAIGHT, allowed(STRAIGHT), LAW, found)
    assert found[0] == pytest.approx([acceleration_mps2(LAW, 8.0, 10.0, 16.0, 5.0), 7.0])
