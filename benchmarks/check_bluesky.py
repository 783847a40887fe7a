"""Facts that need BlueSky itself: run by `make fidelity`, in the environment of the extra."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from envs.airspace.outside.batch import OutsideAirspace, fly_outside
from envs.airspace.outside.bluesky import BlueSky, BlueSkyInFrame, Traffic
from envs.airspace.outside.room import OUTSIDE
from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.disturbance_settings import Wind
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.geodesy import lat_lon_from_frame
from envs.airspace.simulation.traffic.scenario import Scenario
from envs.ground.play import Episodes, Played, Space, play
from envs.ground.policy import Policy
from envs.ground.steering import Nothing, Steering
from pipeline.ground.paths import custom_scenarios
from pipeline.scenarios.files import read_folder, take_scenario, write_scenario

SCENARIOS = SUITE | read_folder(SIMULATION, custom_scenarios("airspace"))
DISCOUNT = 0.97
DRIFT_NM, DRIFT_DEG = 1.0, 1.5
"""What a constant heading drifts on a sphere from the straight line of our plane, here added up over an episode: each
command is relative to the heading that the simulator's own aircraft has."""


class Noise:
    """A policy that does what it draws, whatever it sees: the same commands in both simulators."""

    memory_size = 0

    def act(self, obs: np.ndarray, noise: np.ndarray | None, allowed: np.ndarray | None = None) -> np.ndarray:
        assert noise is not None
        return np.clip(noise, -1.0, 1.0)


@pytest.fixture(scope="module")
def bluesky() -> BlueSky:
    return BlueSky()


def fly_both(bluesky: BlueSky, scenario: Scenario, actor: Policy | Steering, stochastic: bool) -> tuple[Played, Played]:
    """The same episode, ours first."""
    what = SIMULATION, AirspaceSettings(), (scenario,), DISCOUNT
    episodes = Episodes.of_scenarios([0], 1, seed=0)
    theirs = OutsideAirspace(*what, simulator=BlueSkyInFrame(bluesky))
    return (
        play(Space(*what), episodes, actor, stochastic=stochastic, record=[0]),
        fly_outside(theirs, episodes, actor, stochastic=stochastic),
    )


def common_steps(ours: Played, theirs: Played) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both recordings, up to the end of the shorter one."""
    frames = ours.recordings[0], theirs.recordings[0]
    last = min(frame["step"].max() for frame in frames)
    mine, other = (frame[frame["step"] <= last].reset_index(drop=True) for frame in frames)
    return mine, other


@pytest.mark.parametrize("name", SCENARIOS)
def test_bluesky_loads_the_scn_file_that_we_write(bluesky: BlueSky, name: str, tmp_path: Path) -> None:
    scenario = SCENARIOS[name]
    write_scenario(SIMULATION, scenario, tmp_path / "written.scn", OUTSIDE.formats)
    callsigns, loaded = bluesky.load(tmp_path / "written.scn")
    wanted = Traffic.of([scenario])
    assert callsigns == scenario.ids
    assert loaded.types == wanted.types
    for field in ("lat_deg", "lon_deg", "cas_kt", "alt_ft"):
        np.testing.assert_allclose(getattr(loaded, field), getattr(wanted, field), rtol=0.0, atol=1e-9, err_msg=field)
    np.testing.assert_allclose(np.sin(np.radians(loaded.heading_deg - wanted.heading_deg)), 0.0, atol=1e-12)
    for found, expected in zip(
        bluesky.waypoints(), lat_lon_from_frame(scenario.waypoint_nm, scenario.centre), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-9)


FOREIGN = """\
00:00:00.00>PAN EHAM;ZOOM 2
00:00:00.00>CRE KL1,B744,N53'18'36,E004.8,T090,FL300,M0.82
0:00:00.00>DEST KL1 , EDDC
00:00:00.00>CRE KL2 A320 EDDC 270 3.0e4 260
00:00:00.00>KL2 ADDWPT HERE
00:00:00.00>CRE KL3,B738,EHAM,RW18L,,FL300,.7
00:00:00.00>ADDWPT KL3 525e-1 1e1
"""
DEFINED = "00:00:00.00>DEFWPT HERE,52.0,6.0\n"


def test_bluesky_and_we_read_the_same_start_of_a_file_of_others(bluesky: BlueSky, tmp_path: Path) -> None:
    """Mach, exponents, minutes, names of airports, runways and waypoints: our reader has them as BlueSky has."""
    (tmp_path / "foreign.scn").write_text(DEFINED + FOREIGN, encoding="utf-8")
    taken = take_scenario(SIMULATION, tmp_path / "foreign.scn", OUTSIDE.formats, {})
    callsigns, loaded = bluesky.load(tmp_path / "foreign.scn")
    ours = Traffic.of([taken.scenario])
    assert (callsigns, loaded.types) == (taken.scenario.ids, ours.types)
    for field, within in (("lat_deg", 1e-9), ("lon_deg", 1e-9), ("cas_kt", 0.05), ("alt_ft", 1e-6)):
        np.testing.assert_allclose(getattr(loaded, field), getattr(ours, field), rtol=0.0, atol=within, err_msg=field)
    np.testing.assert_allclose(np.sin(np.radians(loaded.heading_deg - ours.heading_deg)), 0.0, atol=1e-9)
    found = lat_lon_from_frame(taken.scenario.waypoint_nm, taken.scenario.centre)
    for theirs, mine in zip(bluesky.waypoints(), found, strict=True):
        np.testing.assert_allclose(theirs, mine, rtol=0.0, atol=1e-6)


@pytest.mark.parametrize("name", SCENARIOS)
def test_who_never_acts_flies_the_same_episode_in_both(bluesky: BlueSky, name: str) -> None:
    ours, theirs = fly_both(bluesky, SCENARIOS[name], Nothing(), stochastic=False)
    one, other = ours.episodes.iloc[0], theirs.episodes.iloc[0]
    assert other["min_separation_nm"] == pytest.approx(one["min_separation_nm"], abs=0.15)
    assert (other["los"], other["arrived_share"]) == (one["los"], one["arrived_share"])
    assert other["flight_time_s"] == pytest.approx(one["flight_time_s"], abs=2.0, nan_ok=True)


@pytest.mark.parametrize("name", ["head_on", "cross_4all", "merge_2x2", "chase_3p1"])
def test_the_same_actions_fly_the_same_recording_in_both(bluesky: BlueSky, name: str) -> None:
    mine, other = common_steps(*fly_both(bluesky, SCENARIOS[name], Noise(), stochastic=True))
    assert len(mine) > 4 * SCENARIOS[name].num_aircraft
    apart = np.hypot(mine["east_nm"] - other["east_nm"], mine["north_nm"] - other["north_nm"])
    turned = (mine["heading_deg"] - other["heading_deg"] + 180.0) % 360.0 - 180.0
    assert apart.max() < DRIFT_NM
    assert np.abs(turned).max() < DRIFT_DEG
    assert np.abs(mine["tas_kt"] - other["tas_kt"]).max() < 0.1
    np.testing.assert_array_equal(mine["action_heading"], other["action_heading"])


def test_a_wind_blows_the_same_way_all_over_the_frame(bluesky: BlueSky) -> None:
    far = replace(SCENARIOS["head_on"], position_nm=np.array([[45.0, 5.0], [-45.0, 30.0]]))
    simulator = BlueSkyInFrame(bluesky)
    before = simulator.begin(far, Wind(from_deg=240.0, speed_kt=36.0))
    after = [simulator.tick() for _ in range(10)][-1]
    bearing = np.radians(before.heading_deg)
    through_air = np.stack([np.sin(bearing), np.cos(bearing)], -1) * before.tas_kt[:, None] / 360.0
    # 36 kt for 10 s are 0.1 NM; from 240 is towards 60 degrees.
    blown = after.position_nm - before.position_nm - through_air
    np.testing.assert_allclose(blown, [[0.0866, 0.05]] * 2, rtol=0.0, atol=2e-4)


def test_a_recording_of_bluesky_has_no_rewards(bluesky: BlueSky) -> None:
    _, theirs = fly_both(bluesky, SCENARIOS["head_on"], Nothing(), stochastic=False)
    tables = [theirs.episodes, theirs.recordings[0]]
    assert not [name for table in tables for name in table.columns if name.startswith(("reward_", "return"))]


def test_a_type_that_bluesky_would_replace_is_refused(bluesky: BlueSky) -> None:
    scenario = replace(SCENARIOS["head_on"], extras=("A320", "NOSUCH"))
    with pytest.raises(ValueError, match="'NOSUCH': BlueSky has no performance for it and would fly B744"):
        bluesky.begin(Traffic.of([scenario]), Wind(), scenario.centre)
