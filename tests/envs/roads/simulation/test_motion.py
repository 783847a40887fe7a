"""Cars move as kinematic bicycles: distances, turns and tracking worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from cars_by_hand import act, begun, roads

from envs.roads.simulation.batch import RoadsBatch
from envs.roads.simulation.compiled.worlds import DRIVES
from envs.roads.simulation.geometry.drawing import draw_roads
from envs.roads.simulation.geometry.road_settings import RoadSettings

WHEELBASE_M = 0.6 * 4.0


def test_a_held_acceleration_gives_speed_and_way() -> None:
    batch = begun(roads(0.0), (0, 10.0, 8.0))
    act(batch, (1.0, 0.0), steps=5)
    assert batch.speed_mps[0, 0] == pytest.approx(8.0 + 3.0 * 1.0)
    assert batch.s_m[0, 0] == pytest.approx(10.0 + 8.0 + 0.5 * 3.0)
    assert batch.x_m[0, 0] == pytest.approx(batch.s_m[0, 0] - 100.0)
    assert batch.acceleration_mps2[0, 0] == pytest.approx(3.0)


def test_braking_ends_at_a_standstill() -> None:
    batch = begun(roads(0.0), (0, 10.0, 6.0))
    act(batch, (-1.0, 0.0), steps=10)
    assert batch.speed_mps[0, 0] == 0.0
    assert batch.s_m[0, 0] == pytest.approx(10.0 + 0.5 * 6.0 * 1.0)


def test_tyres_limit_what_is_braked() -> None:
    batch = begun(roads(0.0), (0, 10.0, 10.0), disturbance={"friction": 0.3})
    act(batch, (-1.0, 0.0))
    assert batch.acceleration_mps2[0, 0] == pytest.approx(-0.3 * 9.81)


def test_held_wheels_drive_a_circle_about_the_rear_axle() -> None:
    batch = begun(roads(0.0, half_m=30.0), (0, 10.0, 5.0), actions={"kind": "bicycle"})
    act(batch, (0.0, 0.5), steps=3)
    assert batch.steering_rad[0, 0] == pytest.approx(0.3)
    yaw = batch.yaw_rad[0, 0]
    act(batch, (0.0, 0.5), steps=5)
    assert batch.yaw_rad[0, 0] - yaw == pytest.approx(5.0 * math.tan(0.3) / WHEELBASE_M * 1.0)
    assert batch.lateral_mps2[0, 0] == pytest.approx(25.0 * math.tan(0.3) / WHEELBASE_M)


def test_wheels_turn_no_faster_than_they_can() -> None:
    batch = begun(roads(0.0, half_m=30.0), (0, 10.0, 5.0), actions={"kind": "bicycle"})
    act(batch, (0.0, -1.0))
    assert batch.steering_rad[0, 0] == pytest.approx(-0.8 * 0.2)


def test_grip_limits_how_a_fast_car_turns() -> None:
    batch = begun(roads(0.0, half_m=90.0), (0, 10.0, 15.0), actions={"kind": "bicycle"})
    act(batch, (0.0, 1.0), steps=4)
    assert batch.lateral_mps2[0, 0] == pytest.approx(0.9 * 9.81)


def test_the_wanted_offset_is_reached_and_held() -> None:
    batch = begun(roads(0.0), (0, 10.0, 8.0))
    act(batch, (0.0, 1.0), steps=40)
    assert batch.d_m[0, 0] == pytest.approx(0.5, abs=0.02)
    assert batch.heading_error[0, 0, 1] == pytest.approx(0.0, abs=0.01)


def drive_at_bends(batch: RoadsBatch) -> np.ndarray:
    """The largest |d| (S,) of cars that do not respond, so drive alone at the speed of bends, until the end."""
    farthest = np.zeros(batch.num_slots)
    while not batch.done.all():
        batch.step(np.zeros((1, batch.num_slots, 2)))
        farthest = np.maximum(farthest, np.where(batch.active[0], np.abs(batch.d_m[0]), 0.0))
    return farthest


@pytest.mark.parametrize("family", ["four_arms", "roundabout_one", "merge"])
def test_routes_are_tracked_through_their_bends(family: str) -> None:
    road = draw_roads(3, RoadSettings(), family)
    for route in range(road.num_routes):
        batch = begun(road, (route, 5.0, 5.0), disturbance={"responds": False})
        assert drive_at_bends(batch).max() < 0.4
        assert batch.status[0, 0] != DRIVES
