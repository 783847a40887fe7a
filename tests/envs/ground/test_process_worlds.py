"""Worlds in several processes: the same episodes, states and faults as in one."""

from __future__ import annotations

import os
import signal
from functools import partial
from typing import Any

import numpy as np
import psutil
import pytest
from gymnasium import spaces

from envs.ground.any_environment.faults import EnvironmentFault
from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.rows.process_worlds import WorkerDied
from envs.ground.rows.vectorize import SharedPolicyVecEnv, general_road
from pipeline.algorithms.table import make_algorithm
from tests.envs.ground.leaving import DEFAULT_SCRIPT, Leaving


class Masked(Leaving):
    """May choose what its step allows."""

    def action_space(self, agent: str) -> spaces.Space:
        return spaces.Discrete(3)

    def step(self, actions: dict[str, Any]) -> tuple[dict, dict, dict, dict, dict]:
        return super().step({agent: np.array([float(action)]) for agent, action in actions.items()})

    def action_masks(self) -> dict[str, np.ndarray]:
        return {agent: np.arange(3) <= self.step_count for agent in self.agents}


class Failing(Leaving):
    """Raises in its third step, or ends its whole process."""

    def __init__(self, how: str) -> None:
        super().__init__(DEFAULT_SCRIPT)
        self.how = how

    def step(self, actions: dict[str, Any]) -> tuple[dict, dict, dict, dict, dict]:
        if self.step_count == 2:
            if self.how == "dies":
                os.kill(os.getpid(), signal.SIGKILL)
            raise ValueError("out of fuel")
        return super().step(actions)


def leaving(num_processes: int, num_worlds: int = 5, seed: int = 3) -> SharedPolicyVecEnv:
    return general_road(partial(Leaving, DEFAULT_SCRIPT, max_steps=6), num_worlds, seed, num_processes)


def play(venv: SharedPolicyVecEnv, num_steps: int, seed: int = 0) -> list[Any]:
    """All that a learner is told, step by step."""
    rng, trace = np.random.default_rng(seed), []
    for _ in range(num_steps):
        actions = rng.uniform(0, 1, (venv.num_envs, *venv.action_space.shape)).astype(np.float32)
        obs, rewards, dones, infos = venv.step(actions)
        told = [info.get("step") for info in infos]
        trace += [obs, rewards, dones, venv.active, venv.truncated, venv.terminal_obs[dones], told]
    return trace


def assert_equal(left: list[Any], right: list[Any]) -> None:
    assert len(left) == len(right)
    for one, other in zip(left, right, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("num_processes", [2, *(pytest.param(more, marks=pytest.mark.long) for more in (3, 9))])
def test_any_number_of_processes_gives_the_same_episodes(num_processes: int) -> None:
    one, several = leaving(1), leaving(num_processes)
    assert_equal([one.reset(), one.active], [several.reset(), several.active])
    assert [info["seed"] for info in one.reset_infos] == [info["seed"] for info in several.reset_infos]
    assert_equal(play(one, 14), play(several, 14))
    assert_equal([one.reset(seed=8)], [several.reset(seed=8)])
    assert_equal(play(one, 4), play(several, 4))


def test_a_state_goes_on_in_another_number_of_processes() -> None:
    two, three = leaving(2), leaving(3, seed=99)
    two.reset()
    play(two, 9)
    state = two.state()
    three.reset()
    three.restore(state)
    assert_equal(play(two, 9, seed=1), play(three, 9, seed=1))


def test_masks_come_from_all_processes() -> None:
    one, two = (general_road(partial(Masked, DEFAULT_SCRIPT), 3, 0, number) for number in (1, 2))
    for venv in (one, two):
        venv.reset()
        venv.step(np.zeros(venv.num_envs, int))
    np.testing.assert_array_equal(one.action_masks(), two.action_masks())
    assert one.action_masks().tolist() == [[True, True, False]] * 9


def test_training_in_two_processes_comes_to_the_same_weights() -> None:
    def weights(num_processes: int) -> np.ndarray:
        learner = make_algorithm("ppo", {"n_steps": 8, "gamma": 0.9}, ActiveVecNormalize(leaving(num_processes)), 0)
        learner.learn(200, lambda _: None)
        learner.close()
        return np.concatenate([part.numpy().ravel() for part in learner.weights().values()])

    np.testing.assert_array_equal(weights(1), weights(2))


def test_what_an_environment_raises_comes_through() -> None:
    venv = general_road(partial(Failing, "raises"), 2, 0, 2)
    venv.reset()
    play(venv, 2)
    with pytest.raises(ValueError, match="out of fuel"):
        play(venv, 1)


def test_a_process_that_ends_is_named_by_its_worlds() -> None:
    venv = general_road(partial(Failing, "dies"), 4, 0, 2)
    venv.reset()
    play(venv, 2)
    with pytest.raises(WorkerDied, match="worlds 0 to 1: the process that steps them ended, wanted it to go on"):
        play(venv, 1)


class Telling(Leaving):
    """Its infos hold what no other process can be sent."""

    def _infos(self) -> dict[str, dict[str, Any]]:
        return {agent: {**info, "draw": lambda: 0} for agent, info in super()._infos().items()}


def test_what_cannot_be_sent_to_another_process_is_told() -> None:
    venv = general_road(partial(Telling, DEFAULT_SCRIPT), 2, 0, 2)
    with pytest.raises(EnvironmentFault, match=r"cannot be sent to another process: .*, wanted infos of plain"):
        venv.reset()
    venv.close()


def test_constructors_that_fail_are_heard() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        general_road(partial(Leaving, colour="red"), 2, 0, 2)


def test_processes_outlive_a_wish_to_stop_and_end_when_they_are_closed() -> None:
    before = set(psutil.Process().children(recursive=True))
    venv = leaving(2)
    venv.reset()
    workers = [child for child in psutil.Process().children(recursive=True) if child not in before]
    serving = [child for child in workers if child.ppid() != os.getpid()]
    for worker in serving:
        worker.send_signal(signal.SIGINT)
        worker.send_signal(signal.SIGTERM)
    play(venv, 1)
    venv.close()
    gone, alive = psutil.wait_procs(serving, timeout=20)
    assert len(gone) == 2
    assert alive == []
