"""What ends a drive: touching within a tick, the edge, a red light; and the end of the route."""

from __future__ import annotations

import numpy as np
import pytest
from cars_by_hand import act, begun, roads

from envs.roads.simulation.compiled.signals import AMBER, GREEN, RED, shown
from envs.roads.simulation.compiled.table import LIGHT
from envs.roads.simulation.compiled.worlds import ARRIVED, COLLIDED, DRIVES, OFF_ROAD, RAN_RED


def test_who_drives_into_another_has_collided_and_so_has_the_other() -> None:
    batch = begun(roads(0.0), (0, 50.0, 10.0), (0, 60.0, 0.0))
    act(batch, steps=2)
    assert list(batch.status[0]) == [DRIVES, DRIVES]
    act(batch)  # after 0.6 s 6 m are driven, which is all the room there was
    assert list(batch.status[0]) == [COLLIDED, COLLIDED]
    assert list(batch.active[0]) == [False, False]
    assert batch.done[0]
    assert list(batch.row_terminated[0]) == [True, True]


def test_crossing_cars_touch_even_if_they_stand_apart_at_the_steps_end() -> None:
    batch = begun(roads(0.0, 90.0), (0, 94.0, 30.0), (1, 100.0, 0.0))
    act(batch)
    assert list(batch.status[0]) == [COLLIDED, COLLIDED]


def test_who_leaves_after_a_crash_is_in_nobodys_way() -> None:
    batch = begun(roads(0.0), (0, 30.0, 10.0), (0, 54.0, 10.0), (0, 58.5, 0.0))
    act(batch, steps=10)
    assert list(batch.status[0]) == [DRIVES, COLLIDED, COLLIDED]
    act(batch, steps=50)
    assert batch.s_m[0, 0] > 60.0
    assert batch.status[0, 0] == DRIVES


def test_a_wreck_that_stays_is_hit() -> None:
    batch = begun(roads(0.0), (0, 30.0, 10.0), (0, 54.0, 10.0), (0, 58.5, 0.0), episode={"after_crash": "stay"})
    act(batch, steps=30)
    assert list(batch.status[0]) == [COLLIDED, COLLIDED, COLLIDED]


def test_a_corner_beyond_the_edge_is_off_the_road() -> None:
    batch = begun(roads(0.0, half_m=1.45), (0, 50.0, 5.0))
    act(batch, (0.0, 0.6), steps=3)
    assert batch.status[0, 0] == DRIVES
    act(batch, (0.0, 1.0), steps=20)
    assert batch.status[0, 0] == OFF_ROAD


def test_the_end_of_the_route_is_arrival() -> None:
    batch = begun(roads(0.0), (0, 190.0, 10.0))
    act(batch, steps=4)
    assert batch.status[0, 0] == DRIVES
    act(batch, steps=1)
    assert (batch.status[0, 0], batch.left_step[0, 0]) == (ARRIVED, 5)
    assert batch.done[0]


@pytest.mark.parametrize(
    ("time_s", "colour", "left_s"),
    [(0.0, RED, 5.0), (4.9, RED, 0.1), (5.0, GREEN, 5.0), (10.5, AMBER, 1.5), (12.0, RED, 13.0), (26.0, GREEN, 4.0)],
)
def test_what_a_light_shows(time_s: float, colour: int, left_s: float) -> None:
    light = np.array([(20.0, 5.0, 5.0, 2.0)], LIGHT)[0]
    found = shown(light, time_s)
    assert found[0] == colour
    assert found[1] == pytest.approx(left_s)


@pytest.mark.parametrize(("s_m", "status"), [(80.0, RAN_RED), (20.0, DRIVES)])
def test_passing_the_line_at_red_ends_the_drive_and_at_green_does_not(s_m: float, status: int) -> None:
    batch = begun(roads(0.0, signal=True), (0, s_m, 10.0))  # red until 5 s; the front has 8 or 68 m to the line
    act(batch, steps=45)
    assert batch.status[0, 0] == status


def test_time_runs_out_for_who_still_drives() -> None:
    batch = begun(roads(0.0), (0, 50.0, 0.0), episode={"max_steps": 7})
    act(batch, steps=7)
    assert batch.done[0]
    assert (batch.row_terminated[0, 0], batch.row_truncated[0, 0]) == (False, True)
