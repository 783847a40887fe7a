"""Facts about a scene between two of its samples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline.pictures.moments import moment, said
from tests.pipeline.pictures.scenes_by_hand import film, scene


def test_between_samples_agents_go_straight() -> None:
    now = moment(scene(), 14.0)
    assert now.index == 1
    assert now.place.tolist() == [[0.0, pytest.approx(1.4)], [8.0, pytest.approx(1.4)]]
    assert now.ahead.tolist() == [[0.0, pytest.approx(6.0)]] * 2
    assert now.pairs == [(0, 1, pytest.approx(8.0))]


def test_courses_turn_the_short_way_round_and_none_is_up() -> None:
    made = scene((0.0,), num_steps=1)
    assert moment(replace(made, course=np.array([[350.0], [20.0]])), 5.0).course.tolist() == [pytest.approx(365.0)]
    assert moment(replace(made, course=np.full((2, 1), np.nan)), 5.0).course.tolist() == [0.0]


def test_at_the_end_the_line_ahead_goes_on() -> None:
    made = scene()
    now = moment(made, made.end)
    assert now.index == 4
    assert now.place[:, 1].tolist() == [4.0, 4.0]
    assert now.ahead[:, 1].tolist() == [pytest.approx(6.0)] * 2
    assert moment(scene(num_steps=0), 0.0).ahead.tolist() == [[0.0, 0.0]] * 2


def test_one_that_leaves_goes_on_to_where_it_was_last_and_is_gone() -> None:
    made = scene(leaves_at=2)
    leaving, gone = moment(made, 15.0), moment(made, 20.0)
    assert leaving.shown.tolist() == [True, True]
    assert leaving.place[0].tolist() == [0.0, pytest.approx(1.5)]
    assert len(leaving.pairs) == 1
    assert gone.shown.tolist() == [False, True]
    assert gone.pairs == []


def test_one_whose_next_place_is_not_known_stays() -> None:
    made = scene()
    place = made.place.copy()
    place[2, 0] = np.nan
    lost = moment(replace(made, place=place), 15.0)
    assert lost.place[0].tolist() == [0.0, 1.0]
    assert not moment(replace(made, place=place), 25.0).shown[0]


def test_pairs_come_nearest_first_and_close_ones_are_nearer_than_the_look_says() -> None:
    now = moment(scene((0.0, 3.0, 8.0)), 0.0)
    assert [(first, second) for first, second, _ in now.pairs] == [(0, 1), (1, 2), (0, 2)]
    assert [distance for *_, distance in now.pairs] == [3.0, 5.0, 8.0]
    assert now.close == [(0, 1, 3.0)]


def test_what_is_plotted_is_said_too() -> None:
    assert said(scene(), moment(scene(), 3.0)) == "nearest pair 8.00 m"
    assert said(scene((0.0,)), moment(scene((0.0,)), 3.0)) == "no pair"
    made = film()
    assert said(made, moment(made, 3.0)) == "smallest distance -3 m"
    unknown = replace(made, curve=np.full(5, np.nan))
    assert said(unknown, moment(unknown, 3.0)) == ""
