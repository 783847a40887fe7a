"""Facts about flying: results depend on the episodes and the policy alone, and recordings hold whole episodes."""

import numpy as np
import pandas as pd
import pytest
from conftest import Checkout

from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.compiled.worlds import REWARD_PARTS
from envs.airspace.simulation.disturbance_settings import Disturbance
from envs.airspace.simulation.room import SIMULATION
from envs.ground.play import Episodes, Played, Space, play
from envs.ground.policy import Policy
from envs.ground.steering import Nothing
from pipeline.policies.deployed import OnnxPolicy
from pipeline.scenarios.sets import ScenarioSets, read_sets
from pipeline.settings.params import read_params
from pipeline.settings.worlds import simulation_settings

REPORTED = ["reported_east_nm", "reported_north_nm", "reported_east_kt", "reported_north_kt"]


@pytest.fixture(scope="module")
def sets(finished: Checkout) -> ScenarioSets:
    return read_sets(SIMULATION, finished.folder / "data/scenarios/airspace")


@pytest.fixture(scope="module")
def airspace(finished: Checkout, sets: ScenarioSets) -> Space:
    params = read_params(finished.folder / "params.yaml")
    return Space(SIMULATION, simulation_settings(params, "airspace"), tuple(sets.named.values()), 0.97)


@pytest.fixture(scope="module")
def policy(finished: Checkout) -> Policy:
    return OnnxPolicy(finished.folder / "data/export/airspace/generic/policy.onnx")


@pytest.fixture(scope="module")
def episodes(sets: ScenarioSets) -> Episodes:
    """Named and drawn ones, of two to four aircraft."""
    named, drawn = Episodes.of_scenarios([0, 1, 2], 2, seed=5), Episodes.drawn(sets.drawn["test"][:7])
    return Episodes(np.append(named.scenario, drawn.scenario), np.append(named.seed, drawn.seed))


def pair(airspace: Space) -> int:
    """Number of a scenario of two aircraft."""
    return [scenario.num_aircraft for scenario in airspace.scenarios].index(2)


def assert_same(left: Played, right: Played) -> None:
    pd.testing.assert_frame_equal(left.episodes, right.episodes, check_exact=True)
    assert left.recordings.keys() == right.recordings.keys()
    for row, recording in left.recordings.items():
        pd.testing.assert_frame_equal(recording, right.recordings[row], check_exact=True)


@pytest.mark.parametrize("stochastic", [False, True], ids=["deterministic", "stochastic"])
@pytest.mark.parametrize("worlds_per_block", [1, 5])
def test_the_size_of_blocks_does_not_matter(
    airspace: Space, episodes: Episodes, policy: Policy, stochastic: bool, worlds_per_block: int
) -> None:
    record = [0, 5, 12]
    whole = play(airspace, episodes, policy, stochastic=stochastic, record=record)
    parts = play(airspace, episodes, policy, stochastic=stochastic, record=record, worlds_per_block=worlds_per_block)
    assert_same(whole, parts)


def test_an_episode_does_not_depend_on_its_company(airspace: Space, episodes: Episodes, policy: Policy) -> None:
    rows = np.array([9, 1, 4])
    whole = play(airspace, episodes, policy, stochastic=True).episodes.drop(columns="episode")
    few = play(airspace, episodes.take(rows), policy, stochastic=True).episodes.drop(columns="episode")
    pd.testing.assert_frame_equal(whole.loc[rows].reset_index(drop=True), few, check_exact=True)


def test_stochastic_flights_follow_their_seeds(airspace: Space, policy: Policy) -> None:
    def returns(seed: int) -> list[float]:
        chosen = Episodes.of_scenarios([1], 3, seed)
        return play(airspace, chosen, policy, stochastic=True).episodes["return"].tolist()

    assert returns(0) == returns(0)
    assert len({*returns(0), *returns(1)}) == 6


def test_deterministic_flights_of_a_scenario_differ_by_who_goes_first_alone(airspace: Space, policy: Policy) -> None:
    """Four aircraft: the seed leaves 24 orders."""
    assert airspace.scenarios[0].num_aircraft == 4
    table = play(airspace, Episodes.of_scenarios([0], 60, 0), policy).episodes
    assert table["episode_seed"].nunique() == 60
    assert 1 < table["return"].nunique() <= 24


def test_recordings_begin_at_step_0_and_end_with_the_episode(
    airspace: Space, episodes: Episodes, policy: Policy
) -> None:
    flown = play(airspace, episodes, policy, record=range(len(episodes)))
    columns = ["step", "time_s", "agent", "type", "east_nm", "north_nm", "heading_deg", "tas_kt", "cas_kt"]
    columns += ["waypoint_east_nm", "waypoint_north_nm", "separation_nm", "present", "active", "arrived"]
    columns += ["action_heading", "action_speed", "applied_heading", "applied_speed", *REPORTED]
    columns += [f"reward_{part}" for part in REWARD_PARTS]
    for row, recording in flown.recordings.items():
        episode = flown.episodes.loc[row]
        assert list(recording.columns) == columns
        assert recording.groupby("step").size().to_dict() == dict.fromkeys(
            range(episode["steps"] + 1), episode["num_agents"]
        )
        assert (recording["time_s"] == 10.0 * recording["step"]).all()
        start = recording[recording["step"] == 0]
        assert (start["action_heading"] == 0).all()
        assert not start["arrived"].any()
        last = recording[recording["step"] == episode["steps"]]
        assert last["arrived"].mean() == pytest.approx(episode["arrived_share"])


def test_a_recording_starts_where_the_scenario_says(airspace: Space) -> None:
    recording = play(airspace, Episodes.of_scenarios([1], 1, 0), Nothing(), record=[0]).recordings[0]
    scenario, start = airspace.scenarios[1], recording[recording["step"] == 0]
    assert start[["east_nm", "north_nm"]].to_numpy() == pytest.approx(scenario.position_nm)
    assert start["heading_deg"].to_numpy() == pytest.approx(scenario.heading_deg)
    assert start["agent"].tolist() == list(scenario.ids)
    assert start["type"].tolist() == list(scenario.types)


def test_rewards_of_a_recording_add_up_to_the_return(airspace: Space, policy: Policy) -> None:
    flown = play(airspace, Episodes.of_scenarios([1], 1, 0), policy, record=[0])
    recording, episode = flown.recordings[0], flown.episodes.loc[0]
    paid = recording[recording["step"] > 0][[f"reward_{part}" for part in REWARD_PARTS]].to_numpy().sum()
    assert paid / episode["num_agents"] == pytest.approx(episode["return"])


def test_no_episodes_make_an_empty_table_with_all_columns(airspace: Space, policy: Policy) -> None:
    some = play(airspace, Episodes.of_scenarios([0], 1, 0), policy).episodes
    none = play(airspace, Episodes.drawn(np.zeros(0, np.uint64)), policy).episodes
    assert len(none) == 0
    assert list(none.columns) == list(some.columns)


class _TurnsRight:
    """Commands half of the largest change of heading, always."""

    def begin(self, batch: AirspaceBatch, first: int) -> None: ...

    def steer(self, batch: AirspaceBatch, noise: np.ndarray | None) -> np.ndarray:
        return np.broadcast_to([0.5, 0.0], (batch.num_worlds, batch.num_slots, 2))


def recorded(airspace: Space, **disturbance: float | bool) -> dict[str, np.ndarray]:
    """Columns (T, A) of an episode of two aircraft in which all turn right, with a disturbance of the first."""
    batch = airspace.batch(1)
    record = batch.disturbance(batch.settings.wind, Disturbance(), {0: Disturbance(**disturbance)}, 0)
    episodes = Episodes(np.array([pair(airspace)]), np.array([7], np.uint64), record[None])
    frame = play(airspace, episodes, _TurnsRight(), record=[0]).recordings[0]
    return {name: frame[name].to_numpy().reshape(-1, frame["agent"].nunique()) for name in frame}


def test_a_recording_shows_reports_as_they_were_heard(airspace: Space) -> None:
    true, noisy = recorded(airspace), recorded(airspace, position_noise_nm=0.5, velocity_noise_kt=3.0)
    for name, heard in (("east_nm", "reported_east_nm"), ("north_nm", "reported_north_nm")):
        np.testing.assert_array_equal(true[heard], true[name])
        error = noisy[heard] - noisy[name]
        assert 0.2 < error[:, 0].std() < 1.0
        assert (error[:, 1] == 0.0).all()
    speed = np.hypot(noisy["reported_east_kt"], noisy["reported_north_kt"])[:, 0] - noisy["tas_kt"][:, 0]
    assert 1.0 < speed.std() < 6.0


def test_a_recording_shows_lost_reports(airspace: Space) -> None:
    some, all_lost = recorded(airspace, dropped_reports=0.5), recorded(airspace, dropped_reports=1.0)
    assert np.isnan(all_lost["reported_east_nm"][:, 0]).all()
    heard = some["reported_north_nm"][:, 0]
    stale = heard != some["north_nm"][:, 0]
    assert stale.any()
    assert not stale.all()
    held = heard[1:][stale[1:]] == heard[:-1][stale[1:]]
    assert held[~np.isnan(heard[:-1][stale[1:]])].all(), "what is stale is the report before"


def test_a_recording_shows_late_and_unheeded_actions(airspace: Space) -> None:
    late, deaf = recorded(airspace, action_delay=2), recorded(airspace, responds=False)
    assert late["applied_heading"][1:5, 0].tolist() == [0.0, 0.0, 0.5, 0.5]
    assert late["applied_heading"][1:5, 1].tolist() == [0.5] * 4
    assert (deaf["applied_heading"][:, 0] == 0.0).all()
    assert (deaf["action_heading"][1:5, 0] == 0.5).all()
