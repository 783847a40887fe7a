"""Rates, what is held beside rules, and the ranking score, worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from envs.ground.columns import Columns, columns_of
from envs.roads.evaluation.figures import against, beside_nobody, drive_figures, headline
from envs.roads.evaluation.rates import COUNTED, beside, ratios
from envs.roads.evaluation.score import score
from envs.roads.evaluation.settings import Gates, Score, Weights
from envs.roads.evaluation.table import MEANS


def episodes(**columns: list[Any]) -> Columns:
    """Two episodes: 4 cars that all arrive, and 6 of which two collide, one by its fault."""
    table = {
        "failed": [False, True],
        "entered": [4, 6],
        "blocked": [0, 1],
        "num_arrived": [4, 4],
        "num_collided": [0, 2],
        "num_off_road": [0, 0],
        "num_red_light": [0, 0],
        "num_at_fault": [0, 1],
        "num_lost": [0, 2],
        "near_misses": [0, 3],
        "hard_brakes": [1, 2],
        "km": [0.4, 0.6],
        "vehicle_hours": [0.02, 0.03],
        "arm_hours": [0.04, 0.04],
        "delay_s": [1.0, 3.0],
        "min_ttc_s": [2.0, 0.5],
        "min_pet_s": [np.nan, 1.0],
        **{name: [1.0, 0.5] for name in MEANS},
    }
    return columns_of(pd.DataFrame(table | columns))


def test_rates_are_sums_over_sums() -> None:
    found = drive_figures(episodes())
    assert found["collided_cars"] == found["lost_cars"] == pytest.approx(2 / 10)
    assert (found["at_fault_cars"], found["arrived_cars"]) == pytest.approx((0.1, 0.8))
    assert found["vmax_score"] == pytest.approx((4 * 1.0 + 6 * 0.5) / 10)
    assert found["losses_per_vehicle_hour"] == pytest.approx(2 / 0.05)
    assert found["hard_brakes_per_km"] == pytest.approx(3.0)
    assert found["near_misses_per_1000km"] == pytest.approx(3000.0)
    assert found["throughput_per_arm"] == pytest.approx(8 / 0.08)
    assert found["delay_mean_s"] == pytest.approx((4 * 1.0 + 4 * 3.0) / 8)
    assert (found["mean_min_ttc_s"], found["mean_min_pet_s"], found["cars"]) == (1.25, 1.0, 10)


def test_beside_rules_are_the_risk_of_hold_and_the_delay_above_reserve() -> None:
    rules = {"num_lost_of_hold": [1, 4], "delay_s_of_reserve": [0.5, np.nan]}
    found = against(episodes(**rules))
    assert found == {"risk_ratio": pytest.approx(2 / 5), "extra_delay_s": pytest.approx(0.5)}
    assert beside_nobody(episodes(), episodes(num_lost=[2, 2])) == {"risk_ratio": 0.5}


def test_parts_and_wholes_have_the_shape_of_runs_and_episodes() -> None:
    columns = {name: np.ones((3, 5)) for name in COUNTED}
    columns |= {f"{name}_of_{rule}": np.ones((3, 5)) for name in COUNTED for rule in ("hold", "reserve")}
    found = ratios(columns) | beside(columns)
    assert {part.shape for both in found.values() for part in both} == {(3, 5)}


def figures(**test: Any) -> dict[str, Any]:
    unseen = {"lost_cars": 0.01, "arrived_cars": 0.98, "vmax_score": 0.9, "failed_rate": 0.05, "nuplan_score": 0.92}
    unseen |= {"losses_per_vehicle_hour": 3.0, "delay_mean_s": 1.0, "return_mean": 5.0} | test
    suite = {"solved": 9, "scenarios": 12, "failed_rate": 0.1}
    shifts = {"none": {"failed_rate": 1.0}, "micro": {"failed_rate": 0.1}, "macro": {"failed_rate": 0.3}}
    found: dict[str, Any] = {"suite": suite, "test": unseen, "shifts": shifts}
    return {name: {"deterministic": part} for name, part in found.items()}


WANTED = Score(gates=Gates(lost_cars=0.02), weights=Weights(driving=3, safety=1, arrival=1, suite=1, shifts=0))


def test_the_score_is_the_weighted_mean_of_the_parts_and_0_where_too_many_are_lost() -> None:
    found = score(figures(), WANTED)
    parts = {"driving": 0.9, "safety": 0.5, "arrival": 0.98, "suite": 0.75, "shifts": 0.8}
    assert found["parts"] == pytest.approx(parts)
    assert found["score"] == pytest.approx((3 * 0.9 + 0.5 + 0.98 + 0.75) / 6)
    lost = score(figures(lost_cars=0.02), WANTED)
    assert (lost["score"], lost["gates"]) == (0.0, {"lost_cars": 0})


def test_without_suite_and_shifts_their_parts_are_1() -> None:
    found = score(figures() | {"suite": {}, "shifts": {}}, WANTED)
    assert (found["parts"]["suite"], found["parts"]["shifts"]) == (1.0, 1.0)


def test_all_weights_0_are_refused() -> None:
    with pytest.raises(ValueError, match="all weights are 0"):
        Weights(driving=0, safety=0, arrival=0, suite=0, shifts=0)


def test_the_headline_tells_ours_and_the_yardsticks() -> None:
    found = figures()
    found["test"]["proposals"] = {"failed_rate": 0.2, "vmax_score": 0.8}
    told = headline(found | {"score": {"score": 0.7}}, ("proposals", "reserve"))
    assert list(told)[:3] == ["score", "test_failed", "test_failed_proposals"]
    assert (told["test_vmax_score_proposals"], told["suite_solved"], told["shifts_macro_failed"]) == (0.8, 9, 0.3)
