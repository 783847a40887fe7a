"""Facts about small drawings of whole episodes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline.pictures.panels import svg
from pipeline.pictures.paths import draw_scenario, trajectories
from pipeline.pictures.player import AGENT_COLOURS, LOSS_COLOUR
from pipeline.pictures.scales import rounded_down, rounded_up
from tests.pipeline.pictures.scenes_by_hand import film, scene


def test_paths_are_red_where_something_goes_wrong() -> None:
    wrong = svg(trajectories({"head_on": scene(alarm=(2,), summary="4.00 m, too near")}, 5))
    fine = svg(trajectories({"head_on": scene()}, 5))
    assert LOSS_COLOUR in wrong
    assert "4.00 m, too near" in wrong
    assert LOSS_COLOUR not in fine
    assert all(colour in fine for colour in AGENT_COLOURS[:2])


@pytest.mark.parametrize("num", [0, 1, 7])
def test_small_multiples_are_as_many_as_the_scenes(num: int) -> None:
    figure = trajectories({f"episode {i}": scene() for i in range(num)}, 5)
    assert sum(bool(axes.get_title()) for axes in figure.axes) == num


def test_at_least_one_column_is_wanted() -> None:
    with pytest.raises(ValueError, match="columns: 0, wanted at least 1"):
        trajectories({"x": scene()}, 0)


def test_an_episode_that_ends_at_its_start_and_one_of_nobody_can_be_drawn() -> None:
    assert "no pair" in svg(trajectories({"still": scene(num_steps=0, summary="no pair")}, 5))
    nobody = scene(shown=np.zeros((5, 2), bool))
    assert "smallest 8 m" in svg(trajectories({"nobody": nobody}, 5))


def test_the_scale_is_what_counts_as_near_or_a_round_quarter() -> None:
    assert "5 m" in svg(trajectories({"x": scene()}, 1))
    free = scene(look={"near": np.nan, "unit": "km"})
    assert "10 km" in svg(trajectories({"x": replace(free, goal=free.goal * 2)}, 1))
    assert " m<" not in svg(trajectories({"x": scene(look={"shape": "piece"}, summary="")}, 1))


def test_of_a_worlds_own_pictures_the_last_is_shown() -> None:
    assert "<image" in svg(trajectories({"x": film()}, 1))
    assert "<image" in draw_scenario(film(), None)


def test_a_scenario_shows_what_goes_wrong_if_nobody_acts_and_the_way_beside_it() -> None:
    nobody, solved = scene(alarm=(2, 3)), scene((1.0, 9.0), num_steps=3)
    without, both = draw_scenario(nobody, None), draw_scenario(nobody, solved)
    assert LOSS_COLOUR in without
    assert LOSS_COLOUR in both
    assert both.count("<path") > without.count("<path")
    assert draw_scenario(nobody, solved) == both
    assert LOSS_COLOUR not in draw_scenario(solved, solved)


def test_what_happens_if_nobody_acts_is_drawn_until_the_other_ends() -> None:
    assert LOSS_COLOUR in draw_scenario(scene(num_steps=8, alarm=(6, 7)), scene(num_steps=7))
    assert LOSS_COLOUR not in draw_scenario(scene(num_steps=8, alarm=(6, 7)), scene(num_steps=5))


@pytest.mark.parametrize(
    ("number", "up", "down"), [(0.03, 0.05, 0.02), (1.0, 1.0, 1.0), (4.9, 5.0, 2.0), (56, 100, 50)]
)
def test_round_numbers(number: float, up: float, down: float) -> None:
    assert rounded_up(number) == pytest.approx(up)
    assert rounded_down(number) == pytest.approx(down)
