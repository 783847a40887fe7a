"""What departs from the scenario and from perfect reports, by hand: at sea level, 360 kt are 1 NM in a step."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

import envs
from envs.airspace.simulation.parallel_env import AirspaceParallelEnv
from tests.envs.airspace.simulation.worlds_by_hand import STEADY, fly, steady, traffic, world

NORTH = (0.0, 0.0, 0.0, 0.0, 100.0)
PAIR = (NORTH, (10.0, 0.0, 0.0, 10.0, 100.0))
RELATIVE = {"observation": {"layout": "relative", "num_neighbours": 1}}


def disturbed(*rows: Any, **disturbance: Any) -> Any:
    return world(*(rows or (NORTH,)), disturbance=disturbance, **RELATIVE)


def one(**options: Any) -> AirspaceParallelEnv:
    """A pair, disturbed through reset."""
    env = AirspaceParallelEnv(scenarios=[traffic(*PAIR)], performance=steady, **RELATIVE)
    env.reset(seed=0, options=options)
    return env


def test_headings_and_speeds_are_shifted_at_the_start() -> None:
    worlds = disturbed(heading_deg=-20.0, speed_kt=15.0).worlds
    assert (worlds.heading[0, 0], worlds.cas[0, 0]) == (340.0, 375.0)
    assert worlds.tas[0, 0] == pytest.approx(375.0)
    assert worlds.commanded_heading[0, 0] == 340.0


def test_a_shifted_speed_stays_in_the_types_range() -> None:
    assert disturbed(speed_kt=60.0).worlds.cas[0, 0] == STEADY.cas_max_kt


def test_starts_move_along_and_across_the_heading() -> None:
    east = (0.0, 0.0, 90.0, 50.0, 0.0)
    assert disturbed(east, forward_nm=3.0, right_nm=2.0).worlds.position[0, 0] == pytest.approx([3.0, -2.0])
    # Forward is where the scenario's heading points; a shifted heading does not turn it.
    moved = disturbed(east, forward_nm=3.0, heading_deg=35.0).worlds.position[0, 0]
    assert moved == pytest.approx([3.0, 0.0])


def test_waypoints_move() -> None:
    worlds = disturbed(waypoint_east_nm=3.0, waypoint_north_nm=-96.0).worlds
    assert worlds.waypoint[0, 0].tolist() == [3.0, 4.0]
    assert worlds.waypoint_distance[0, 0] == 5.0


def test_an_action_comes_as_many_steps_late_as_its_delay() -> None:
    batch = disturbed(action_delay=2)
    assert fly(batch, (1.0, 0.0)).commanded_heading[0, 0] == 0.0
    assert fly(batch, (-1.0, 0.0)).commanded_heading[0, 0] == 0.0
    assert fly(batch).commanded_heading[0, 0] == 18.0
    heading = batch.worlds.heading[0, 0]
    assert fly(batch).commanded_heading[0, 0] == pytest.approx((heading - 18.0) % 360.0)


def test_a_delayed_action_is_forgotten_with_its_episode() -> None:
    batch = disturbed(action_delay=1)
    fly(batch, (1.0, 1.0))
    batch.reset()
    assert fly(batch).commanded_heading[0, 0] == 0.0


def test_who_does_not_respond_flies_straight_on_and_arrives() -> None:
    near = (0.0, 0.0, 0.0, 0.0, 1.55)
    worlds = fly(disturbed(near, responds=False), (1.0, 1.0))
    assert (worlds.heading[0, 0], worlds.cas[0, 0]) == (0.0, 360.0)
    assert worlds.applied_action[0, 0].tolist() == [0.0, 0.0]
    assert worlds.arrived[0, 0]


def test_the_range_of_commanded_speeds_shrinks_about_its_middle() -> None:
    batch = disturbed(speed_range=0.8)  # 100 .. 400 becomes 130 .. 370
    assert batch.worlds.cas_range[0, 0] == pytest.approx([130.0, 370.0])
    assert fly(batch, (0.0, 1.0), num_steps=2).cas[0, 0] == pytest.approx(370.0)


def test_reports_are_noisy_by_the_standard_deviations_asked_for() -> None:
    batch = disturbed(*PAIR, position_noise_nm=0.5, velocity_noise_kt=20.0)
    seen = np.array([fly(batch).observation[0, 0, 7:11].copy() for _ in range(90)]) * (15.0, 15.0, 250.0, 250.0)
    assert seen.mean(0) == pytest.approx([0.0, 10.0, 0.0, 0.0], abs=8.0)
    assert seen[:, :2].std(0) == pytest.approx([0.5, 0.5], rel=0.3)
    assert seen[:, 2:].std(0) == pytest.approx([20.0, 20.0], rel=0.3)
    assert seen.mean(0)[:2] == pytest.approx([0.0, 10.0], abs=0.25)


def test_noise_on_reports_leaves_flight_and_own_state_alone() -> None:
    quiet, noisy = disturbed(*PAIR), disturbed(*PAIR, position_noise_nm=0.5)
    for _ in range(5):
        fly(quiet, (0.5, 0.5))
        fly(noisy, (0.5, 0.5))
    assert np.array_equal(quiet.worlds.position, noisy.worlds.position)
    assert np.array_equal(quiet.worlds.separation, noisy.worlds.separation)
    own = [0, 1, 2, 3, 4]
    assert np.array_equal(quiet.worlds.observation[0, :, own], noisy.worlds.observation[0, :, own])
    assert not np.array_equal(quiet.worlds.observation[0, :, 5:], noisy.worlds.observation[0, :, 5:])


def test_the_same_episode_draws_the_same_noise() -> None:
    first, again = disturbed(*PAIR, position_noise_nm=0.5), disturbed(*PAIR, position_noise_nm=0.5)
    assert np.array_equal(fly(first).observation, fly(again).observation)
    again.begin(np.array([0]), np.array([0]), np.ones(1, np.uint64))
    assert not np.array_equal(first.worlds.observation, fly(again).observation)


def test_an_aircraft_whose_reports_are_all_lost_is_not_seen() -> None:
    batch = disturbed(*PAIR, dropped_reports=1.0)
    assert batch.worlds.observation[0, 0, 6:].tolist() == [0.0, 10.0, 0.0, 0.0, 0.0]
    worlds = fly(batch, (0.0, 0.0), (-1.0, 0.0))
    assert worlds.observation[0, 0, 6] == 0.0
    assert worlds.separation[0, 0] < 10.0  # it is there all the same


def test_where_reports_are_lost_the_last_one_stands() -> None:
    batch = disturbed(*PAIR, dropped_reports=0.5)
    forward = [15.0 * float(fly(batch).observation[0, 0, 7]) for _ in range(60)]
    behind = np.round(forward).astype(int)  # both fly north, 1 NM in a step: n steps old is n NM behind
    assert forward == pytest.approx(behind, abs=1e-4)
    assert set(behind) >= {0, -1, -2}
    late = np.count_nonzero(behind)
    assert 15 < late < 45


def test_where_reports_are_lost_they_may_be_carried_on() -> None:
    seen = {**RELATIVE["observation"], "coast_reports": True}
    batch = world(*PAIR, disturbance={"dropped_reports": 0.5}, **{**RELATIVE, "observation": seen})
    forward = [15.0 * float(fly(batch).observation[0, 0, 7]) for _ in range(60)]
    assert forward == pytest.approx([0.0] * 60, abs=1e-4), "both fly straight on, side by side"
    worlds, nothing = batch.worlds, np.zeros((1, 2, 2))
    for _ in range(20):
        before, stale = worlds.report[0, 1].copy(), worlds.position[0, 1].copy()
        batch.step(nothing)
        on = before[:2] + before[2:] * 10.0 / 3600.0
        assert np.allclose(worlds.report[0, 1, :2], on) or np.allclose(worlds.report[0, 1, :2], worlds.position[0, 1])
        assert not np.allclose(worlds.report[0, 1, :2], stale)


def test_reset_disturbs_all_or_single_aircraft() -> None:
    options = {"all": {"speed_kt": 5.0}, "aircraft_1": {"heading_deg": 30.0}}
    worlds = one(disturbances=options).batch.worlds
    assert worlds.cas[0].tolist() == [365.0, 360.0]
    assert worlds.heading[0].tolist() == [0.0, 30.0]


def test_reset_without_disturbances_is_undisturbed_again() -> None:
    env = one(disturbances={"all": {"speed_kt": 5.0}}, wind={"from_deg": 270.0, "speed_kt": 36.0})
    assert env.batch.worlds.wind[0] == pytest.approx([36.0, 0.0])
    env.reset()
    assert env.batch.worlds.cas[0].tolist() == [360.0, 360.0]
    assert env.batch.worlds.wind[0].tolist() == [0.0, 0.0]


def test_disturbed_or_not_the_same_traffic_is_drawn() -> None:
    env, other = envs.make("airspace_v0"), envs.make("airspace_v0")
    env.reset(seed=3)
    other.reset(seed=3, options={"disturbances": {"all": {"responds": False}}})
    assert np.array_equal(env.batch.worlds.position, other.batch.worlds.position)


def test_another_type_is_flown_where_it_is_wanted() -> None:
    env = envs.make("airspace_v0", types=("B744",))
    env.reset(seed=0, options={"disturbances": {"aircraft_0": {"aircraft_type": "B744"}}})
    low, high = env.batch.worlds.cas_range[0, 0]
    assert (round(low), round(high)) != tuple(np.round(env.batch.worlds.cas_range[0, 1]))
    settings = envs.make("airspace_v0", disturbance={"aircraft_type": "B744"})
    settings.reset(seed=0)
    assert settings.batch.worlds.cas_range[0, 1].tolist() == [low, high]


@pytest.mark.parametrize(
    ("disturbances", "message"),
    [
        ({"aircraft_7": {}}, "unknown agent 'aircraft_7', known: all, aircraft_0, aircraft_1"),
        ({"all": {"aircraft_type": "B744"}}, "aircraft_type: unknown 'B744' at 0 ft, known here: A320"),
        ({"all": {"action_delay": 9}}, "action_delay"),
        ({"all": {"delay": 1}}, "delay"),
        ({"all": {"dropped_reports": 1.5}}, "dropped_reports"),
    ],
)
def test_a_disturbance_that_cannot_be_is_refused(disturbances: dict[str, Any], message: str) -> None:
    with pytest.raises((ValueError, ValidationError), match=message):
        one(disturbances=disturbances)
