"""The batch's faces: rows for the learner, PettingZoo's interface, and the door."""

from __future__ import annotations

import numpy as np
import pytest
from cars_by_hand import roads, scenario
from pettingzoo.test import parallel_api_test, parallel_seed_test

import envs
from envs.ground.doors import simulation
from envs.ground.play import Episodes, Space, play
from envs.ground.steering import Nothing
from envs.roads.simulation.action_grid import commands_of
from envs.roads.simulation.settings import RoadsSettings

FEW = {"num_roads": 4, "episode": {"max_steps": 30}}


def test_it_keeps_pettingzoos_rules() -> None:
    parallel_api_test(envs.make("roads_v0", **FEW), num_cycles=60)
    parallel_seed_test(lambda: envs.make("roads_v0", **FEW), num_cycles=20)


@pytest.mark.parametrize("kind", ["bicycle", "grid"])
def test_other_actions_keep_them_too(kind: str) -> None:
    parallel_api_test(envs.make("roads_v0", actions={"kind": kind}, **FEW), num_cycles=40)


def test_a_grid_has_all_pairs_of_its_changes() -> None:
    settings = RoadsSettings.from_values({"actions": {"kind": "grid"}})
    commands = commands_of(settings.actions)
    assert commands is not None
    assert commands.shape == (21, 2)
    assert commands[0] == pytest.approx([-1.0, -1.0])
    assert commands[10] == pytest.approx([0.0, 0.0])
    assert commands[20] == pytest.approx([1.0, 1.0])


def test_infos_tell_what_became_of_a_car_and_options_choose_the_episode() -> None:
    env = envs.make("roads_v0", scenarios=[scenario(roads(0.0), (0, 196.0, 10.0), (0, 150.0, 10.0))])
    _, infos = env.reset(seed=0, options={"scenario": "by_hand", "disturbances": {"car_1": {"responds": False}}})
    assert infos["car_0"]["status"] == "drives"
    for _ in range(3):
        _, _, _, _, infos = env.step({})
    assert (infos["car_0"]["status"], infos["car_0"]["active"]) == ("arrived", False)
    with pytest.raises(ValueError, match="unknown agent 'car_9'"):
        env.reset(options={"disturbances": {"car_9": {}}})
    with pytest.raises(ValueError, match="unknown scenario 'nowhere'"):
        env.reset(options={"scenario": "nowhere"})
    with pytest.raises(ValueError, match="wanted finite numbers"):
        env.step({"car_0": np.array([np.nan, 0.0])})


def test_rows_are_those_of_the_batch_and_begin_anew_at_once() -> None:
    venv = envs.vectorize("roads_v0", FEW, 6, seed=3)
    twin = simulation("roads").batch(RoadsSettings.from_values(FEW), 6, seed=3)
    rows = venv.reset()
    twin.reset()
    assert (rows == twin.observation.reshape(rows.shape)).all()
    rng, ended = np.random.default_rng(0), 0
    for _ in range(70):
        actions = rng.uniform(-1.0, 1.0, (venv.num_envs, 2)).astype(np.float32)
        active = venv.active.copy()
        rows, rewards, dones, _ = venv.step(actions)
        twin.step(actions.reshape(6, -1, 2).astype(np.float64))
        assert (rewards == twin.reward.reshape(-1).astype(np.float32)).all()
        assert (rewards[~active] == 0.0).all()
        whole = twin.done.copy()
        assert dones.reshape(6, -1)[whole].all()
        ended += int(whole.sum())
        twin.reset(np.flatnonzero(whole))
        assert (rows == twin.observation.reshape(rows.shape)).all()
    assert ended >= 12


def test_rows_go_on_from_a_state() -> None:
    first, second = envs.vectorize("roads_v0", FEW, 4, seed=0), envs.vectorize("roads_v0", FEW, 4, seed=8)
    first.reset()
    second.reset()
    actions = np.random.default_rng(0).uniform(-1.0, 1.0, (first.num_envs, 2)).astype(np.float32)
    for _ in range(20):
        first.step(actions)
    second.restore(first.state())
    for _ in range(40):
        ours, theirs = first.step(actions), second.step(actions)
        assert (ours[0] == theirs[0]).all()
        assert (ours[1] == theirs[1]).all()


def test_several_processes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"train\.num_processes: got 2, wanted 1"):
        simulation("roads").vectorized(RoadsSettings(), 2, seed=0, num_processes=2)


def test_scenarios_and_drawn_episodes_are_played_and_recorded_side_by_side() -> None:
    world, settings = simulation("roads"), RoadsSettings.from_values(FEW)
    named = scenario(roads(0.0), (0, 150.0, 10.0))
    episodes = Episodes(np.array([0, -1]), np.array([1, 2], np.uint64))
    played = play(Space(world, settings, (named,)), episodes, Nothing(), record=[0, 1])
    assert played.episodes["num_agents"].iloc[0] == 1
    assert played.episodes["arrived"].iloc[0] == 1.0
    recording = played.recordings[0]
    assert recording["s_m"].iloc[-1] >= 200.0
    assert {"x_m", "y_m", "yaw_rad", "status", "reward_progress", "route"} <= set(recording.columns)


def test_the_door_tells_the_same_as_the_batch() -> None:
    world, settings = simulation("roads"), RoadsSettings()
    slots = world.slots(settings)[0]
    names = world.features(settings)
    assert names[slots.first] == "neighbour_0_presence"
    assert names[slots.first + slots.width] == "neighbour_1_presence"
    assert names[slots.first + slots.num * slots.width].startswith("course_")
    assert world.room(settings) == 8
    assert world.same_seen_and_done(settings, settings) == ""
    other = RoadsSettings.from_values({"observation": {"num_neighbours": 4}})
    assert world.same_seen_and_done(settings, other) == "observation"
    assert world.same_episodes(settings, other) == ""
    assert world.same_episodes(settings, RoadsSettings.from_values({"cars": {"max_cars": 9}})) == "cars"
