"""Rules know of the others what reports say, as policies do, and of themselves the truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from envs.airspace.baselines.reciprocal import Reciprocal
from envs.airspace.baselines.reports import reports, truth
from envs.airspace.baselines.settings import Mvp, Orca
from envs.airspace.baselines.voltage_potential import VoltagePotential, encounters
from envs.ground.steering import Steering
from tests.envs.airspace.simulation.worlds_by_hand import world

CONVERGING = ((0.0, -20.0, 0.0, 0.0, 30.0), (1.0, 20.0, 180.0, 1.0, -30.0))
RULES = {
    "mvp": VoltagePotential(Mvp(look_ahead_s=300.0, margin=1.05)),
    "orca": Reciprocal(Orca(time_horizon_s=300.0, margin=1.2)),
}


def disturbed(**disturbance: float) -> Any:
    return world(*CONVERGING, disturbance=disturbance)


def acted(rule: Steering, batch: Any) -> np.ndarray:
    rule.begin(batch, 0)
    return rule.steer(batch, None)[0]


def test_reports_that_nothing_disturbs_are_true() -> None:
    batch = disturbed()
    assert reports(batch).heard.all()
    assert (reports(batch).position_nm == batch.worlds.position).all()


def test_noisy_reports_are_the_ones_that_a_policy_sees() -> None:
    batch = disturbed(position_noise_nm=0.5, velocity_noise_kt=20.0)
    told = reports(batch)
    assert (told.position_nm == batch.worlds.report[..., :2]).all()
    assert (told.velocity_kt == batch.worlds.report[..., 2:]).all()
    assert not np.isclose(told.position_nm, batch.worlds.position).any()


def test_a_pair_is_seen_from_the_true_place_to_the_reported_one() -> None:
    batch = disturbed(position_noise_nm=0.5)
    seen = encounters(batch, reports(batch)).position_nm[0, 0, 1]
    assert seen == pytest.approx(batch.worlds.report[0, 1, :2] - batch.worlds.position[0, 0])


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_rule_acts_on_the_report_and_not_on_the_truth(rule: Steering) -> None:
    """Of the other aircraft a report 40 NM aside arrives: there is nothing to avoid."""
    batch = disturbed(position_noise_nm=1e-6)
    assert abs(acted(rule, batch)[0]).max() > 1e-3
    batch.worlds.report[0, 1, :2] = 40.0, 20.0
    assert acted(rule, batch)[0] == pytest.approx([0.0, 0.0], abs=1e-9)


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_who_was_never_heard_of_is_not_avoided(rule: Steering) -> None:
    batch = disturbed(dropped_reports=0.5)
    batch.worlds.reported[0] = True, False
    assert acted(rule, batch)[0] == pytest.approx([0.0, 0.0], abs=1e-9)


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_report_that_is_lost_leaves_the_last_one_standing(rule: Steering) -> None:
    """All reports after the first are lost: what is known of the other stays, wherever it flies."""
    batch = disturbed(dropped_reports=0.5)
    batch.worlds.dropped_reports[:], batch.worlds.reported[:] = 1.0, True
    first = batch.worlds.report.copy()
    for _ in range(5):
        batch.step(np.zeros((1, 2, 2)))
    assert (reports(batch).position_nm == first[..., :2]).all()
    assert not np.isclose(truth(batch).position_nm, first[..., :2]).all()
    assert np.isfinite(acted(rule, batch)).all()
