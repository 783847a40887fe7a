"""Two faces of one airspace: the vectorised rows say what the PettingZoo worlds say, and what SuperSuit's road says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from envs import vectorize
from envs.airspace.simulation.parallel_env import AirspaceParallelEnv
from envs.ground.rows.vectorize import SharedPolicyVecEnv, general_road

NUM_WORLDS = 3
STEPS = 60
ROWS = NUM_WORLDS * 4
NEAR = {"start_distance_nm": {"low": 2.0, "high": 5.0}, "waypoint_distance_nm": {"low": 2.0, "high": 14.0}}
SHORT: dict[str, Any] = {
    "episode": {"max_steps": 16},
    "procedural": {
        "families": dict.fromkeys(("merging", "head_on", "overtaken_stream"), 0.0),
        "min_aircraft": 2,
        "max_aircraft": 4,
        **dict.fromkeys(("crossing", "converging"), NEAR),
        "chasing": {"waypoint_distance_nm": NEAR["waypoint_distance_nm"]},
        "random": {"waypoint_distance_nm": NEAR["waypoint_distance_nm"]},
    },
}
"""Episodes of up to 16 steps in which many arrive, at different times, and some worlds are cut off."""


def chosen(time_limit: str, after_arrival: str) -> dict[str, Any]:
    return {**SHORT, "episode": {"max_steps": 16, "time_limit": time_limit, "after_arrival": after_arrival}}


SETTINGS = [chosen("bootstrap", "continue"), chosen("bootstrap", "leave"), chosen("task", "continue")]
each_setting = pytest.mark.parametrize("settings", SETTINGS, ids=["bootstrap", "leave", "task"])


SECTOR: dict[str, Any] = {
    "traffic": "sector",
    "episode": {"max_steps": 18, "after_arrival": "leave"},
    "sector": {"radius_nm": 10.0, "density_per_10000_nm2": 113.0, "warm_up_s": 50.0},
}
"""Four aircraft enter within 180 s; nobody arrives."""


def all_actions() -> np.ndarray:
    """(T, rows, 2): mostly straight on, so that aircraft arrive."""
    actions = np.random.default_rng(0).uniform(-0.25, 0.25, (STEPS, ROWS, 2))
    return actions.astype(np.float32)


class Step:
    """What a vectorised environment returned and is, after a step."""

    def __init__(self, venv: SharedPolicyVecEnv, acted: np.ndarray, actions: np.ndarray) -> None:
        self.acted = acted
        self.obs, self.rewards, self.dones, self.infos = venv.step(actions)
        self.active, self.truncated, self.terminal_obs = venv.active, venv.truncated, venv.terminal_obs.copy()


def fly(venv: SharedPolicyVecEnv) -> Iterator[Step]:
    for actions in all_actions():
        yield Step(venv, venv.active, actions)


def vectorised(settings: dict[str, Any]) -> tuple[np.ndarray, list[Step], np.ndarray]:
    """First observations, steps, and the episode seeds (T + 1, worlds) flown before each step."""
    venv = vectorize("airspace_v0", settings, NUM_WORLDS, 11)
    worlds = venv.venv.batch.worlds
    first = venv.reset()
    seeds, steps = [worlds.episode_seed.copy()], []
    for step in fly(venv):
        steps.append(step)
        seeds.append(worlds.episode_seed.copy())
    return first, steps, np.array(seeds)


def world_ended(step: Step, w: int) -> bool:
    return bool(step.dones[4 * w : 4 * w + 4].all() and step.active[4 * w])


def begin(env: AirspaceParallelEnv, episode_seed: int) -> tuple[dict, dict]:
    return env.reset(seed=0, options={"episode_seed": int(episode_seed)})


@pytest.mark.parametrize("settings", [*SETTINGS, SECTOR], ids=["bootstrap", "leave", "task", "sector"])
def test_each_row_is_an_agent_of_a_pettingzoo_world_of_the_same_episode(settings: dict[str, Any]) -> None:
    first, steps, seeds = vectorised(settings)
    for w in range(NUM_WORLDS):
        env = AirspaceParallelEnv(**settings)
        rows = {agent: 4 * w + a for a, agent in enumerate(env.possible_agents)}
        observations, infos = begin(env, seeds[0, w])
        for agent in env.agents:
            np.testing.assert_array_equal(first[rows[agent]], observations[agent])
        num_ends = 0
        for t, (step, actions) in enumerate(zip(steps, all_actions(), strict=True)):
            before = infos
            observations, rewards, terminations, truncations, infos = env.step(
                {agent: actions[rows[agent]] for agent in env.agents}
            )
            over = not env.agents
            for agent in observations:
                row, acted, acts = rows[agent], before[agent]["active"], infos[agent]["active"]
                ends = terminations[agent] or truncations[agent]
                assert step.acted[row] == acted
                assert step.rewards[row] == np.float32(rewards[agent])
                assert step.dones[row] == (acted and not acts) or over
                assert step.dones[row] == (ends or (acted and not acts))
                assert step.truncated[row] == (acted and truncations[agent] and not infos[agent]["arrived"])
                seen = step.terminal_obs[row] if step.dones[row] else step.obs[row]
                np.testing.assert_array_equal(seen, observations[agent])
                if step.dones[row]:
                    np.testing.assert_array_equal(step.infos[row]["terminal_observation"], observations[agent])
                    assert step.infos[row]["TimeLimit.truncated"] == step.truncated[row]
            if over:
                num_ends += 1
                observations, infos = begin(env, seeds[t + 1, w])
            for agent in env.agents:
                assert step.active[rows[agent]] == infos[agent]["active"]
                if over:
                    np.testing.assert_array_equal(step.obs[rows[agent]], observations[agent])
        assert num_ends >= 3


class Pinned(AirspaceParallelEnv):
    """A world whose episodes are those listed, whatever seed it is handed."""

    def __init__(self, episode_seeds: list[int], settings: dict[str, Any]) -> None:
        super().__init__(**settings)
        self.episode_seeds = iter(episode_seeds)

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict, dict]:
        return super().reset(seed, {"episode_seed": next(self.episode_seeds)})


def episodes(steps: list[Step], seeds: np.ndarray) -> list[list[int]]:
    """The episode seeds that each world flew, in order."""
    begun = [[int(seeds[0, w])] for w in range(NUM_WORLDS)]
    for t, w in np.ndindex(STEPS, NUM_WORLDS):
        if seeds[t + 1, w] != seeds[t, w]:
            begun[w].append(int(seeds[t + 1, w]))
    return begun


@each_setting
def test_the_vectorised_rows_are_those_of_the_general_road(settings: dict[str, Any]) -> None:
    first, steps, seeds = vectorised(settings)
    worlds = iter(episodes(steps, seeds))
    general = general_road(lambda: Pinned(next(worlds), settings), NUM_WORLDS, 0)
    other_first = general.reset()
    np.testing.assert_array_equal(general.active.nonzero()[0], steps[0].acted.nonzero()[0])
    np.testing.assert_array_equal(first[general.active], other_first[general.active])
    early = 0
    for step, other in zip(steps, fly(general), strict=True):
        for name in ("acted", "active", "dones", "truncated"):
            np.testing.assert_array_equal(getattr(step, name), getattr(other, name), err_msg=name)
        np.testing.assert_array_equal(step.rewards, other.rewards)
        np.testing.assert_array_equal(step.obs[step.active], other.obs[step.active])
        ended = step.acted & step.dones
        np.testing.assert_array_equal(step.terminal_obs[ended], other.terminal_obs[ended])
        early += int((ended & ~step.active & ~np.repeat([world_ended(step, w) for w in range(3)], 4)).sum())
    assert early >= 5


@each_setting
def test_a_row_is_done_at_its_arrival_and_again_at_its_worlds_end(settings: dict[str, Any]) -> None:
    _, steps, _ = vectorised(settings)
    waiting = np.zeros(ROWS, bool)  # rows that have been done and whose world has not ended
    seen_twice = 0
    for step in steps:
        np.testing.assert_array_equal(step.rewards[~step.acted], 0.0)
        over = np.repeat([world_ended(step, w) for w in range(NUM_WORLDS)], 4)
        assert not (waiting & step.acted).any()
        np.testing.assert_array_equal(step.dones[~step.acted], over[~step.acted])
        assert not step.truncated[~step.acted].any()
        seen_twice += int((waiting & over).sum())
        waiting = (waiting | (step.acted & step.dones)) & ~over
        assert not (step.active & waiting).any()
    assert seen_twice >= 5


def test_a_timed_out_row_is_truncated_and_in_a_task_terminated() -> None:
    cut_off = {}
    for name, settings in zip(("bootstrap", "leave", "task"), SETTINGS, strict=True):
        cut_off[name] = sum(int(step.truncated.sum()) for step in vectorised(settings)[1])
    assert cut_off["bootstrap"] > 0
    assert cut_off["leave"] > 0
    assert cut_off["task"] == 0


def test_the_vectorised_face_goes_on_from_its_state_bit_for_bit() -> None:
    one = vectorize("airspace_v0", SHORT, NUM_WORLDS, 1)
    other = vectorize("airspace_v0", SHORT, NUM_WORLDS, 2)
    one.reset()
    for _ in fly(one):
        pass
    other.restore(one.state())
    for mine, theirs in zip(fly(one), fly(other), strict=True):
        for name in ("obs", "rewards", "dones", "active", "truncated", "terminal_obs"):
            np.testing.assert_array_equal(getattr(mine, name), getattr(theirs, name))


def test_the_tally_counts_what_became_of_the_episodes() -> None:
    venv = vectorize("airspace_v0", SHORT, NUM_WORLDS, 11)
    venv.reset()
    ends, returns, running = 0, 0.0, np.zeros(ROWS)
    worlds = venv.venv.batch.worlds
    num_aircraft = worlds.num_aircraft.copy()
    for step in fly(venv):
        running += step.rewards
        for w in range(NUM_WORLDS):
            if world_ended(step, w):
                ends += 1
                returns += running[4 * w : 4 * w + 4].sum() / num_aircraft[w]
                running[4 * w : 4 * w + 4] = 0.0
        num_aircraft = worlds.num_aircraft.copy()
    tally = venv.venv.finished.read()
    assert tally["episodes"] == ends >= 9
    assert tally["mean_return"] == pytest.approx(returns / ends, rel=1e-4)
    assert 0.0 < tally["arrived_share"] < 1.0
    assert venv.venv.finished.read() == {}
