"""Facts about the baseline orca in flight."""

from __future__ import annotations

import numpy as np
import pytest

from envs.airspace.baselines.reciprocal import Reciprocal
from envs.airspace.baselines.settings import Orca
from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.play import Episodes, Space, play
from envs.ground.steering import Nothing

ORCA = Reciprocal(Orca(time_horizon_s=300.0, margin=1.2))
AIRSPACE = Space(SIMULATION, AirspaceSettings(), (SUITE["head_on"], SUITE["parallel"]), 0.97)
BOTH = Episodes.of_scenarios([0, 1], 1, 0)


def test_head_on_traffic_passes_apart_and_arrives() -> None:
    flown, held = (play(AIRSPACE, BOTH, pilot).episodes for pilot in (ORCA, Nothing()))
    assert held["min_separation_nm"][0] < 0.1
    assert flown["min_separation_nm"][0] > 5.0
    assert flown["all_arrived"].all()


def test_undisturbed_traffic_flies_on_as_if_nobody_acts() -> None:
    flown, held = (play(AIRSPACE, BOTH, pilot).episodes for pilot in (ORCA, Nothing()))
    assert flown["flight_time_s"][1] == pytest.approx(held["flight_time_s"][1], abs=2.0)


def test_a_larger_margin_keeps_further_apart() -> None:
    pilots = [Reciprocal(Orca(time_horizon_s=300.0, margin=margin)) for margin in (1.1, 1.5)]
    near, far = (play(AIRSPACE, BOTH, pilot).episodes["min_separation_nm"][0] for pilot in pilots)
    assert near < 6.0 < far


def test_who_looks_further_ahead_turns_sooner() -> None:
    pilots = [Reciprocal(Orca(time_horizon_s=horizon_s, margin=1.2)) for horizon_s in (60.0, 600.0)]
    recorded = [play(AIRSPACE, BOTH, pilot, record=[0]).recordings[0] for pilot in pilots]
    late, soon = (rows.loc[rows["applied_heading"].abs() > 0.0, "step"].min() for rows in recorded)
    assert soon < late


def test_drawn_traffic_is_flown_alike_in_blocks_of_any_size() -> None:
    space, episodes = Space(SIMULATION, AirspaceSettings()), Episodes.drawn(np.arange(12, dtype=np.uint64))
    whole, parts = (play(space, episodes, ORCA, worlds_per_block=size).episodes for size in (12, 5))
    assert whole.equals(parts)
