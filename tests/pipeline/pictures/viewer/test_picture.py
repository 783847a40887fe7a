"""Facts about a picture of a flight, told by the colours of pixels."""

from __future__ import annotations

import numpy as np
import pytest

from envs.airspace.pictures.scene import Flight, of_recording
from pipeline.pictures.viewer.camera import Camera, places_to_see
from pipeline.pictures.viewer.inks import AIRCRAFT, LOSS, SEA
from pipeline.pictures.viewer.picture import HEIGHT, PLOT_HEIGHT, WIDTH, WORDS_HEIGHT, clock, map_camera, picture
from pipeline.pictures.viewer.sheet import mixed
from tests.envs.airspace.pictures.flights_by_hand import flight, recording

MAP = slice(WORDS_HEIGHT + 1, HEIGHT - PLOT_HEIGHT - 1)


def camera_for(made: Flight) -> Camera:
    return map_camera(places_to_see(made))


def drawn(made: Flight, time_s: float) -> np.ndarray:
    return picture(made, time_s, camera_for(made), made.end_s)


def count(part: np.ndarray, colour: tuple[int, int, int]) -> int:
    """Pixels of exactly this colour."""
    return int((part == colour).all(2).sum())


@pytest.mark.parametrize("east_nm", [(0.0,), (0.0, 8.0), tuple(7.0 * a for a in range(20))])
def test_a_picture_is_an_array_of_colours(east_nm: tuple[float, ...]) -> None:
    image = drawn(flight(east_nm), 12.0)
    assert image.shape == (HEIGHT, WIDTH, 3)
    assert image.dtype == np.uint8


def test_the_same_moment_gives_the_same_picture_and_another_a_different_one() -> None:
    made = flight()
    assert (drawn(made, 12.0) == drawn(made, 12.0)).all()
    assert (drawn(made, 12.0) != drawn(made, 13.0)).any()


def test_an_aircraft_is_drawn_where_it_is() -> None:
    made = flight()
    x, y = camera_for(made).at(np.array([8.0, 1.2])).round().astype(int)
    assert tuple(drawn(made, 12.0)[y, x]) == AIRCRAFT[1]


def test_one_that_has_left_is_not_drawn_but_its_trail_stays() -> None:
    stays, leaves = flight(num_steps=8), flight(num_steps=8, leaves_at=2)
    camera = camera_for(stays)
    x, y = camera.at(np.array([0.0, 8.0])).round().astype(int)
    assert tuple(drawn(stays, 80.0)[y, x]) == AIRCRAFT[0]
    image = picture(leaves, 80.0, camera, 80.0)
    assert tuple(image[y, x]) != AIRCRAFT[0]
    x, y = camera.at(np.array([0.0, 0.5])).round().astype(int)
    ground = picture(flight((8.0,), num_steps=8), 80.0, camera, 80.0)
    assert tuple(image[y, x]) != tuple(ground[y, x])


def test_one_that_has_arrived_is_hollow() -> None:
    table = recording()
    arrived = of_recording(table.assign(arrived=table["agent"].eq("A2")), "x")
    x, y = camera_for(arrived).at(np.array([8.0, 1.2])).round().astype(int)
    assert tuple(drawn(arrived, 12.0)[y, x]) != AIRCRAFT[1]


def test_the_map_is_red_only_where_separation_is_or_was_lost() -> None:
    assert count(drawn(flight(), 20.0)[MAP], LOSS) == 0
    near = flight((0.0, 3.0), separation_nm=[3.0] * 5)
    now = drawn(near, 20.0)
    assert count(now[MAP], LOSS) > 200
    once = drawn(flight(separation_nm=(8.0, 4.0, 8.0, 8.0, 8.0)), 40.0)
    assert 0 < count(once[MAP], LOSS) < count(now[MAP], LOSS)


def test_the_plot_shades_the_time_in_which_separation_is_lost() -> None:
    def shaded(made: Flight) -> int:
        return count(drawn(made, 0.0)[HEIGHT - PLOT_HEIGHT :], mixed(LOSS, SEA, 0.13))

    assert shaded(flight()) == 0
    one, two = (shaded(flight(separation_nm=nm)) for nm in ((8.0, 4.0, 8.0, 8.0, 8.0), (8.0, 4.0, 4.0, 8.0, 8.0)))
    assert one > 5000
    assert two == pytest.approx(2 * one, rel=0.1)


def test_a_flight_alone_and_one_of_a_single_sample_can_be_drawn() -> None:
    assert count(drawn(flight((0.0,)), 10.0)[MAP], LOSS) == 0
    assert drawn(flight(num_steps=0), 0.0).shape == (HEIGHT, WIDTH, 3)


def test_a_clock_counts_minutes() -> None:
    assert [clock(time_s) for time_s in (0.0, 59.9, 60.0, 754.0)] == ["0:00", "0:59", "1:00", "12:34"]
