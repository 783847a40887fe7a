"""Facts about where a place lies on a picture."""

from __future__ import annotations

import numpy as np
import pytest

from envs.airspace.pictures.scene import of_recording
from pipeline.pictures.viewer.camera import camera_of, places_to_see
from tests.envs.airspace.pictures.flights_by_hand import flight, recording


def test_north_is_up_and_both_axes_have_one_scale() -> None:
    camera = camera_of(np.array([[0.0, 0.0], [33.0, 13.0]]), 400, 300, top=20)
    assert camera.scale == 10.0  # 33 + 7 NM in 400 pixels; 13 + 7 NM would fit twice
    assert camera.at(np.array([16.5, 6.5])).tolist() == [200.0, 170.0]
    assert camera.at(np.array([17.5, 6.5])).tolist() == [210.0, 170.0]
    assert camera.at(np.array([16.5, 7.5])).tolist() == [200.0, 160.0]


def test_a_single_place_is_seen_from_a_sensible_height() -> None:
    assert camera_of(np.zeros((1, 2)), 240, 240).scale == 20.0


def test_grid_lines_are_far_enough_apart_to_tell() -> None:
    for extent_nm, grid_nm in ((5.0, 2), (40.0, 5), (300.0, 50)):
        camera = camera_of(np.array([[0.0, 0.0], [extent_nm, 0.0]]), 640, 640)
        assert camera.grid_nm == grid_nm
        assert camera.grid_nm * camera.scale >= 50


def test_a_camera_sees_what_it_was_made_for_and_not_far_beyond() -> None:
    places = np.array([[-30.0, 2.0], [40.0, 5.0]])
    camera = camera_of(places, 640, 500)
    assert camera.sees(places)
    assert not camera.sees(np.array([[41.0, 5.0]]))
    assert camera_of(places, 640, 500, room=1.5).sees(np.array([[41.0, 5.0]]))


def test_flying_on_after_arrival_does_not_matter_but_losing_separation_there_does() -> None:
    table = recording(num_steps=40)
    table["arrived"] = table["step"] > 20
    far = table.assign(east_nm=table["east_nm"] + 100.0 * (table["step"] > 30))
    lost = far.assign(separation_nm=far["separation_nm"].where(far["step"] < 40, 3.0))
    assert places_to_see(of_recording(far, "x"))[:, 0].max() == 8.0
    assert places_to_see(of_recording(lost, "x"))[:, 0].max() == 108.0
    assert places_to_see(flight())[:, 1].max() == pytest.approx(20.0)


def test_a_flight_of_nobody_shows_the_middle() -> None:
    nobody = of_recording(recording().assign(present=False), "x")
    assert places_to_see(nobody).tolist() == [[0.0, 0.0]]
