"""What a car is paid, part by part, worked out by hand."""

from __future__ import annotations

import pytest
from cars_by_hand import act, begun, roads

from envs.roads.simulation.batch import RoadsBatch
from envs.roads.simulation.compiled.worlds import REWARD_PARTS

WEIGHTS = {
    "progress_per_m": 1.0,
    "collision": -2.0,
    "off_road": -3.0,
    "red_light": -4.0,
    "ttc_step": -5.0,
    "comfort_step": -6.0,
    "speeding_per_mps": -7.0,
    "arrival": 8.0,
    "time_per_s": -9.0,
}


def parts(batch: RoadsBatch, car: int = 0) -> dict[str, float]:
    return dict(zip(REWARD_PARTS, batch.worlds.reward_parts[0, car].tolist(), strict=True))


def test_progress_and_time_are_paid_and_sum_up() -> None:
    batch = begun(roads(0.0), (0, 50.0, 10.0), reward=WEIGHTS)
    act(batch)
    found = parts(batch)
    assert found["progress"] == pytest.approx(2.0)
    assert found["time"] == pytest.approx(-9.0 * 0.2)
    assert sum(found.values()) == pytest.approx(batch.reward[0, 0])
    assert [name for name, value in found.items() if value] == ["progress", "time"]


def test_speeding_is_paid_by_the_excess() -> None:
    batch = begun(roads(0.0), (0, 50.0, 17.0), reward=WEIGHTS)
    act(batch)
    assert parts(batch)["speeding"] == pytest.approx(-7.0 * 2.0)


def test_discomfort_is_paid_by_what_exceeds_the_bounds() -> None:
    batch = begun(roads(0.0), (0, 50.0, 10.0), reward=WEIGHTS)
    act(batch, (-1.0, 0.0))
    braking, jerk = (6.0 - 4.05) / 4.05, min(1.0, (30.0 - 8.3) / 8.3)
    assert parts(batch)["comfort"] == pytest.approx(-6.0 * (braking + jerk))
    act(batch, (-1.0, 0.0))
    assert parts(batch)["comfort"] == pytest.approx(-6.0 * braking)


def test_what_ends_a_drive_is_paid_once() -> None:
    batch = begun(roads(0.0), (0, 50.0, 10.0), (0, 55.0, 0.0), (0, 195.0, 10.0), reward=WEIGHTS)
    act(batch)
    assert parts(batch)["collision"] == parts(batch, 1)["collision"] == -2.0
    act(batch, steps=2)
    assert parts(batch, 2)["arrival"] == 8.0
    assert parts(batch)["collision"] == 0.0


def test_red_lights_and_edges_are_paid() -> None:
    batch = begun(roads(0.0, signal=True), (0, 87.0, 10.0), reward=WEIGHTS)
    act(batch)
    assert parts(batch)["red_light"] == -4.0
    batch = begun(roads(0.0, half_m=1.2), (0, 87.0, 10.0), reward=WEIGHTS)
    act(batch, (0.0, 1.0), steps=3)
    while batch.active[0, 0]:
        act(batch, (0.0, 1.0))
    assert parts(batch)["off_road"] == -3.0


def test_a_short_time_to_collision_is_paid_to_who_comes_from_behind() -> None:
    batch = begun(roads(0.0), (0, 50.0, 10.0), (0, 62.0, 2.0), reward=WEIGHTS)
    act(batch)  # 6.4 m free at 8 m/s: 0.8 s
    assert parts(batch)["ttc"] == -5.0
    assert parts(batch, 1)["ttc"] == 0.0
