"""Facts about how the airspace is drawn."""

from __future__ import annotations

import numpy as np

from envs.airspace.pictures.room import LOOK, PICTURES
from envs.ground.doors import pictures
from tests.envs.airspace.pictures.flights_by_hand import recording, scene


def test_the_door_opens_it() -> None:
    assert pictures("airspace") is PICTURES


def test_two_circles_that_touch_are_5_nm_apart_and_so_far_is_what_counts_as_close() -> None:
    assert 2 * LOOK.radius == LOOK.near == LOOK.limit == 5.0
    assert any("two that touch are 5 NM apart" in words for _, words in LOOK.legend)


def test_the_outline_is_the_same_on_both_sides_and_points_up() -> None:
    corners = {tuple(corner) for corner in LOOK.outline.tolist()}
    assert corners == {(-x, y) for x, y in corners}
    assert LOOK.outline[:, 1].argmin() == 0


def test_a_flight_is_drawn_from_above_with_its_separation_below() -> None:
    made = PICTURES.scene(recording(separation_nm=(8.0, 4.0, 6.0, 6.0, 6.0)), "night")
    assert made.ids == ("A1", "A2")
    assert made.place[2].tolist() == [[0.0, 2.0], [8.0, 2.0]]
    assert made.goal.tolist() == [[0.0, 20.0], [8.0, 20.0]]
    assert made.alarming.tolist() == [False, True, False, False, False]
    assert made.curve.tolist() == [8.0, 4.0, 6.0, 6.0, 6.0]
    assert made.details[1] == ["251 kt", "251 kt"]
    assert made.summary == "minimum 4.00 NM, separation lost"


def test_one_that_leaves_has_a_place_until_then_and_has_arrived() -> None:
    made = scene(leaves_at=2)
    assert made.shown[:, 0].tolist() == [True, True, False, False, False]
    assert made.place[:3, 0, 1].tolist() == [0.0, 1.0, 2.0]
    assert np.isnan(made.place[3:, 0]).all()
    assert made.finished[:, 0].tolist() == [False, False, True, True, True]
    assert list(made.words) == ["arrived 0 of 2"] * 2 + ["arrived 1 of 2"] * 3


def test_one_alone_has_no_minimum_and_one_above_the_limit_is_not_lost() -> None:
    assert scene((0.0,)).summary == "no pair"
    assert scene().summary == "minimum 8.00 NM"


def test_one_who_is_never_there_is_not_counted() -> None:
    table = recording()
    table.loc[table["agent"].eq("A2"), "present"] = False
    assert PICTURES.scene(table, "x").words[0] == "arrived 0 of 1"
