"""Ten recorded episodes, measured by the world's metrics and once more by the slow metrics: the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from slow_metrics import (
    SlowEpisode,
    slow_conflicts,
    slow_control,
    slow_mission,
    slow_safety,
    slow_state_based,
    slow_study,
)

from envs.airspace.evaluation.recorder import FlightRecorder
from envs.airspace.evaluation.table import Measured, measure
from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.play import Episodes, Space, play
from envs.ground.policy import Policy
from envs.ground.steering import Nothing, Steering, as_steering

WITHIN_STEP_NM = 0.015
"""Between a step's ends the metrics' smallest separation of a pair may be off by so much (pair_separation.py)."""


class Wander:
    """Acts at random, as a fixed function of what is seen; now and then not at all."""

    memory_size = 0

    def act(self, obs: np.ndarray, noise: np.ndarray | None, allowed: np.ndarray | None = None) -> np.ndarray:
        wild = np.sin(700.0 * obs[:, :2].astype(np.float64) + 90.0 * obs[:, 2:4])
        return np.where(np.abs(wild) > 0.5, wild, 0.0)


@dataclass(frozen=True)
class Case:
    """Ten episodes, five of the suite and five drawn, flown by a policy under some settings."""

    policy: Policy | Steering
    settings: dict[str, Any]
    wind_kt: tuple[float, float] = (0.0, 0.0)
    leave: bool = False


CASES = {
    "hold": Case(Nothing(), {}),
    "wander": Case(Wander(), {"procedural": {"aircraft_types": ["A320", "B744", "E190"]}}),
    "wander_leave_wind": Case(
        Wander(),
        {"episode": {"after_arrival": "leave"}, "wind": {"from_deg": 270.0, "speed_kt": 30.0}},
        wind_kt=(30.0, 0.0),
        leave=True,
    ),
}


@dataclass(frozen=True)
class Both:
    """What both said of a case."""

    case: Case
    measured: Measured
    slow: list[SlowEpisode]


def fly_recorded(airspace: Space, episodes: Episodes, policy: Policy | Steering) -> Measured:
    """As envs.ground.play plays a block, with a recorder of all its worlds."""
    batch = airspace.batch(len(episodes))
    batch.begin(np.arange(len(episodes)), episodes.scenario, episodes.seed)
    recorder, steering = FlightRecorder(batch), as_steering(policy)
    recorder.keep()
    steering.begin(batch, 0)
    while not batch.worlds.done.all():
        batch.step(steering.steer(batch, None))
        recorder.keep()
    return measure(recorder.flight())


@pytest.fixture(scope="module", params=CASES)
def both(request: pytest.FixtureRequest) -> Both:
    case: Case = CASES[request.param]
    scenarios = tuple(SUITE.values())
    airspace = Space(SIMULATION, AirspaceSettings.from_values(case.settings), scenarios, 0.97)
    episodes = Episodes(np.append([0, 1, 4, 9, 12], [-1] * 5), np.arange(3, 13, dtype=np.uint64) * np.uint64(7919))
    recordings = play(airspace, episodes, case.policy, record=range(10)).recordings
    slow = [SlowEpisode(recordings[row], case.wind_kt, case.leave) for row in range(10)]
    return Both(case, fly_recorded(airspace, episodes, case.policy), slow)


def assert_columns(both: Both, slow: list[dict], tolerance: dict[str, float]) -> None:
    for name in slow[0]:
        fast = both.measured.episodes[name].to_numpy(np.float64)
        expected = np.array([float(row[name]) for row in slow])
        assert fast == pytest.approx(expected, abs=tolerance.get(name, 1e-6), nan_ok=True), name


def test_safety_agrees(both: Both) -> None:
    """Separation exactly, for it is the simulator's."""
    assert_columns(both, [slow_safety(episode) for episode in both.slow], {})


def test_mission_agrees(both: Both) -> None:
    """Distances to one part in a thousand: the slow ones add up seconds."""
    slow = [slow_mission(episode) for episode in both.slow]
    assert_columns(both, slow, {"track_nm": 0.04, "detour_nm": 0.04, "path_efficiency": 1e-3})


def test_control_agrees(both: Both) -> None:
    assert_columns(both, [slow_control(episode) for episode in both.slow], {})


def test_agreement_agrees(both: Both) -> None:
    assert_columns(both, [slow_study(episode) for episode in both.slow], {})
    assert_columns(both, [slow_state_based(episode) for episode in both.slow], {})


def test_conflicts_agree(both: Both) -> None:
    rows = [{"episode": n} | row for n, episode in enumerate(both.slow) for row in slow_conflicts(episode)]
    slow, fast = pd.DataFrame(rows), both.measured.conflicts
    assert len(slow) > 10
    inexact = ["min_separation_nm", "severity"]
    pd.testing.assert_frame_equal(fast.drop(columns=inexact), slow.drop(columns=inexact), atol=1e-6, check_dtype=False)
    assert fast["min_separation_nm"].to_numpy() == pytest.approx(slow["min_separation_nm"], abs=WITHIN_STEP_NM)
    assert fast["severity"].to_numpy() == pytest.approx(slow["severity"], abs=WITHIN_STEP_NM / 5.0)


def test_counts_of_conflicts_agree(both: Both) -> None:
    found = [slow_conflicts(episode) for episode in both.slow]
    counts = [
        {
            "conflicts": len(rows),
            "conflicts_los": sum(row["los"] for row in rows),
            "conflicts_secondary": sum(row["secondary"] for row in rows),
        }
        for rows in found
    ]
    assert_columns(both, counts, {})


def test_the_cases_hold_something_to_measure(both: Both) -> None:
    """So that agreement is not that of zeros."""
    episodes = both.measured.episodes
    assert both.measured.conflicts["los"].any()
    assert isinstance(both.case.policy, Nothing) or not both.measured.conflicts["los"].all()
    assert episodes["arrived_share"].max() > 0.0
    assert episodes["study_truth_windows"].sum() > 3
