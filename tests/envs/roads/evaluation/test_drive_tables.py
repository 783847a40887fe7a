"""Scores and tables, worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from drives_by_hand import Track, drive

from envs.roads.evaluation.drive import COLLIDED, RED_LIGHT
from envs.roads.evaluation.scores import scores
from envs.roads.evaluation.table import measure

CLEAN = {
    **dict.fromkeys(("at_fault", "off_road", "red_light"), np.array([[False]])),
    **dict.fromkeys(("making_progress", "ttc_within_bound", "comfort", "comfort_nuplan"), np.array([[True]])),
    **dict.fromkeys(("direction", "progress", "speed", "lanes"), np.array([[1.0]])),
}


def both(**changes: object) -> tuple[float, float]:
    found = scores(CLEAN | {name: np.array([[value]]) for name, value in changes.items()})
    return found["vmax_score"][0, 0], found["nuplan_score"][0, 0]


def test_a_clean_car_has_1_and_parts_count_by_their_weights() -> None:
    assert both() == (1.0, 1.0)
    assert both(ttc_within_bound=False) == pytest.approx((14 / 19, 11 / 16))
    assert both(progress=0.5) == pytest.approx((16.5 / 19, 13.5 / 16))
    assert both(speed=0.25) == pytest.approx((16 / 19, 13 / 16))
    assert both(lanes=0.0) == pytest.approx((16 / 19, 1.0))
    assert both(comfort=False) == pytest.approx((17 / 19, 1.0))
    assert both(comfort_nuplan=False) == pytest.approx((1.0, 14 / 16))


def test_faults_are_multiplied_and_red_lights_are_v_max_s_alone() -> None:
    assert both(at_fault=True) == both(off_road=True) == both(making_progress=False) == (0.0, 0.0)
    assert both(red_light=True) == (0.0, 1.0)
    assert both(direction=0.5) == (0.5, 0.5)


def test_tables_have_a_row_per_car_that_entered_and_per_episode() -> None:
    """The first arrives, the second runs a red light, the third is not let in."""
    through, red = Track(steps=10), Track(y_m=100.0, steps=5, status=RED_LIGHT)
    found = measure(drive(through, red, Track(enters=20, steps=0, wanted=3)), first_episode=7)
    assert found.cars[["episode", "car", "arrived", "red_light"]].to_numpy().tolist() == [[7, 0, 1, 0], [7, 1, 0, 1]]
    row = found.episodes.iloc[0]
    assert (row["episode"], row["entered"], row["blocked"], row["num_arrived"], row["num_lost"]) == (7, 2, 1, 1, 1)
    assert row["vmax_score"] == pytest.approx(0.5)
    assert row["vehicle_hours"] == pytest.approx(3.0 / 3600.0)
    assert row["km"] == pytest.approx(0.03)
    assert row["arm_hours"] == pytest.approx(4 * 4.0 / 3600.0)
    assert row["delays_s"] == pytest.approx([0.0], abs=1e-9)
    assert (row["min_ttc_s"], math.isnan(row["min_pet_s"])) == (5.0, True)


def test_an_episode_without_cars_is_clean() -> None:
    row = measure(drive(Track(enters=20, steps=0, wanted=25))).episodes.iloc[0]
    assert (row["entered"], row["blocked"], row["vmax_score"], len(row["delays_s"])) == (0, 0, 1.0, 0)


def test_a_crash_costs_both_or_the_one_to_blame() -> None:
    back, front = Track(status=COLLIDED, steps=2), Track(x_m=7.6, speed_mps=1.0, status=COLLIDED, steps=2)
    cars = measure(drive(back, front)).cars
    assert cars["lost"].tolist() == [True, True]
    assert cars["vmax_score"].tolist()[0] == 0.0
    assert cars["vmax_score"].tolist()[1] > 0.0 or not cars["making_progress"].tolist()[1]
