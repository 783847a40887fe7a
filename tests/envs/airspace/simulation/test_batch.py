"""Properties of whole worlds: frames, order, company and threads change nothing; numbers stay finite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.compiled.observation import layout as layout_of
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.scenario import Scenario, close_starts
from envs.ground.compiled_world.batch import set_num_threads
from tests.envs.airspace.simulation.worlds_by_hand import begin, drawn, traffic, world

NUM_STEPS = 12
few = settings(max_examples=25, deadline=None, derandomize=True)
seeds = st.integers(0, 2**32 - 1)


def any_scenario(seed: int, num_aircraft: int) -> Scenario:
    """Aircraft in a box of 30 NM, some within reach of their waypoint; ties do not happen by chance."""
    rng = np.random.default_rng(seed)
    position = rng.uniform(-15, 15, (num_aircraft, 2))
    assume(not close_starts(position))
    waypoint = position + rng.uniform(-12, 12, (num_aircraft, 2))
    rows = np.column_stack([position, rng.uniform(0, 360, num_aircraft), waypoint])
    return traffic(*map(tuple, rows), cas_kt=rng.uniform(220, 300, num_aircraft), alt_ft=10_000.0)


def fly_episode(scenario: Scenario, actions: np.ndarray, **chosen: Any) -> tuple[np.ndarray, np.ndarray]:
    """Observations (T + 1, A, D) and rewards by part (T, A, parts) of a scenario under actions (T, A, 2)."""
    checked = AirspaceSettings.from_values(chosen)
    batch = AirspaceBatch(checked, 1, 0, scenarios=[scenario], discount=0.97)
    batch.reset()
    observations, parts = [batch.worlds.observation[0].copy()], []
    for action in actions:
        batch.step(action[None])
        observations.append(batch.worlds.observation[0].copy())
        parts.append(batch.worlds.reward_parts[0].copy())
    return np.array(observations), np.array(parts)


def any_actions(seed: int, num_aircraft: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (NUM_STEPS, num_aircraft, 2))


def assert_close(one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]) -> None:
    for mine, theirs in zip(one, other, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=0.0, atol=1e-5)


def turned(points: np.ndarray, angle_deg: float) -> np.ndarray:
    sine, cosine = np.sin(np.radians(angle_deg)), np.cos(np.radians(angle_deg))
    return points @ np.array([[cosine, -sine], [sine, cosine]])


def replaced(scenario: Scenario, position: np.ndarray, heading: np.ndarray, waypoint: np.ndarray) -> Scenario:
    rows = np.column_stack([position, heading, waypoint])
    return traffic(*map(tuple, rows), cas_kt=scenario.cas_kt, alt_ft=scenario.centre.alt_ft)


@few
@given(seeds, st.integers(1, 4), st.floats(0, 360), st.sampled_from(["continue", "leave"]))
def test_turning_a_scenario_changes_nothing(seed: int, num_aircraft: int, angle: float, after_arrival: str) -> None:
    scenario, actions = any_scenario(seed, num_aircraft), any_actions(seed, num_aircraft)
    points = turned(scenario.position_nm, angle), turned(scenario.waypoint_nm, angle)
    other = replaced(scenario, points[0], scenario.heading_deg + angle, points[1])
    episode = {"after_arrival": after_arrival}
    assert_close(fly_episode(scenario, actions, episode=episode), fly_episode(other, actions, episode=episode))


@few
@given(seeds, st.integers(1, 4), st.floats(-500, 500), st.floats(-500, 500))
def test_moving_a_scenario_changes_nothing(seed: int, num_aircraft: int, east: float, north: float) -> None:
    scenario, actions = any_scenario(seed, num_aircraft), any_actions(seed, num_aircraft)
    shift = np.array([east, north])
    points = scenario.position_nm + shift, scenario.waypoint_nm + shift
    other = replaced(scenario, points[0], scenario.heading_deg, points[1])
    assert_close(fly_episode(scenario, actions), fly_episode(other, actions))


@few
@given(
    seeds,
    st.permutations(range(4)),
    st.sampled_from(["equal", "responsibility"]),
    st.sampled_from(["relative_cpa", "intent", "courses"]),
)
def test_permuting_the_aircraft_permutes_the_results(seed: int, order: list[int], share: str, layout: str) -> None:
    scenario, actions = any_scenario(seed, 4), any_actions(seed, 4)
    places = np.array(order)
    other = traffic(
        *((*scenario.position_nm[a], scenario.heading_deg[a], *scenario.waypoint_nm[a]) for a in order),
        cas_kt=scenario.cas_kt[places],
        alt_ft=10_000.0,
    )
    chosen = {"reward": {"team": {"share": share}}, "observation": {"layout": layout}}
    names = layout_of(AirspaceSettings.from_values(chosen))
    same = [not name.endswith("precedence") for name in names]  # which is drawn for each place in the order
    observations, parts = fly_episode(scenario, actions, **chosen)
    other_observations, other_parts = fly_episode(other, actions[:, places], **chosen)
    assert_close((observations[:, places][..., same], parts[:, places]), (other_observations[..., same], other_parts))


far = st.floats(-10_800, 10_800)
row = st.tuples(far, far, st.floats(-720, 720), far, far)


@few
@given(
    st.lists(row, min_size=1, max_size=4),
    st.lists(st.floats(0.001, 1000.0), min_size=4, max_size=4),
    st.floats(0, 65_000),
    st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=4, max_size=4),
    st.sampled_from(["bootstrap", "task"]),
)
def test_observations_are_finite_and_within_10(
    rows: list, cas_kt: list[float], alt_ft: float, action: list, time_limit: str
) -> None:
    assume(not close_starts(np.array(rows)[:, :2]))
    scenario = traffic(*rows, cas_kt=cas_kt[: len(rows)], alt_ft=alt_ft)
    batch = begin(scenario, episode={"time_limit": time_limit, "max_steps": 4})
    for _ in range(5):
        assert np.isfinite(batch.worlds.observation).all()
        assert np.abs(batch.worlds.observation).max() <= 10.0
        assert np.isfinite(batch.worlds.reward).all()
        batch.step(np.array(action)[None, : len(rows)])


def follow(batch: AirspaceBatch, actions: np.ndarray) -> Iterator[AirspaceBatch]:
    """Fly actions (T, W, A, 2), beginning anew where an episode ended."""
    for action in actions:
        batch.step(action)
        yield batch
        batch.reset(np.flatnonzero(batch.worlds.done))
        yield batch


def test_a_world_alone_is_bit_for_bit_the_same_world_in_a_row_of_50() -> None:
    short = AirspaceSettings.from_values({"episode": {"max_steps": 20}})
    many, alone = (AirspaceBatch(short, num_worlds, 7, discount=0.97) for num_worlds in (50, 1))
    alone.worlds.rng[0] = many.worlds.rng[33]
    many.reset()
    alone.reset()
    actions = np.random.default_rng(0).uniform(-1, 1, (70, 50, 4, 2))
    ended = 0
    for one, other in zip(follow(many, actions), follow(alone, actions[:, 33:34]), strict=True):
        for field in one.worlds.records.dtype.names:
            assert one.worlds.records[field][33].tobytes() == other.worlds.records[field][0].tobytes(), field
        assert one.worlds.observation[33].tobytes() == other.worlds.observation[0].tobytes()
        assert one.worlds.terminal_observation[33].tobytes() == other.worlds.terminal_observation[0].tobytes()
        ended += int(other.worlds.done[0])
    assert ended >= 3


def test_the_first_worlds_of_a_seed_do_not_depend_on_how_many_there_are() -> None:
    three, fifty = drawn(3, seed=7), drawn(50, seed=7)
    assert three.worlds.records.tobytes() == fifty.worlds.records[:3].tobytes()


@pytest.fixture
def _all_threads_afterwards() -> Iterator[None]:
    yield
    set_num_threads(10_000)


@pytest.mark.usefixtures("_all_threads_afterwards")
def test_one_thread_and_two_give_the_same_bits() -> None:
    actions = np.random.default_rng(1).uniform(-1, 1, (25, 40, 4, 2))
    flights = []
    for num_threads in (1, 2):
        set_num_threads(num_threads)
        batch = drawn(40, seed=3, episode={"max_steps": 10})
        flights.append(
            [now.worlds.records.tobytes() + now.worlds.observation.tobytes() for now in follow(batch, actions)]
        )
    assert flights[0] == flights[1]
    assert len(set(flights[0])) > 25


def test_a_batch_goes_on_from_its_state_bit_for_bit() -> None:
    short = {"episode": {"max_steps": 10}}
    actions = np.random.default_rng(2).uniform(-1, 1, (25, 8, 4, 2))
    batch, other = drawn(8, seed=1, **short), drawn(8, seed=2, **short)
    for _ in follow(batch, actions):
        pass
    other.set_state(batch.get_state())
    for one, two in zip(follow(batch, actions), follow(other, actions), strict=True):
        assert one.worlds.records.tobytes() == two.worlds.records.tobytes()
        assert one.worlds.terminal_observation.tobytes() == two.worlds.terminal_observation.tobytes()


def test_a_world_that_has_ended_stands_still() -> None:
    batch = world((0.0, 0.0, 0.0, 0.0, 50.0), episode={"max_steps": 1})
    batch.step(np.zeros((1, 1, 2)))
    before = batch.worlds.records.tobytes()
    batch.step(np.ones((1, 1, 2)))
    assert batch.worlds.done[0]
    assert batch.worlds.records.tobytes() == before


def test_scenarios_of_different_sizes_share_a_batch() -> None:
    alone = traffic((0.0, 0.0, 0.0, 0.0, 50.0), alt_ft=10_000.0, cas_kt=250.0)
    three = traffic(*((east, 0.0, 0.0, east, 50.0) for east in (0.0, 8.0, 16.0)), alt_ft=10_000.0, cas_kt=250.0)
    batch = AirspaceBatch(AirspaceSettings(), 3, 0, scenarios=[alone, three], discount=0.97)
    batch.begin(np.arange(3), np.array([0, 1, 0]), np.zeros(3, np.uint64))
    assert batch.worlds.active.tolist() == [[True, False, False], [True] * 3, [True, False, False]]
    batch.step(np.ones((3, 3, 2)))
    assert batch.worlds.observation[0, 1:].tolist() == np.zeros((2, 97)).tolist()
    assert batch.worlds.reward[0, 1:].tolist() == [0.0, 0.0]
    assert (batch.worlds.observation[1] != 0.0).any(axis=-1).all()


def test_no_world_is_refused() -> None:
    with pytest.raises(ValueError, match="num_worlds: got 0, wanted 1 or more"):
        AirspaceBatch(AirspaceSettings(), 0, 0, discount=0.97)


def test_a_type_without_performance_is_refused_with_its_level() -> None:
    scenario = traffic((0.0, 0.0, 0.0, 0.0, 50.0), alt_ft=12_000.0)
    with pytest.raises(ValueError, match="no performance for type 'A320' at 12000 ft, built in: A320, B738"):
        AirspaceBatch(AirspaceSettings(), 1, 0, scenarios=[scenario], discount=0.97)
