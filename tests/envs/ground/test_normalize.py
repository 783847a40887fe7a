"""The normaliser that looks at active rows only, with numbers worked out by hand."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from stable_baselines3.common.vec_env import VecNormalize

from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.rows.vectorize import general_road
from tests.envs.ground.leaving import Leaving

SCRIPT = {"a": (1, "terminated"), "b": (99, "terminated")}


def normalized(script: dict[str, tuple[int, str]] = SCRIPT, kind: type = ActiveVecNormalize, seed: int = 0) -> Any:
    return kind(general_road(partial(Leaving, script, max_steps=3), 1, seed), gamma=0.5)


def test_inactive_rows_never_enter_the_statistics() -> None:
    venv = normalized()
    first = venv.reset()
    assert first.shape == (2, 2)
    numbers = venv.get_original_obs()[:, 1]
    for _ in range(2):
        venv.step(np.zeros((2, 1)))
    seen = np.array([[0, numbers[0]], [0, numbers[1]], [1, numbers[1]], [2, numbers[1]]])  # a acts at the first only
    assert venv.obs_rms.count == pytest.approx(4.0001)
    np.testing.assert_allclose(venv.obs_rms.mean, seen.sum(0) / 4.0001, rtol=1e-6)
    second_moment = ((seen**2).sum(0) + 1e-4) / 4.0001  # the prior: 1e-4 rows of mean 0 and variance 1
    np.testing.assert_allclose(venv.obs_rms.var, second_moment - venv.obs_rms.mean**2, rtol=1e-5)
    returns = np.array([1.0, 1.0, 1.5])  # a and b in step 1; b in step 2: 0.5 * 1 + 1
    assert venv.ret_rms.mean == pytest.approx(returns.sum() / 3.0001)
    assert venv.ret_rms.var == pytest.approx(((returns**2).sum() + 1e-4) / 3.0001 - (returns.sum() / 3.0001) ** 2)
    assert venv.returns.tolist() == [0.0, 1.5]


def test_rewards_are_divided_by_the_deviation_of_the_returns() -> None:
    venv = normalized()
    venv.reset()
    venv.step(np.zeros((2, 1)))
    _, rewards, _, _ = venv.step(np.zeros((2, 1)))
    assert rewards.tolist() == [0.0, pytest.approx(1 / np.sqrt(venv.ret_rms.var + 1e-8), rel=1e-6)]


def test_terminal_observations_are_normalised_in_both_places() -> None:
    venv = normalized()
    venv.reset()
    _, _, dones, infos = venv.step(np.zeros((2, 1)))
    assert dones.tolist() == [True, False]
    expected = venv.normalize_obs(venv.venv.terminal_obs)[0]
    np.testing.assert_array_equal(infos[0]["terminal_observation"], expected)
    np.testing.assert_array_equal(venv.terminal_obs[0], expected)
    assert (venv.num_worlds, venv.num_agents) == (1, 2)
    assert venv.active.tolist() == [False, True]
    assert venv.truncated.tolist() == [False, False]


def test_where_all_rows_are_active_it_is_stable_baselines3s() -> None:
    script = {"a": (99, "terminated"), "b": (99, "terminated")}
    ours, theirs = normalized(script), normalized(script, VecNormalize)
    np.testing.assert_array_equal(ours.reset(), theirs.reset())
    for step in range(8):
        actions = np.full((2, 1), 0.1 * step)
        for one, other in zip(ours.step(actions)[:3], theirs.step(actions)[:3], strict=True):
            np.testing.assert_array_equal(one, other)


def test_without_training_nothing_moves() -> None:
    venv = normalized()
    venv.training = False
    venv.reset()
    venv.step(np.zeros((2, 1)))
    assert (venv.obs_rms.count, venv.ret_rms.count) == (1e-4, 1e-4)


def test_a_restored_normaliser_continues_with_equal_bits() -> None:
    venv, fresh = normalized(), normalized(seed=9)
    venv.reset()
    venv.step(np.full((2, 1), 0.3))
    state = venv.state()
    expected = [venv.step(np.full((2, 1), 0.1 * step)) for step in range(7)]
    fresh.restore(state)
    np.testing.assert_array_equal(fresh.returns, [0.0, pytest.approx(1.3)])
    for step, (obs, rewards, dones, infos) in enumerate(expected):
        again = fresh.step(np.full((2, 1), 0.1 * step))
        for one, other in zip((obs, rewards, dones), again, strict=False):
            np.testing.assert_array_equal(one, other)
        assert [set(info) for info in infos] == [set(info) for info in again[3]]
    np.testing.assert_array_equal(fresh.obs_rms.var, venv.obs_rms.var)
    np.testing.assert_array_equal(fresh.get_original_reward(), venv.get_original_reward())
