"""Facts about where a place lies on a picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from envs.ground.scene import Look
from pipeline.pictures.viewer.camera import camera_of, places_to_see
from tests.pipeline.pictures.scenes_by_hand import LOOK, film, scene


def test_up_is_up_and_both_axes_have_one_scale() -> None:
    camera = camera_of(np.array([[0.0, 0.0], [33.0, 13.0]]), LOOK, 400, 300, top=20)
    assert camera.scale == 10.0  # 33 + 7 m in 400 pixels; 13 + 7 m would fit twice
    assert camera.at(np.array([16.5, 6.5])).tolist() == [200.0, 170.0]
    assert camera.at(np.array([17.5, 6.5])).tolist() == [210.0, 170.0]
    assert camera.at(np.array([16.5, 7.5])).tolist() == [200.0, 160.0]


def test_a_single_place_is_seen_from_a_sensible_height() -> None:
    assert camera_of(np.zeros((1, 2)), LOOK, 240, 240).scale == 20.0
    assert camera_of(np.zeros((1, 2)), Look(), 240, 240).scale == 120.0


def test_grid_lines_are_far_enough_apart_to_tell() -> None:
    wanted = (LOOK, 5.0, 2), (LOOK, 40.0, 5), (LOOK, 300.0, 50), (Look(), 0.1, 0.01), (Look(), 9e4, 1e4)
    for look, extent, grid in wanted:
        camera = camera_of(np.array([[0.0, 0.0], [extent, 0.0]]), look, 640, 640)
        assert camera.grid == pytest.approx(grid)
        assert camera.grid * camera.scale >= 50


def test_a_camera_sees_what_it_was_made_for_and_not_far_beyond() -> None:
    places = np.array([[-30.0, 2.0], [40.0, 5.0]])
    camera = camera_of(places, LOOK, 640, 500)
    assert camera.sees(places)
    assert not camera.sees(np.array([[41.0, 5.0]]))
    assert camera_of(places, LOOK, 640, 500, room=1.5).sees(np.array([[41.0, 5.0]]))


def test_going_on_after_the_end_does_not_matter_but_what_goes_wrong_there_does() -> None:
    made = scene(num_steps=40)
    place, finished = made.place.copy(), np.zeros_like(made.finished)
    finished[21:], place[31:, :, 0] = True, place[31:, :, 0] + 100.0
    far = replace(made, place=place, finished=finished)
    alarm = np.zeros_like(finished)
    alarm[40] = True
    assert places_to_see(far)[:, 0].max() == 8.0
    assert places_to_see(replace(far, alarm=alarm))[:, 0].max() == 108.0
    assert places_to_see(scene())[:, 1].max() == pytest.approx(20.0)


def test_lines_are_seen_to_their_ends() -> None:
    walled = scene(lines=(np.array([[-50.0, 0.0], [60.0, 0.0]]),))
    assert places_to_see(walled)[:, 0].min() == -50.0


def test_a_scene_of_nobody_shows_the_middle() -> None:
    assert places_to_see(film()).tolist() == [[0.0, 0.0]]
