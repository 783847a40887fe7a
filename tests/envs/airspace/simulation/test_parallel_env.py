"""The PettingZoo face: its API, its ends, its infos and what a reset may be asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pettingzoo.test import parallel_api_test

import envs
from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.compiled.worlds import REWARD_PARTS
from envs.airspace.simulation.parallel_env import AirspaceParallelEnv
from tests.envs.airspace.simulation.worlds_by_hand import steady, traffic

NEAR_AND_FAR = traffic((0.0, 0.0, 0.0, 0.0, 2.55), (20.0, 0.0, 0.0, 20.0, 4.55))
"""At 1 NM per step the first arrives in step 2 and the second in step 4."""


def near_and_far(**settings: Any) -> AirspaceParallelEnv:
    env = AirspaceParallelEnv(scenarios=[NEAR_AND_FAR], performance=steady, **settings)
    env.reset(seed=0)
    return env


def hold(env: AirspaceParallelEnv) -> tuple[dict, dict, dict, dict, dict]:
    return env.step({agent: np.zeros(2, np.float32) for agent in env.agents})


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"episode": {"max_steps": 30, "time_limit": "task", "after_arrival": "leave"}},
        {"scenarios": list(SUITE.values()), "observation": {"layout": "relative"}},
        {
            "traffic": "sector",
            "episode": {"max_steps": 60, "after_arrival": "leave"},
            "sector": {"radius_nm": 12.0, "warm_up_s": 50.0},
        },
    ],
    ids=["procedural", "task", "suite", "sector"],
)
@pytest.mark.filterwarnings("ignore:reset.options")
def test_it_passes_pettingzoos_api_test(settings: dict[str, Any]) -> None:
    parallel_api_test(envs.make("airspace_v0", **settings), num_cycles=250)


def whole_episode(env: AirspaceParallelEnv, seed: int) -> list[Any]:
    """Everything that an episode returns under random actions, as plain values."""
    rng = np.random.default_rng(seed)
    observations, infos = env.reset(seed=seed)
    trace: list[Any] = [{agent: obs.tobytes() for agent, obs in observations.items()}, infos]
    while env.agents:
        actions = {agent: rng.uniform(-1, 1, 2).astype(np.float32) for agent in env.agents}
        observations, *rest = env.step(actions)
        trace += [{agent: obs.tobytes() for agent, obs in observations.items()}, *rest, list(env.agents)]
    return trace


@pytest.mark.parametrize("seed", [0, 1])
def test_a_seed_decides_every_step_of_an_episode(seed: int) -> None:
    one, other = envs.make("airspace_v0"), envs.make("airspace_v0")
    other.reset(seed=99)
    first = whole_episode(one, seed)
    assert first == whole_episode(other, seed)
    assert first == whole_episode(one, seed)  # and again in the same environment
    assert first[0] != whole_episode(one, seed + 10)[0]


def test_without_a_seed_the_next_episode_is_drawn() -> None:
    env, twin = envs.make("airspace_v0"), envs.make("airspace_v0")
    drawn = [[face.reset(seed=4)[1], face.reset()[1], face.reset()[1]] for face in (env, twin)]
    seeds = [[infos["aircraft_0"]["episode_seed"] for infos in face] for face in drawn]
    assert seeds[0] == seeds[1]
    assert len(set(seeds[0])) == 3


def test_two_environments_that_nobody_seeds_differ() -> None:
    one, other = (envs.make("airspace_v0").reset()[1]["aircraft_0"]["episode_seed"] for _ in range(2))
    assert one != other


def test_it_terminates_for_all_when_all_have_arrived() -> None:
    env = near_and_far()
    flags = []
    while env.agents:
        _, _, terminations, truncations, infos = hold(env)
        flags.append((list(terminations.values()), list(truncations.values())))
    assert flags == [([False] * 2, [False] * 2)] * 3 + [([True] * 2, [False] * 2)]
    assert all(info["arrived"] for info in infos.values())


@pytest.mark.parametrize(("time_limit", "terminated"), [("bootstrap", False), ("task", True)])
def test_at_the_step_limit_it_truncates_and_as_a_task_it_terminates(time_limit: str, terminated: bool) -> None:
    env = near_and_far(episode={"max_steps": 3, "time_limit": time_limit})
    for _ in range(2):
        assert not any({**hold(env)[2], **hold(near_and_far())[3]}.values())
    _, rewards, terminations, truncations, infos = hold(env)
    assert list(terminations.values()) == [terminated] * 2
    assert list(truncations.values()) == [not terminated] * 2
    assert infos["aircraft_1"]["reward_parts"]["timeout"] == (-10.0 if terminated else 0.0)
    assert rewards["aircraft_0"] == 0.0  # it had arrived
    assert env.agents == []


def test_arriving_in_the_last_step_is_a_termination() -> None:
    env = near_and_far(episode={"max_steps": 4})
    for _ in range(4):
        _, _, terminations, truncations, _ = hold(env)
    assert list(terminations.values()) == [True, True]
    assert list(truncations.values()) == [False, False]


@pytest.mark.parametrize("after_arrival", ["continue", "leave"])
def test_an_arrived_agent_stays_inactive_and_unpaid_until_the_world_ends(after_arrival: str) -> None:
    env = near_and_far(episode={"after_arrival": after_arrival})
    active, rewards, last_seen = [], [], []
    while env.agents:
        assert env.agents == ["aircraft_0", "aircraft_1"]
        seen, paid, _, _, infos = hold(env)
        active.append([info["active"] for info in infos.values()])
        rewards.append(paid["aircraft_0"])
        last_seen.append(seen["aircraft_0"].tolist())
    assert active == [[True, True], [False, True], [False, True], [False, False]]
    assert rewards[1] > 9.0
    assert rewards[2:] == [0.0, 0.0]
    assert last_seen[1] == last_seen[2] == last_seen[3] != last_seen[0]


def test_actions_of_an_inactive_agent_are_ignored_and_may_be_missing() -> None:
    asked, silent = near_and_far(), near_and_far()
    for env in (asked, silent):
        for _ in range(2):
            hold(env)
    full = {"aircraft_0": np.array([1.0, 1.0]), "aircraft_1": np.array([0.3, 0.3])}
    one, other = asked.step(full), silent.step({"aircraft_1": full["aircraft_1"]})
    for agent in full:
        np.testing.assert_array_equal(one[0][agent], other[0][agent])
    assert one[1:] == other[1:]
    assert asked.batch.worlds.records.tobytes() == silent.batch.worlds.records.tobytes()


def test_infos_name_every_reward_part_and_they_sum_to_the_reward() -> None:
    env = near_and_far()
    _, rewards, _, _, infos = env.step({agent: np.ones(2) for agent in env.agents})
    for agent, info in infos.items():
        assert tuple(info["reward_parts"]) == REWARD_PARTS
        assert sum(info["reward_parts"].values()) == pytest.approx(rewards[agent], abs=1e-12)
        assert info["separation_nm"] == pytest.approx(20.0, abs=0.01)
        assert not info["arrived"]


def test_a_reset_may_name_the_scenario() -> None:
    env = AirspaceParallelEnv(scenarios=list(SUITE.values()))
    for name in ("merge_3p1", "head_on", "t_formation"):
        _, infos = env.reset(seed=0, options={"scenario": name})
        scenario = SUITE[name]
        assert len(infos) == len(env.agents) == scenario.num_aircraft
        np.testing.assert_array_equal(env.batch.worlds.position[0, : scenario.num_aircraft], scenario.position_nm)


def test_a_reset_may_name_a_drawn_episode() -> None:
    env, other = envs.make("airspace_v0"), envs.make("airspace_v0")
    observations, infos = env.reset(seed=5)
    again, again_infos = other.reset(seed=6, options={"episode_seed": infos["aircraft_0"]["episode_seed"]})
    assert infos == again_infos
    for agent, obs in observations.items():
        np.testing.assert_array_equal(again[agent], obs)


def test_a_reset_may_name_an_episode_of_the_scenarios_handed_in() -> None:
    env = AirspaceParallelEnv(scenarios=[scenario for scenario in SUITE.values() if scenario.num_aircraft == 4])
    _, infos = env.reset(seed=5)
    position = env.batch.worlds.position.copy()
    env.reset(options={"episode_seed": infos["aircraft_0"]["episode_seed"]})
    np.testing.assert_array_equal(env.batch.worlds.position, position)


def test_an_unknown_option_is_warned_of() -> None:
    with pytest.warns(UserWarning, match=r"\['weather'\] ignored, known: scenario, episode_seed"):
        envs.make("airspace_v0").reset(seed=0, options={"weather": 1})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scenario": "head_off"}, "unknown scenario 'head_off', known: head_on, t_formation"),
        ({"episode_seed": 2.5}, "episode_seed: got 2.5, wanted a whole number"),
        ({"episode_seed": -1}, "episode_seed: got -1, wanted a whole number"),
    ],
)
def test_an_impossible_option_is_refused(options: dict[str, Any], message: str) -> None:
    env = AirspaceParallelEnv(scenarios=[SUITE["head_on"], SUITE["t_formation"]])
    with pytest.raises(ValueError, match=message):
        env.reset(seed=0, options=options)


def test_spaces_hold_what_is_returned_and_are_the_same_objects_each_time() -> None:
    env = near_and_far(episode={"time_limit": "task"})
    observations, *_ = hold(env)
    for agent, obs in observations.items():
        assert env.observation_space(agent).contains(obs)
        assert env.observation_space(agent) is env.observation_space(agent)
        assert env.action_space(agent).shape == (2,)


def test_an_unknown_setting_is_refused_by_its_name() -> None:
    with pytest.raises(ValueError, match="episodes"):
        envs.make("airspace_v0", episodes={"max_steps": 3})
