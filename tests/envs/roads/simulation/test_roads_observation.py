"""What a car sees of itself, of others and of lights, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from cars_by_hand import act, begun, roads

from envs.roads.simulation.batch import RoadsBatch
from envs.roads.simulation.compiled.observation import layout


def seen(batch: RoadsBatch, name: str, car: int = 0) -> float:
    return float(batch.observation[0, car, layout(batch.settings.observation).index(name)])


def test_a_car_sees_its_own_state() -> None:
    batch = begun(roads(0.0), (0, 50.0, 10.0))
    assert seen(batch, "speed") == pytest.approx(1.0)
    assert seen(batch, "limit") == pytest.approx(1.5)
    assert seen(batch, "exit_distance") == pytest.approx(2.0)
    assert seen(batch, "above_soft") == pytest.approx((10.0 - 15.0) / 3.0)
    assert seen(batch, "left_0m") == pytest.approx((5.0 - 1.0) / 5.0)


def test_a_car_sees_its_light() -> None:
    batch = begun(roads(0.0, signal=True), (0, 60.0, 10.0))
    assert seen(batch, "stop_distance") == pytest.approx(28.0 / 50.0)
    assert seen(batch, "stop_braking") == pytest.approx(100.0 / 56.0 / 3.0)
    assert (seen(batch, "light_red"), seen(batch, "light_amber")) == (1.0, 0.0)
    assert seen(batch, "light_time") == pytest.approx(0.5)
    assert seen(batch, "too_late") == pytest.approx((5.0 - 2.8) / 2.0)
    act(batch, (-1.0, 0.0), steps=25)
    assert (seen(batch, "light_red"), seen(batch, "light_time")) == (0.0, pytest.approx(0.5))


def test_a_car_sees_who_crosses_and_who_goes_first() -> None:
    batch = begun(roads(0.0, 90.0), (0, 80.0, 10.0), (1, 70.0, 5.0))
    assert seen(batch, "neighbour_0_presence") == 1.0
    assert seen(batch, "neighbour_0_forward") == pytest.approx(20.0 / 20.0)
    assert seen(batch, "neighbour_0_left") == pytest.approx(-30.0 / 20.0)
    assert seen(batch, "neighbour_0_speed_forward") == pytest.approx(-1.0)
    assert seen(batch, "neighbour_0_speed_left") == pytest.approx(0.5)
    assert seen(batch, "neighbour_0_meets") == 1.0
    assert seen(batch, "neighbour_0_distance") == pytest.approx(13.0 / 20.0)
    assert seen(batch, "neighbour_0_its_distance") == pytest.approx(23.0 / 20.0)
    assert seen(batch, "neighbour_0_time") == pytest.approx(1.3 / 5.0)
    assert seen(batch, "neighbour_0_its_time") == pytest.approx(4.6 / 5.0)
    assert seen(batch, "neighbour_0_leaves") == pytest.approx(2.7 / 5.0)
    assert (seen(batch, "neighbour_0_priority"), seen(batch, "neighbour_0_priority", car=1)) == (1.0, -1.0)
    assert (seen(batch, "neighbour_0_came_first"), seen(batch, "neighbour_0_came_first", car=1)) == (-1.0, 1.0)
    assert seen(batch, "neighbour_1_presence") == 0.0


def test_the_nearest_come_first() -> None:
    batch = begun(roads(0.0), (0, 50.0, 10.0), (0, 100.0, 10.0), (0, 70.0, 10.0), (0, 20.0, 10.0))
    found = [seen(batch, f"neighbour_{k}_forward") for k in range(3)]
    assert found == pytest.approx([1.0, -1.5, 2.5])


def test_lost_reports_hide_a_car_and_noise_moves_it() -> None:
    cars = ((0, 50.0, 10.0), (0, 70.0, 10.0))
    assert seen(begun(roads(0.0), *cars, disturbance={"dropped_objects": 1.0}), "neighbour_0_presence") == 0.0
    noisy = begun(roads(0.0), *cars, disturbance={"position_noise_m": 1.0})
    assert 0.0 < abs(seen(noisy, "neighbour_0_forward") - 1.0) < 0.5


@pytest.mark.parametrize(("kind", "width"), [("plain", 9), ("conflicts", 19)])
def test_plainer_layouts_have_narrower_neighbours(kind: str, width: int) -> None:
    batch = begun(roads(0.0), (0, 50.0, 10.0), observation={"layout": kind})
    names = layout(batch.settings.observation)
    assert sum(name.startswith("neighbour_0_") for name in names) == width
    assert batch.observation.shape[2] == len(names)
    assert not any(name.startswith("course") for name in names)


def test_what_is_seen_stays_within_its_bounds() -> None:
    batch = begun(roads(0.0, 90.0), (0, 50.0, 10.0), (1, 50.0, 40.0))
    act(batch, (1.0, 1.0), (1.0, -1.0), steps=20)
    assert np.abs(batch.observation).max() <= 10.0
