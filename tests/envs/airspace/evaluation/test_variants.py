"""Facts about variants of scenarios: the same traffic seen from elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from envs.airspace.evaluation.variants import vary
from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.traffic.scenario import Scenario, close_starts


def ahead_nm(scenario: Scenario) -> np.ndarray:
    """How far ahead and to the right of each aircraft the others and the waypoints lie (A, 2 A, 2)."""
    heading = np.radians(scenario.heading_deg)[:, None]
    points = np.concatenate([scenario.position_nm, scenario.waypoint_nm])[None] - scenario.position_nm[:, None]
    east, north = points[..., 0], points[..., 1]
    sine, cosine = np.sin(heading), np.cos(heading)
    return np.stack([east * sine + north * cosine, east * cosine - north * sine], -1)


@pytest.mark.parametrize("seed", range(6))
def test_without_jitter_every_pilot_sees_the_same_or_its_mirror_image(seed: int) -> None:
    scenario = SUITE["cross_3p1"]
    varied = vary(scenario, 0.0, np.random.default_rng(seed))
    side = -1.0 if "mirrored" in varied.notes else 1.0
    assert ahead_nm(varied) == pytest.approx(ahead_nm(scenario) * (1.0, side), abs=1e-9)
    assert varied.heading_deg.tolist() != scenario.heading_deg.tolist()


def test_both_images_are_drawn() -> None:
    rng = np.random.default_rng(0)
    assert {"mirrored" in vary(SUITE["head_on"], 0.0, rng).notes for _ in range(20)} == {True, False}


def test_starts_move_by_at_most_the_jitter_and_stay_5_nm_apart() -> None:
    rng, moved = np.random.default_rng(0), []
    for _ in range(50):
        varied = vary(SUITE["chase_4all"], 1.0, rng)
        assert not close_starts(varied.position_nm)
        wanted = np.hypot(*(SUITE["chase_4all"].waypoint_nm - SUITE["chase_4all"].position_nm).T)
        moved += np.abs(np.hypot(*(varied.waypoint_nm - varied.position_nm).T) - wanted).tolist()
    assert 0.8 < max(moved) <= 1.0
