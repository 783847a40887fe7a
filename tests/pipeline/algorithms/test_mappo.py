"""A critic that sees others: whom it is shown, by hand; that only the actor's row decides what is done."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.rows.vectorize import general_road
from envs.swarm.simulation.room import SIMULATION as SWARM
from pipeline.algorithms.central.company import Company, Seen
from pipeline.algorithms.central.mappo import CentralRolloutBuffer
from pipeline.algorithms.table import make_algorithm
from tests.envs.ground.leaving import DEFAULT_SCRIPT, Leaving
from tests.envs.swarm.small_wars import small_wars
from tests.pipeline.algorithms.models import CENTRAL, make_model, small_network

POOLINGS = ("mean", "attention")


def test_one_is_shown_who_is_there_of_ones_team_in_ones_world() -> None:
    """Two worlds of three slots: rows 0 and 1 against 2; 3 has left, 4 and 5 are of one team."""
    obs = np.arange(6, dtype=np.float32)[:, None]
    there, team = np.array([1, 1, 1, 0, 1, 1], bool), np.array([0, 0, 1, 0, 0, 0])
    seen = Company(obs, there, team, 3).seen_by(np.arange(6), "cpu")
    shown = [
        sorted(seen.rows[which[there > 0], 0].tolist()) for which, there in zip(seen.which, seen.there, strict=True)
    ]
    assert shown == [[0, 1], [0, 1], [2], [4, 5], [4, 5], [4, 5]]
    assert seen.own[:, 0].tolist() == list(range(6))


def test_where_nobody_is_there_nobody_is_shown() -> None:
    seen = Company(np.ones((2, 1), np.float32), np.zeros(2, bool), np.zeros(2, int), 2).seen_by(np.array([1]), "cpu")
    assert not seen.there.any()


def model_in(venv: Any, **changes: Any) -> Any:
    settings = {"n_steps": 8, "batch_size": 16, "policy_kwargs": small_network("mappo"), **CENTRAL}
    return make_model("mappo", settings | changes, venv, 0)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_the_value_depends_on_who_is_there_in_no_order_and_the_action_on_own_row_alone(pooling: str) -> None:
    """Rows 0 to 2 are there and of one team; 3 has left, 4 is of another team."""
    policy = model_in(
        general_road(partial(Leaving, dict.fromkeys("abcde", (9, "terminated"))), 1, 0), critic_pooling=pooling
    ).policy
    there, team = np.array([1, 1, 1, 0, 1], bool), np.array([0, 0, 0, 0, 1])
    obs = np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32)

    def look(changed: np.ndarray) -> tuple[float, torch.Tensor]:
        seen = Company(changed, there, team, 5).seen_by(np.array([0]), "cpu")
        with torch.no_grad():
            _, log_prob, _ = policy.evaluate_actions(seen, torch.zeros(1, 1))
            return float(policy.predict_values(seen)), log_prob

    def other(row: int) -> np.ndarray:
        return np.where(np.arange(5)[:, None] == row, obs + 1.0, obs)

    value, log_prob = look(obs)
    assert look(obs[[0, 2, 1, 3, 4]])[0] == pytest.approx(value, abs=1e-6)
    assert look(other(3))[0] == look(other(4))[0] == value
    assert look(other(1))[0] != pytest.approx(value, abs=1e-4)
    assert torch.equal(look(other(1))[1], log_prob)
    assert not torch.equal(look(other(0))[1], log_prob)


class SumOfSteps(torch.nn.Module):
    """In place of what is pooled: the sum of the first numbers that are seen of those who are there."""

    def forward(self, seen: Seen) -> torch.Tensor:
        """(n, 2): the sum, and nothing."""
        told = torch.nn.functional.embedding(seen.which, seen.rows[:, :1])[:, :, 0]
        return torch.stack([(told * seen.there).sum(1), torch.zeros(len(seen.own))], 1)


def rollout(script: Mapping[str, tuple[int, str]], max_steps: int, num_steps: int) -> CentralRolloutBuffer:
    """Of one world in which the value of a row is the sum of the steps that those who are there see; lambda = 0."""
    venv = general_road(partial(Leaving, script, max_steps), 1, seed=0)
    settings = {"n_steps": num_steps, "batch_size": num_steps, "gamma": 0.5, "gae_lambda": 0.0}
    model = model_in(venv, **settings, critic_width=1, policy_kwargs={"net_arch": []})
    policy = model.policy
    policy.mlp_extractor.others = SumOfSteps()
    with torch.no_grad():
        policy.value_net.weight[:] = torch.tensor([[0.0, 0.0, 1.0, 0.0]])
        policy.value_net.bias[:] = 0.0
        policy.action_net.weight[:] = policy.action_net.bias[:] = 0.0
        policy.log_std[:] = -30.0  # so that every reward is 1
    _, callback = model._setup_learn(1000)
    assert model.collect_rollouts(model.env, callback, model.rollout_buffer, num_steps)
    return model.rollout_buffer


def test_values_and_advantages_are_those_worked_out_by_hand() -> None:
    """a arrives in step 2, b in step 3, c is cut off alone in step 5, where V = 5; then a second episode begins.

    V = step * number of those there; A = 1 + 0.5 V(next) - V; who arrives has no V(next).
    """
    buffer = rollout(DEFAULT_SCRIPT, 6, 6)
    values = np.array([[0, 3, 0, 0, 0, 0], [0, 3, 4, 0, 0, 0], [0, 3, 4, 3, 4, 0]], float)
    new = 1 + 0.5 * 3
    advantages = [[2.5, 1 - 3, 0, 0, 0, new], [2.5, 0, 1 - 4, 0, 0, new], [2.5, 0, -1.5, 0, 1 + 2.5 - 4, new]]
    active = buffer.active.T
    np.testing.assert_allclose(buffer.values.T[active], values[active], atol=1e-6)
    np.testing.assert_allclose(buffer.advantages.T[active], np.array(advantages)[active], atol=1e-6)


@pytest.mark.parametrize(
    ("script", "max_steps", "value"),
    [
        ({"a": (9, "terminated"), "b": (9, "terminated"), "c": (9, "terminated")}, 3, 9.0),  # all are cut off
        ({"a": (3, "terminated"), "b": (9, "terminated"), "c": (9, "terminated")}, 3, 6.0),  # a ends just then
        ({"a": (9, "terminated"), "b": (9, "terminated"), "c": (3, "truncated")}, 9, 9.0),  # a and b go on
        ({"a": (2, "terminated"), "b": (9, "terminated"), "c": (3, "truncated")}, 9, 6.0),  # a left before
    ],
)
def test_who_is_cut_off_is_shown_who_was_there_at_the_end(
    script: dict[str, tuple[int, str]], max_steps: int, value: float
) -> None:
    """c is cut off in step 3, its last of this rollout: return = 1 + 0.5 V(last)."""
    buffer = rollout(script, max_steps, 3)
    np.testing.assert_allclose(buffer.returns[2, 2], 1.0 + 0.5 * value, atol=1e-6)


@pytest.mark.parametrize("sees", ["team", "world"])
def test_minibatches_are_shown_whom_the_rollout_was_shown(sees: str) -> None:
    """Before anything is learned, values come out again, over ends, deaths and returns, of teams that differ."""
    model = model_in(
        ActiveVecNormalize(SWARM.vectorized(small_wars(), 6, seed=0), gamma=0.9),
        critic_sees=sees,
        n_steps=40,
        batch_size=50,
    )
    _, callback = model._setup_learn(10_000)
    model.collect_rollouts(model.env, callback, model.rollout_buffer, 40)
    buffer = model.rollout_buffer
    assert 0 < buffer.team.max() <= 1 or sees == "world"
    assert not buffer.active.all()
    num_seen = 0
    for batch in buffer.get(50):
        values, log_prob, _ = model.policy.evaluate_actions(batch.observations, batch.actions)
        torch.testing.assert_close(values[:, 0], batch.old_values, rtol=0, atol=1e-5)
        torch.testing.assert_close(log_prob, batch.old_log_prob, rtol=0, atol=1e-5)
        num_seen += len(values)
    assert num_seen == buffer.active.sum()


@pytest.mark.parametrize("gradient", ["torch", "compiled"])
def test_a_critic_that_sees_its_own_row_is_ppo(gradient: str) -> None:
    def weights(algorithm: str, **changes: Any) -> dict[str, torch.Tensor]:
        venv = ActiveVecNormalize(general_road(partial(Leaving, DEFAULT_SCRIPT), 2, seed=0), gamma=0.9)
        network = small_network(algorithm, activation_fn="tanh")
        settings = {"n_steps": 8, "batch_size": 16, "gamma": 0.9, "policy_kwargs": network, **changes}
        learner = make_algorithm(algorithm, settings, venv, 0, gradient=gradient)
        learner.learn(60, lambda own: None)
        assert learner.gradient == gradient
        return learner.weights()

    own, ppo = weights("mappo", **CENTRAL | {"critic_sees": "own"}), weights("ppo")
    assert own.keys() == ppo.keys()
    assert all(torch.equal(own[name], ppo[name]) for name in ppo)


def test_compiled_gradients_are_refused_for_a_critic_that_sees_others() -> None:
    with pytest.raises(ValueError, match=r"train\.gradient: got compiled.*critic_sees: wanted own"):
        make_algorithm(
            "mappo", {"n_steps": 8, "batch_size": 16, **CENTRAL}, general_road(Leaving, 1, 0), 0, gradient="compiled"
        )


def test_what_the_critic_sees_is_to_be_said() -> None:
    with pytest.raises(ValueError, match="critic_sees is missing, wanted all of critic_pooling, critic_width"):
        make_algorithm("mappo", {"critic_width": 8, "critic_pooling": "mean"}, general_road(Leaving, 1, 0), 0)


def test_the_actor_alone_is_deployed_as_ppos_is() -> None:
    """It takes one row, and has as many weights as ppo's."""
    venvs = [ActiveVecNormalize(general_road(Leaving, 2, seed=0), gamma=0.9) for _ in range(2)]
    network = small_network("ppo")
    of_ppo = make_algorithm("ppo", {"n_steps": 8, "batch_size": 16, "policy_kwargs": network}, venvs[0], 0)
    learner: Any = make_algorithm(
        "mappo", {"n_steps": 8, "batch_size": 16, "policy_kwargs": network, **CENTRAL}, venvs[1], 0
    )
    learner.learn(30, lambda own: None)
    shapes = [{name: tuple(own.shape) for name, own in each.actor().state_dict().items()} for each in (of_ppo, learner)]
    assert shapes[0] == shapes[1]
    model: Any = learner.model
    obs = np.array([[1.0, 0.3]], np.float32)
    mean = learner.actor()(torch.from_numpy(obs))[0]
    seen = Company(model.env.normalize_obs(obs), np.ones(1, bool), np.zeros(1, int), 1).seen_by(np.zeros(1, int), "cpu")
    with torch.no_grad():
        wanted = model.policy(seen, deterministic=True)[0]
    torch.testing.assert_close(mean, wanted.clamp(-1.0, 1.0), rtol=0, atol=1e-6)
