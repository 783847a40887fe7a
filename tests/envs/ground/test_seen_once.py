"""An environment by turns is looked at once a step, and looks the same."""

from __future__ import annotations

import numpy as np
from gymnasium import spaces
from mpe2 import simple_spread_v3
from pettingzoo import AECEnv, ParallelEnv
from pettingzoo.utils.conversions import aec_to_parallel
from supersuit import clip_reward_v0, frame_stack_v1, normalize_obs_v0

from envs.ground.rows.seen_once import seen_once


class Counter(AECEnv):
    """Three agents count to four by turns; it counts how often it is looked at."""

    metadata = {"name": "counter", "is_parallelizable": True}  # noqa: RUF012 - PettingZoo's own
    render_mode = None

    def __init__(self) -> None:
        super().__init__()
        self.possible_agents = ["a", "b", "c"]
        self.num_looks = 0

    def observation_space(self, agent: str) -> spaces.Box:
        return spaces.Box(0.0, 4.0, (2,), np.float32)

    def action_space(self, agent: str) -> spaces.Discrete:
        return spaces.Discrete(2)

    def reset(self, seed: int | None = None, options: dict | None = None) -> None:
        self.agents = list(self.possible_agents)
        self.agent_selection = "a"
        self.steps = 0
        self.rewards = dict.fromkeys(self.agents, 0.0)
        self._cumulative_rewards = dict(self.rewards)
        self.terminations = dict.fromkeys(self.agents, False)
        self.truncations = dict.fromkeys(self.agents, False)
        self.infos = {agent: {} for agent in self.agents}

    def observe(self, agent: str) -> np.ndarray:
        self.num_looks += 1
        return np.array([self.steps, self.possible_agents.index(agent)], np.float32)

    def step(self, action: int | None) -> None:
        if action is None:
            self._was_dead_step(action)
            return
        self._clear_rewards()
        if self.agent_selection == "c":
            self.steps += 1
            self.rewards = {agent: float(self.steps) for agent in self.agents}
            self.truncations = dict.fromkeys(self.agents, self.steps == 4)
        after = self.agents.index(self.agent_selection) + 1
        self.agent_selection = self.agents[after % len(self.agents)]


def play(env: ParallelEnv) -> list[tuple[dict, dict]]:
    """Observations and rewards of an episode of seed 3, by steps."""
    observations, _ = env.reset(seed=3)
    seen = [(observations, {})]
    while env.agents:
        observations, rewards, *_ = env.step({agent: (len(seen) + place) % 2 for place, agent in enumerate(env.agents)})
        seen.append((observations, rewards))
    return seen


def wrapped(env: ParallelEnv, keep: object) -> ParallelEnv:
    """The environment in three of SuperSuit's wrappers, `keep` after each."""
    for wrap in (clip_reward_v0, lambda env: normalize_obs_v0(env, 0.0, 1.0), lambda env: frame_stack_v1(env, 3)):
        env = keep(wrap(env))  # type: ignore[operator]
    return env


def assert_equal(ours: list[tuple[dict, dict]], theirs: list[tuple[dict, dict]]) -> None:
    """Every observation and reward to the bit."""
    assert len(ours) == len(theirs)
    for (seen, paid), (wanted, wage) in zip(ours, theirs, strict=True):
        assert dict(paid) == dict(wage)
        assert seen.keys() == wanted.keys()
        for agent, observation in seen.items():
            np.testing.assert_array_equal(observation, wanted[agent])


def test_each_observation_is_computed_once_a_step() -> None:
    twice, once = Counter(), Counter()
    play(aec_to_parallel(twice))
    play(seen_once(aec_to_parallel(once)))
    assert twice.num_looks == 3 + 4 * 3 * 2  # the first three, then four steps of three agents, each looking twice
    assert once.num_looks == 3 + 4 * 3


def test_what_is_seen_and_paid_stays_the_same() -> None:
    assert_equal(play(seen_once(aec_to_parallel(Counter()))), play(aec_to_parallel(Counter())))


def test_wrappers_of_supersuit_around_it_look_once_too() -> None:
    plain, once = Counter(), Counter()
    theirs = play(wrapped(aec_to_parallel(plain), lambda env: env))
    ours = play(wrapped(seen_once(aec_to_parallel(once)), seen_once))
    assert_equal(ours, theirs)
    assert once.num_looks == 3 + 4 * 3 < plain.num_looks


def test_real_environments_stay_the_same() -> None:
    theirs, ours = (
        make() for make in (simple_spread_v3.parallel_env, lambda: seen_once(simple_spread_v3.parallel_env()))
    )
    assert_equal(play(ours), play(theirs))


def test_environments_that_are_parallel_by_birth_are_left_as_they_are() -> None:
    born = seen_once(aec_to_parallel(Counter()))
    assert seen_once(born) is born
