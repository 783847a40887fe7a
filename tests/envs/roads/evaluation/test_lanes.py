"""Lanes, direction and limits, worked out by hand."""

from __future__ import annotations

import math

import pytest
from drives_by_hand import Track, drive

from envs.roads.evaluation.lanes import lanes


def of(track: Track, num_steps: int = 20) -> dict[str, float]:
    return {name: column[0, 0] for name, column in lanes(drive(track, num_steps=num_steps)).items()}


@pytest.mark.parametrize(("num_steps", "score"), [(17, 1.0), (18, 0.5), (28, 0.5), (29, 0.0)])
def test_astride_up_to_3_4_s_costs_nothing_and_up_to_5_7_s_half(num_steps: int, score: float) -> None:
    """2 m wide, 1 m to the left: its side at 2 m, beyond half a lane of 3.5 m and 0.2 m."""
    found = of(Track(d_m=1.0), num_steps)
    assert (found["astride_s"], found["lanes"]) == (pytest.approx(0.2 * num_steps), score)
    assert of(Track(d_m=0.9), num_steps)["astride_s"] == 0.0


def test_a_car_across_its_lane_is_astride() -> None:
    """4 m long: at 30 degrees its corners reach 2 sin 30 + cos 30 = 1.87 m; at 40 degrees 2.05 m."""
    assert of(Track(off_heading_rad=math.radians(30.0)))["astride_s"] == 0.0
    assert of(Track(off_heading_rad=math.radians(40.0)))["astride_s"] > 0.0


@pytest.mark.parametrize(("speed_mps", "score"), [(0.4, 1.0), (1.0, 0.5), (2.0, 0.0)])
def test_two_metres_against_the_direction_cost_nothing_and_six_half(speed_mps: float, score: float) -> None:
    found = of(Track(off_heading_rad=math.pi, speed_mps=speed_mps))
    assert (found["wrong_way_m"], found["direction"]) == (pytest.approx(4.0 * speed_mps), score)


def test_speed_is_judged_by_the_mean_excess_over_2_23_metres_a_second() -> None:
    """Ten of twenty steps at 12 m/s where 10 are allowed: 1 m/s on the mean."""
    found = of(Track(speed_mps=(10.0,) * 11 + (12.0,) * 10))
    assert found["speed"] == pytest.approx(1.0 - 1.0 / 2.23)
    assert found["max_excess_mps"] == pytest.approx(2.0)
    assert of(Track(speed_mps=20.0))["speed"] == 0.0
