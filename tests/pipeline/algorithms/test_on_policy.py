"""Learning from active rows only: what the buffer hands out, advantages by hand, inactive rows that cannot matter."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnvWrapper

from envs import vectorize
from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.rows.vectorize import SharedPolicyVecEnv, general_road
from pipeline.algorithms.on_policy import ActiveRolloutBuffer, MaskedRolloutBuffer, SharedOnPolicy
from pipeline.algorithms.sb3 import SharedPolicy
from tests.envs.ground.leaving import DEFAULT_SCRIPT, Leaving
from tests.pipeline.algorithms.choosing import Choosing
from tests.pipeline.algorithms.models import OF_SB3, SHORT, actions_for, make_model, small_network

HALF_INACTIVE = {"a": (2, "terminated"), "b": (9, "terminated"), "c": (0, "absent"), "d": (1, "inactive")}


def filled_buffer(active: np.ndarray) -> ActiveRolloutBuffer:
    """A buffer in which the observation of row r at step t is 100 t + r."""
    steps, rows = active.shape
    box = spaces.Box(-np.inf, np.inf, (1,), np.float32)
    buffer = ActiveRolloutBuffer(steps, box, box, "cpu", n_envs=rows)
    buffer.reset()
    for t in range(steps):
        numbers = np.arange(rows, dtype=np.float32)[:, None] + 100 * t
        acted = dict.fromkeys(("values", "log_probs"), numbers[active[t], 0])
        step = {"actions": numbers[active[t]], "rewards": np.zeros(rows), **acted}
        buffer.add_active(active[t], numbers, np.zeros(rows, bool), step)
    buffer.compute_returns_and_advantage(torch.zeros(rows), np.ones(rows, bool))
    return buffer


@pytest.mark.parametrize("batch_size", [1, 7, 16, 1000, None])
@pytest.mark.parametrize("seed", range(3))
def test_minibatches_hold_every_active_row_once_and_no_other(batch_size: int | None, seed: int) -> None:
    active = np.random.default_rng(seed).random((9, 11)) < 0.4
    active[:, seed] = True  # as in the worlds: somebody always is
    expected = sorted(100 * t + row for t, row in np.argwhere(active))
    buffer = filled_buffer(active)
    for _ in range(2):  # epochs
        batches = list(buffer.get(batch_size))
        assert sorted(np.concatenate([batch.observations[:, 0] for batch in batches]).tolist()) == expected
        sizes = [len(batch.observations) for batch in batches]
        assert max(sizes) - min(sizes) <= 1
        assert len(sizes) == max(1, round(len(expected) / (batch_size or len(expected))))


def test_the_columns_of_a_minibatch_belong_together() -> None:
    active = np.random.default_rng(0).random((5, 6)) < 0.5
    active[:, 0] = True
    for batch in filled_buffer(active).get(4):
        for column in (batch.actions[:, 0], batch.old_values, batch.old_log_prob):
            torch.testing.assert_close(column, batch.observations[:, 0])


def test_minibatches_come_in_random_order() -> None:
    buffer = filled_buffer(np.ones((5, 6), bool))
    torch.manual_seed(0)
    first, second = (next(buffer.get(30)).observations[:, 0].tolist() for _ in range(2))
    assert first != second


def learner(script: Mapping[str, tuple[int, str]], num_worlds: int, **hyperparameters: Any) -> SharedOnPolicy:
    venv = general_road(partial(Leaving, script), num_worlds, seed=0)
    return on_policy(make_model("ppo", hyperparameters, venv, seed=0))


def on_policy(model: SharedPolicy) -> SharedOnPolicy:
    assert isinstance(model, SharedOnPolicy)
    return model


def with_known_numbers(model: SharedOnPolicy) -> SharedOnPolicy:
    """The value of an observation becomes 2 + its step, and every action 0 (so that every reward is 1)."""
    policy: Any = model.policy
    with torch.no_grad():
        policy.value_net.weight[:] = torch.tensor([[1.0, 0.0]])
        policy.value_net.bias[:] = 2.0
        policy.action_net.weight[:] = policy.action_net.bias[:] = 0.0
        policy.log_std[:] = -30.0
    return model


def rollout(model: SharedOnPolicy, num_steps: int) -> ActiveRolloutBuffer:
    _, callback = model._setup_learn(1000)
    assert model.env is not None
    assert model.collect_rollouts(model.env, callback, model.rollout_buffer, num_steps)
    return model.rollout_buffer


def test_advantages_and_returns_are_those_worked_out_by_hand() -> None:
    """a arrives in step 2, b in step 3, c is cut off in step 5; then a second episode begins. gamma = lambda = 0.5.

    delta_t = r + 0.5 V(next) - V, A_t = delta_t + 0.25 A_(t+1), return = A + V; a terminated row has no V(next), a
    truncated one that of its last observation (V = 7), and neither takes anything from the steps behind it.
    """
    settings: dict[str, Any] = {"n_steps": 6, "batch_size": 6, "gamma": 0.5, "gae_lambda": 0.5}
    model = with_known_numbers(learner(DEFAULT_SCRIPT, 1, **settings, policy_kwargs={"net_arch": []}))
    buffer = rollout(model, 6)

    active = np.array([[1, 1, 0, 0, 0, 1], [1, 1, 1, 0, 0, 1], [1, 1, 1, 1, 1, 1]], bool)
    assert buffer.active.T.tolist() == active.tolist()
    new_episode = 1 + 0.5 * 3 - 2
    advantages = np.array(
        [
            [0.5 + 0.25 * -2, 1 - 3, 0, 0, 0, new_episode],
            [0.5 + 0.25 * -0.75, 0 + 0.25 * -3, 1 - 4, 0, 0, new_episode],
            [0.447265625, -0.2109375, -0.84375, -1 + 0.25 * -1.5, 1 + 0.5 * 7 - 6, new_episode],
        ]
    )
    np.testing.assert_allclose(buffer.advantages.T[active], advantages[active], atol=1e-6)
    values = np.array([2, 3, 4, 5, 6, 2.0])
    np.testing.assert_allclose(buffer.returns.T[active], (advantages + values)[active], atol=1e-6)


def test_only_active_rows_count_as_timesteps() -> None:
    model = learner(DEFAULT_SCRIPT, 2, n_steps=6, batch_size=6)
    assert rollout(model, 6).active.sum() == model.num_timesteps == 2 * (2 + 3 + 5 + 3)


def test_inactive_rows_fly_with_action_zero() -> None:
    """The worlds ignore it; but nothing is drawn for them either."""
    model = learner(HALF_INACTIVE, 1, n_steps=4, batch_size=4)
    buffer = rollout(model, 4)
    assert not buffer.actions[~buffer.active].any()
    assert buffer.actions[buffer.active].all()


class Poisoned(VecEnvWrapper):
    """Puts a number in place of whatever inactive rows observe and are paid."""

    venv: SharedPolicyVecEnv

    def __init__(self, venv: SharedPolicyVecEnv, poison: float) -> None:
        super().__init__(venv)
        self.poison, self.num_poisoned = poison, 0

    def reset(self) -> np.ndarray:
        return self._poison(self.venv.reset(), self.venv.active)

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        acted = self.venv.active
        obs, rewards, dones, infos = self.venv.step_wait()
        self.num_poisoned += int((~acted).sum())
        return self._poison(obs, self.venv.active), self._poison(rewards, acted), dones, infos

    def _poison(self, numbers: np.ndarray, active: np.ndarray) -> np.ndarray:
        numbers[~active] = self.poison
        return numbers


@cache
def trained_weights(algorithm: str, poison: float) -> dict[str, torch.Tensor]:
    kind = Choosing if actions_for(algorithm) == "discrete" else Leaving
    venv = Poisoned(general_road(partial(kind, HALF_INACTIVE, max_steps=6), 3, seed=0), poison)
    network: dict[str, Any] = {"policy_kwargs": small_network(algorithm)}
    model = make_model(algorithm, SHORT[algorithm] | network, venv, seed=0)
    model.learn(120)
    assert venv.num_poisoned > 100
    return model.policy.state_dict()


@pytest.mark.parametrize("poison", [1e9, -1e9, np.nan])
@pytest.mark.parametrize("algorithm", OF_SB3)
def test_what_stands_in_inactive_rows_cannot_be_learned(algorithm: str, poison: float) -> None:
    clean, poisoned = trained_weights(algorithm, 0.0), trained_weights(algorithm, poison)
    for name, weights in clean.items():
        torch.testing.assert_close(poisoned[name], weights, rtol=0, atol=0)


def test_the_normaliser_hands_on_who_is_active() -> None:
    venv = ActiveVecNormalize(general_road(partial(Leaving, HALF_INACTIVE, max_steps=6), 2, seed=0), gamma=0.9)
    model = on_policy(make_model("ppo", {"n_steps": 6, "batch_size": 8}, venv, seed=0))
    buffer = rollout(model, 6)
    assert buffer.active.sum() == 2 * (2 + 6 + 0 + 1)
    assert np.isfinite(buffer.returns[buffer.active]).all()


MASKED = {
    "actions": {"kind": "discrete"},
    "episode": {"max_steps": 12},
    "procedural": {"aircraft_types": ["B744"], "cas_kt": {"low": 330.0, "high": 345.0}},
}
"""The B744 may fly at 350 kt at most."""


def masked_learner(**hyperparameters: Any) -> SharedOnPolicy:
    venv = vectorize("airspace_v0", MASKED, 6, 0)
    return on_policy(make_model("maskable_ppo", {"n_steps": 8, "batch_size": 64, **hyperparameters}, venv, seed=0))


def test_every_row_learned_from_comes_with_the_mask_that_it_chose_under() -> None:
    buffer = rollout(masked_learner(), 8)
    assert isinstance(buffer, MaskedRolloutBuffer)
    chosen = np.take_along_axis(buffer.action_masks, buffer.actions.astype(int), 2)[:, :, 0]
    assert chosen[buffer.active].all()
    assert not buffer.action_masks[~buffer.active].any()
    masked = ~buffer.action_masks[buffer.active].all(1)
    assert 0 < masked.sum() < len(masked)
    (batch,) = buffer.get(None)
    assert len(batch.action_masks) == len(masked) == len(batch.actions)
    assert batch.action_masks.gather(1, batch.actions.long()).all()


def test_probabilities_learned_with_are_those_of_the_masked_choice() -> None:
    """Before anything is learned, the log-probabilities of the minibatch come out again, to float32's rounding."""
    model = masked_learner()
    buffer = rollout(model, 8)
    (batch,) = buffer.get(None)
    policy: Any = model.policy
    masked = policy.evaluate_actions(batch.observations, batch.actions.flatten(), batch.action_masks)[1]
    unmasked = policy.evaluate_actions(batch.observations, batch.actions.flatten())[1]
    torch.testing.assert_close(masked, batch.old_log_prob, rtol=0, atol=1e-5)
    assert (masked - unmasked).max() > 0.1


def test_masks_of_a_step_are_asked_for_once_and_of_all_rows() -> None:
    model = masked_learner()
    assert model.env is not None
    venv: Any = model.env
    inner, asked = venv.venv.action_masks, []
    venv.venv.action_masks = lambda: asked.append(1) or inner()
    venv.env_method = None  # the road with a loop over rows
    rollout(model, 8)
    assert len(asked) == 8


class Unmasked(Choosing):
    """Choosing that says nothing of masks."""

    action_masks = property()  # type: ignore[assignment]


def test_where_a_world_says_nothing_of_masks_all_choices_are_to_be_had() -> None:
    venv = general_road(Unmasked, 1, seed=0)
    model = on_policy(make_model("maskable_ppo", {"n_steps": 4, "batch_size": 4}, venv, seed=0))
    buffer = rollout(model, 4)
    assert isinstance(buffer, MaskedRolloutBuffer)
    assert buffer.action_masks[buffer.active].all()
