"""Facts about the rules that policies are compared with, as the door shows them."""

from __future__ import annotations

from conftest import ROOT

from envs.airspace.baselines.room import BASELINES
from envs.airspace.evaluation.room import EVALUATION
from envs.airspace.evaluation.settings import EvaluationSettings
from envs.ground.steering import Steering
from pipeline.settings.params import read_params
from pipeline.settings.worlds import baselines_settings, evaluation_settings

PARAMS = read_params(ROOT / "params.yaml")


def test_every_rule_that_plays_has_words() -> None:
    made = BASELINES.make(baselines_settings(PARAMS, "airspace"))
    assert list(made) == ["hold", "direct", "mvp", "orca"]
    assert set(made) == set(BASELINES.words)
    assert all(isinstance(rule, Steering) for rule in made.values())


def test_whom_figures_are_held_against_plays_in_every_evaluation() -> None:
    """The yardstick, who never acts, the references of rates, and who flies beside the policy in mixed teams."""
    own = evaluation_settings(PARAMS, "airspace")
    assert isinstance(own, EvaluationSettings)
    wanted = {BASELINES.nobody, BASELINES.yardstick, *EVALUATION.references, *EVALUATION.teams(own).beside}
    assert wanted <= set(BASELINES.make(baselines_settings(PARAMS, "airspace")))
