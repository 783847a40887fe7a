"""The ranking score, worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import ROOT

from envs.airspace.evaluation.score import EXPLAINED, score
from envs.airspace.evaluation.settings import Gates, Score, Weights
from pipeline.ground.checks import ParamsError, check
from pipeline.settings.params import read_params
from pipeline.settings.worlds import evaluation_settings

ONCE = dict.fromkeys(Weights.model_fields, 1.0)


def wanted(**weights: float) -> Score:
    return Score(gates=Gates(near_mid_air_episodes=0, los_rate=0.1), weights=Weights(**(ONCE | weights)))


def figures(**test: Any) -> dict[str, Any]:
    """A policy that loses separation in 2 % of unseen episodes and fails in one of four suite scenarios."""
    suite = {"near_mid_air_episodes": 0, "solved": 3, "scenarios": 4}
    unseen = {"near_mid_air_episodes": 0, "los_rate": 0.02, "intrusion_prevention": 0.9, "arrived_share": 1.0}
    unseen |= {"path_efficiency": 0.95, "oscillation": 0.2}
    shifts = {"none": {"los_rate": 1.0}, "micro": {"los_rate": 0.1}, "macro": {"los_rate": 0.3}}
    found = {"suite": suite, "test": unseen | test, "shifts": shifts}
    return {name: {"deterministic": part} for name, part in found.items()}


def test_the_score_is_the_weighted_mean_of_the_parts() -> None:
    found = score(figures(), wanted(suite=3.0))
    parts = {"separation": 0.8, "suite": 0.75, "shifts": 0.8, "prevention": 0.9, "arrival": 1.0, "efficiency": 0.95}
    parts |= {"steadiness": 0.8}
    assert found["parts"] == pytest.approx(parts)
    assert found["score"] == pytest.approx((sum(parts.values()) + 2 * 0.75) / 9)
    assert found["gates"] == {"near_mid_air": 1, "los_rate": 1}


@pytest.mark.parametrize(
    ("test", "gate"), [({"near_mid_air_episodes": 1}, "near_mid_air"), ({"los_rate": 0.1}, "los_rate")]
)
def test_a_missed_gate_makes_the_score_0_and_is_named(test: dict[str, float], gate: str) -> None:
    found = score(figures(**test), wanted())
    assert found["score"] == 0.0
    assert [name for name, passed in found["gates"].items() if not passed] == [gate]


def test_what_nothing_tells_of_costs_nothing_but_an_efficiency_that_nobody_reached_does() -> None:
    found = score(figures(intrusion_prevention=None, oscillation=None, path_efficiency=None), wanted())["parts"]
    assert (found["prevention"], found["steadiness"], found["efficiency"]) == (1.0, 1.0, 0.0)


def test_every_part_has_a_weight_and_an_explanation() -> None:
    parts = score(figures(), wanted())["parts"]
    assert set(parts) == set(Weights.model_fields) == set(EXPLAINED)


def test_weights_that_are_all_0_are_refused() -> None:
    values = evaluation_settings(read_params(ROOT / "params.yaml"), "airspace").score.model_dump()
    with pytest.raises(ParamsError, match="all weights are 0"):
        check(Score, values | {"weights": dict.fromkeys(ONCE, 0.0)}, "params.yaml")
