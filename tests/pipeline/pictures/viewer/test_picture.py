"""Facts about a picture of a scene, told by the colours of pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from envs.ground.scene import Scene
from pipeline.pictures.viewer.camera import Camera, places_to_see
from pipeline.pictures.viewer.inks import AGENTS, LOSS, SEA
from pipeline.pictures.viewer.picture import HEIGHT, PLOT_HEIGHT, WIDTH, WORDS_HEIGHT, map_camera, picture
from pipeline.pictures.viewer.plot import clock
from pipeline.pictures.viewer.sheet import mixed
from tests.pipeline.pictures.scenes_by_hand import film, scene

MAP = slice(WORDS_HEIGHT + 1, HEIGHT - PLOT_HEIGHT - 1)


def camera_for(made: Scene) -> Camera:
    return map_camera(made, places_to_see(made))


def drawn(made: Scene, time: float) -> np.ndarray:
    return picture(made, time, camera_for(made), made.end)


def count(part: np.ndarray, colour: tuple[int, int, int]) -> int:
    """Pixels of exactly this colour."""
    return int((part == colour).all(2).sum())


@pytest.mark.parametrize("x", [(0.0,), (0.0, 8.0), tuple(7.0 * a for a in range(20))])
def test_a_picture_is_an_array_of_colours(x: tuple[float, ...]) -> None:
    image = drawn(scene(x), 12.0)
    assert image.shape == (HEIGHT, WIDTH, 3)
    assert image.dtype == np.uint8


def test_the_same_moment_gives_the_same_picture_and_another_a_different_one() -> None:
    made = scene()
    assert (drawn(made, 12.0) == drawn(made, 12.0)).all()
    assert (drawn(made, 12.0) != drawn(made, 13.0)).any()


def test_an_agent_is_drawn_where_it_is() -> None:
    made = scene()
    x, y = camera_for(made).at(np.array([8.0, 1.2])).round().astype(int)
    assert tuple(drawn(made, 12.0)[y, x]) == AGENTS[1]


def test_one_that_has_left_is_not_drawn_but_its_trail_stays() -> None:
    stays, leaves = scene(num_steps=8), scene(num_steps=8, leaves_at=2)
    camera = camera_for(stays)
    x, y = camera.at(np.array([0.0, 8.0])).round().astype(int)
    assert tuple(drawn(stays, 80.0)[y, x]) == AGENTS[0]
    image = picture(leaves, 80.0, camera, 80.0)
    assert tuple(image[y, x]) != AGENTS[0]
    x, y = camera.at(np.array([0.0, 0.5])).round().astype(int)
    ground = picture(scene((8.0,), num_steps=8), 80.0, camera, 80.0)
    assert tuple(image[y, x]) != tuple(ground[y, x])


def test_one_that_has_finished_is_hollow() -> None:
    finished = replace(scene(), finished=np.array([[False, True]] * 5))
    x, y = camera_for(finished).at(np.array([8.0, 1.2])).round().astype(int)
    assert tuple(drawn(finished, 12.0)[y, x]) != AGENTS[1]


def test_the_map_is_red_only_where_something_is_or_was_wrong() -> None:
    assert count(drawn(scene(), 20.0)[MAP], LOSS) == 0
    near = scene((0.0, 3.0), alarm=range(5))
    now = drawn(near, 20.0)
    assert count(now[MAP], LOSS) > 200
    once = drawn(scene(alarm=(1,)), 40.0)
    assert 0 < count(once[MAP], LOSS) < count(now[MAP], LOSS)


def test_the_plot_shades_the_time_in_which_something_is_wrong() -> None:
    def shaded(made: Scene) -> int:
        return count(drawn(made, 0.0)[HEIGHT - PLOT_HEIGHT :], mixed(LOSS, SEA, 0.13))

    assert shaded(scene()) == 0
    one, two = (shaded(scene(alarm=steps)) for steps in ((1,), (1, 2)))
    assert one > 5000
    assert two == pytest.approx(2 * one, rel=0.1)


def test_a_scene_of_one_agent_and_one_of_a_single_sample_can_be_drawn() -> None:
    assert count(drawn(scene((0.0,)), 10.0)[MAP], LOSS) == 0
    assert drawn(scene(num_steps=0), 0.0).shape == (HEIGHT, WIDTH, 3)


def test_a_clock_counts_minutes() -> None:
    assert [clock(time_s) for time_s in (0.0, 59.9, 60.0, 754.0)] == ["0:00", "0:59", "1:00", "12:34"]


def bare(shape: str, **values: object) -> Scene:
    """Two agents of this shape and nothing else."""
    look = {"shape": shape, "radius": 2.0, "near": np.nan, "ahead": 0.0, "up": ""}
    return scene(look=look, ids=("", ""), details=(), goal=np.full((2, 2), np.nan), **values)  # type: ignore[arg-type]


def extent(part: np.ndarray, colour: tuple[int, int, int]) -> list[int]:
    """How high and how wide the pixels of a colour are spread."""
    return [int(np.ptp(places)) + 1 for places in np.nonzero((part == colour).all(2))]


@pytest.mark.parametrize("shape", ["dot", "car", "piece"])
def test_a_body_is_as_large_as_its_radius_and_red_where_something_is_wrong(shape: str) -> None:
    fine, wrong = (drawn(bare(shape, alarm=alarm), 0.0)[MAP] for alarm in ((), (0,)))
    scale = camera_for(bare(shape)).scale
    area = {"dot": np.pi, "car": 4 * 0.45, "piece": 4.0}[shape] * (2.0 * scale) ** 2
    assert count(fine, AGENTS[0]) == pytest.approx(area, rel=0.1)
    assert count(fine, LOSS) == 0
    assert count(wrong, LOSS) == pytest.approx(2 * area, rel=0.1)


def test_a_car_turns_with_its_course() -> None:
    up = bare("car")
    right = replace(up, course=np.full((5, 2), 90.0))
    (high, wide), (low, long) = (extent(drawn(made, 0.0)[MAP], AGENTS[0]) for made in (up, right))
    assert high / wide == pytest.approx(1 / 0.45, rel=0.1)
    assert long / low == pytest.approx(1 / 0.45, rel=0.1)


def test_lines_are_drawn_and_boards_have_neither_grid_nor_scale() -> None:
    wall = (np.array([[-3.0, 10.0], [12.0, 10.0]]),)
    assert (drawn(scene(lines=wall), 0.0) != drawn(scene(), 0.0))[MAP].any()
    empty = {shape: drawn(bare(shape, shown=np.zeros((5, 2), bool)), 0.0)[MAP] for shape in ("dot", "piece")}
    assert (empty["dot"] != SEA).any()
    assert (empty["piece"] == SEA).all()


def test_a_worlds_own_picture_fills_the_map_and_moves() -> None:
    made = film()
    first, last = drawn(made, 0.0)[MAP], drawn(made, 4.0)[MAP]
    assert count(first, (255, 255, 255)) == count(last, (255, 255, 255)) > 10_000
    middles = [np.nonzero((part == 255).all(2))[1].mean() for part in (first, last)]
    assert middles[1] - middles[0] == pytest.approx(4 * WIDTH / 40)


def test_a_world_that_shows_nothing_is_drawn_as_words() -> None:
    nothing = replace(film(), frames=None)
    inked = (drawn(nothing, 0.0)[MAP] != SEA).any(2)
    assert 50 < inked.sum() < 5000
