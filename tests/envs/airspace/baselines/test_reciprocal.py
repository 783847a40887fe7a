"""Facts about the baseline orca; those that fly it need the package pyrvo, which is not installed with the others."""

from __future__ import annotations

import importlib.util

import pytest

from envs.airspace.baselines.reciprocal import Reciprocal
from envs.airspace.baselines.settings import Orca
from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.play import Episodes, Space, play
from envs.ground.steering import Nothing

MISSING = importlib.util.find_spec("pyrvo") is None
ORCA = Reciprocal(Orca(fly=True, time_horizon_s=120.0, margin=1.05))
AIRSPACE = Space(SIMULATION, AirspaceSettings(), (SUITE["head_on"], SUITE["parallel"]), 0.97)
BOTH = Episodes.of_scenarios([0, 1], 1, 0)


@pytest.mark.skipif(MISSING, reason="pyrvo is not installed")
def test_head_on_traffic_passes_apart_and_arrives() -> None:
    flown, held = (play(AIRSPACE, BOTH, pilot).episodes for pilot in (ORCA, Nothing()))
    assert held["min_separation_nm"][0] < 0.1
    assert flown["min_separation_nm"][0] > 4.5
    assert flown["all_arrived"].all()


@pytest.mark.skipif(MISSING, reason="pyrvo is not installed")
def test_undisturbed_traffic_flies_on_as_if_nobody_acts() -> None:
    flown, held = (play(AIRSPACE, BOTH, pilot).episodes for pilot in (ORCA, Nothing()))
    assert flown["flight_time_s"][1] == pytest.approx(held["flight_time_s"][1], abs=2.0)


@pytest.mark.skipif(not MISSING, reason="pyrvo is installed")
def test_without_the_package_it_is_said_how_to_install_it() -> None:
    words = r"airspace\.baselines\.orca\.fly: got true, but .*pip install --no-deps pyrvo"
    with pytest.raises(ValueError, match=words):
        play(AIRSPACE, BOTH, ORCA)
