"""A recorded drive as a scene."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from envs.ground.play import Episodes, Space, play
from envs.ground.steering import Nothing
from envs.roads.pictures.gaps import smallest_gap_m
from envs.roads.pictures.room import PICTURES
from envs.roads.scenarios.suite import SUITE
from envs.roads.simulation.room import SIMULATION
from envs.roads.simulation.settings import RoadsSettings


@pytest.fixture(scope="module")
def recording() -> pd.DataFrame:
    space = Space(SIMULATION, RoadsSettings(), (SUITE["four_from_all_sides"],))
    episodes = Episodes(np.zeros(1, np.int64), np.zeros(1, np.uint64))
    return play(space, episodes, Nothing(), record=[0]).recordings[0]


def test_a_scene_shows_the_road_and_its_cars(recording: pd.DataFrame) -> None:
    scene = PICTURES.scene(recording, "a")
    assert scene.ids == ("CAR1", "CAR2", "CAR3", "CAR4")
    roads = SUITE["four_from_all_sides"].roads
    assert len(scene.lines) == len(roads.outline_m) + len(roads.middle_m)
    assert scene.shown[0].all()
    np.testing.assert_allclose(scene.course[0] % 360.0, [270.0, 180.0, 90.0, 0.0], atol=1e-6)  # towards the middle


def test_who_crashes_is_red_once_and_then_gone(recording: pd.DataFrame) -> None:
    scene = PICTURES.scene(recording, "a")
    assert (scene.alarm.sum(0) == 1).all()
    assert not scene.shown[-1].any()
    assert "4 lost" in scene.summary


def test_the_order_of_rows_changes_nothing(recording: pd.DataFrame) -> None:
    scene = PICTURES.scene(recording, "a")
    mixed = PICTURES.scene(recording.sample(frac=1.0, random_state=0).sort_values("agent", kind="stable"), "a")
    np.testing.assert_array_equal(scene.place, mixed.place)
    np.testing.assert_array_equal(scene.curve, mixed.curve)


def test_a_missing_column_is_named(recording: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="recording 'a': missing columns ground"):
        PICTURES.scene(recording.drop(columns="ground"), "a")


def test_a_ground_plan_that_is_none_is_refused(recording: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="column ground: got 'x', wanted a ground plan"):
        PICTURES.scene(recording.assign(ground="x"), "a")


def test_gaps_of_boxes_by_hand() -> None:
    place_m = np.array([[[0.0, 0.0], [6.0, 0.0]], [[0.0, 0.0], [3.9, 0.0]], [[0.0, 0.0], [np.nan, 0.0]]])
    yaw_rad = np.array([[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    size_m = np.array([[4.0, 2.0], [4.0, 2.0]])
    np.testing.assert_allclose(smallest_gap_m(place_m, yaw_rad, size_m), [2.0, 0.0, np.nan])


def test_a_gap_of_a_turned_box_by_hand() -> None:
    place_m, size_m = np.array([[[0.0, 0.0], [0.0, 5.0]]]), np.array([[4.0, 2.0], [4.0, 2.0]])
    gap_m = smallest_gap_m(place_m, np.array([[0.0, np.pi / 2]]), size_m)
    np.testing.assert_allclose(gap_m, [2.0])  # 5 less half a width and half a length


def test_no_browser_plays_it() -> None:
    with pytest.raises(ValueError, match="no scripts"):
        PICTURES.in_browser(RoadsSettings(), {})
