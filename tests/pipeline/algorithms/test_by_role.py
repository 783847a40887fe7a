"""A policy for each role: nothing of one reaches another's, each acts for its own rows, and it goes on exactly."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from envs.ground.rows.normalize import ActiveVecNormalize
from pipeline.algorithms.learner import Facts, Learner
from pipeline.algorithms.table import make_algorithm
from pipeline.export.onnx_export import check_parity, export_onnx
from pipeline.policies.deploying import deploy, normalization_of
from pipeline.policies.model_files import read_inheritance, read_network, write_model
from pipeline.policies.network import NetworkByRole
from pipeline.policies.network_values import as_values
from tests.pipeline.algorithms.chasing import (
    BY_ROLE,
    NUM_WORLDS,
    PER_WORLD,
    ROLES,
    ROOM,
    learner,
    settings,
)
from tests.pipeline.algorithms.models import OF_SB3, actions_for

ONE_ROLLOUT = 8 * NUM_WORLDS * PER_WORLD
WAYS = [*((name, "torch") for name in BY_ROLE), *((name, "compiled") for name in ("ppo", "impala", "appo"))]


def nothing(learner: Learner) -> None:
    """Nothing to do at a boundary."""


def taught(algorithm: str = "ppo", timesteps: int = ONE_ROLLOUT, **changes: Any) -> Any:
    own = learner(algorithm, **changes)
    own.learn(timesteps, nothing)
    return own


def of_role(own: Any, role: int) -> dict[str, torch.Tensor]:
    return {name: weights for name, weights in own.weights().items() if name.startswith(f"parts.{role}.")}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> list[bool]:
    assert one.keys() == other.keys()
    return [torch.equal(one[name], other[name]) for name in one]


def seen_by(own: Any) -> np.ndarray:
    """Observations of both roles, (rows, D), as the worlds tell them."""
    return np.asarray(own.model.env.get_original_obs(), np.float32)


def answers(network: Any, obs: np.ndarray) -> list[torch.Tensor]:
    memory = (torch.linspace(-1, 1, len(obs) * network.memory_size).reshape(len(obs), -1),)
    with torch.no_grad():
        return list(network(torch.from_numpy(obs), *(memory if network.memory_size else ())))


def test_on_policy_algorithms_can_learn_a_policy_for_each_role() -> None:
    assert set(BY_ROLE) == {"ppo", "a2c", "trpo", "impala", "appo", "maskable_ppo", "recurrent_ppo", "mappo"}
    assert ROOM.roles(settings()) == ROLES


@pytest.mark.parametrize("paid_more", [0, 1])
@pytest.mark.parametrize(("algorithm", "gradient"), WAYS)
def test_what_one_role_is_paid_moves_no_weight_of_the_other(algorithm: str, gradient: str, paid_more: int) -> None:
    """Neither by a gradient, nor by its clipping, nor by advantages or running means: bit for bit, after a rollout."""
    plain = taught(algorithm, gradient=gradient)
    paid = taught(algorithm, gradient=gradient, paid_more=paid_more)
    assert plain.gradient == paid.gradient == gradient
    assert all(same(of_role(plain, 1 - paid_more), of_role(paid, 1 - paid_more)))
    assert not all(same(of_role(plain, paid_more), of_role(paid, paid_more)))


@pytest.mark.parametrize(("algorithm", "gradient"), WAYS)
def test_all_policies_learn(algorithm: str, gradient: str) -> None:
    before, after = learner(algorithm, gradient=gradient), taught(algorithm, gradient=gradient)
    for role in range(2):
        assert not any(same(of_role(before, role), of_role(after, role)))


def test_no_weight_is_shared_and_each_policy_begins_with_its_own() -> None:
    own: Any = learner()
    one, other = own.model.policies
    assert not {id(weights) for weights in one.parameters()} & {id(weights) for weights in other.parameters()}
    assert not torch.equal(one.mlp_extractor.policy_net[0].weight, other.mlp_extractor.policy_net[0].weight)
    assert one.optimizer is not other.optimizer


@pytest.mark.parametrize("algorithm", ["ppo", "maskable_ppo"])
def test_a_row_is_chosen_for_and_judged_by_the_policy_of_its_role(algorithm: str) -> None:
    model = taught(algorithm).model
    _, callback = model._setup_learn(1000)
    model.collect_rollouts(model.env, callback, model.rollout_buffer, 8)
    buffer = model.rollout_buffer
    told = ROLES.of(buffer.observations)
    assert (told == np.array([0, 0, 0, 1] * NUM_WORLDS)).all()
    for role, policy in enumerate(model.policies):
        obs = torch.as_tensor(buffer.observations[told == role])
        with torch.no_grad():
            values, log_probs, _ = policy.evaluate_actions(obs, torch.as_tensor(buffer.actions[told == role]).flatten())
        np.testing.assert_allclose(buffer.values[told == role], values.flatten().numpy(), atol=1e-5)
        np.testing.assert_allclose(buffer.log_probs[told == role], log_probs.numpy(), atol=1e-5)


def test_minibatches_are_of_one_role() -> None:
    """96 rows of adversaries and 32 of agents, in minibatches of about 20."""
    model, sizes = learner().model, list[tuple[int, int]]()  # type: ignore[attr-defined]
    for policy in model.policies:
        inner = policy.evaluate_actions

        def spy(obs: torch.Tensor, *others: Any, inner: Any = inner) -> Any:
            (role,) = set(ROLES.of(obs.numpy()).tolist())
            sizes.append((role, len(obs)))
            return inner(obs, *others)

        policy.evaluate_actions = spy
    model.n_epochs = 1
    model.learn(ONE_ROLLOUT)
    assert [sum(size for role, size in sizes if role == own) for own in range(2)] == [96, 32]
    assert [role for role, _ in sizes] == [0] * 5 + [1] * 2


@pytest.mark.parametrize(("algorithm", "gradient"), WAYS)
def test_what_acts_answers_as_each_roles_own_network_and_as_its_export(
    algorithm: str, gradient: str, tmp_path: Path
) -> None:
    own = taught(algorithm, gradient=gradient)
    actor, obs, commands = own.actor(), seen_by(own), own._commands
    whole = answers(actor, obs)
    for role, policy in enumerate(own.model.policies):
        mine = ROLES.of(obs) == role
        alone = answers(deploy(policy, normalization_of(own.model.env, role), commands), obs)
        assert all(torch.equal(one[mine], other[mine]) for one, other in zip(whole, alone, strict=True))
        assert not torch.equal(whole[1][~mine], alone[1][~mine])
    path = tmp_path / "policy.onnx"
    memory = np.zeros((len(obs), actor.memory_size), np.float32) if actor.memory_size else None
    export_onnx(actor, obs.shape[1], path, opset=17)
    assert check_parity(actor, path, obs, 1e-5, memory) <= 1e-5


def test_two_networks_that_learned_apart_answer_as_they_did() -> None:
    """Each learned in worlds of its own, shared by all; put together, they answer the rows of one role each."""
    parts = [shared(seed).actor() for seed in (0, 1)]
    together, obs = NetworkByRole(parts, ROLES.first), seen_by(taught())
    told = torch.from_numpy(ROLES.of(obs))
    for role, part in enumerate(parts):
        for one, other in zip(answers(together, obs), answers(part, obs), strict=True):
            assert torch.equal(one[told == role], other[told == role])


def shared(seed: int) -> Learner:
    own = settings()
    venv = ActiveVecNormalize(ROOM.vectorized(own, NUM_WORLDS, seed=seed), gamma=0.9)
    made = make_algorithm("ppo", {"n_steps": 8, "batch_size": 32, "gamma": 0.9}, venv, seed, Facts.of(ROOM, own))
    made.learn(ONE_ROLLOUT, nothing)
    return made


@pytest.mark.parametrize(("algorithm", "gradient"), WAYS)
def test_it_goes_on_from_its_state_to_the_same_weights(algorithm: str, gradient: str) -> None:
    class Enough(Exception):  # noqa: N818
        """Ends the learning."""

    file, generator = io.BytesIO(), list[torch.Tensor]()

    def stop(own: Learner) -> None:
        if own.num_timesteps >= ONE_ROLLOUT:
            torch.save(own.state(), file)
            generator.append(torch.get_rng_state())
            raise Enough

    whole = taught(algorithm, 3 * ONE_ROLLOUT, gradient=gradient)
    with pytest.raises(Enough):
        learner(algorithm, gradient=gradient).learn(3 * ONE_ROLLOUT, stop)
    other = learner(algorithm, gradient=gradient)
    other.restore(torch.load(io.BytesIO(file.getvalue()), weights_only=False))
    other.learn(3 * ONE_ROLLOUT, lambda own: torch.set_rng_state(generator.pop()) if generator else None)
    assert other.num_timesteps == whole.num_timesteps
    assert all(same(other.weights(), whole.weights()))


def test_who_begins_with_it_has_weights_optimisers_and_means_of_all_roles(tmp_path: Path) -> None:
    old = taught()
    write_model(tmp_path, as_values(old.actor()), old.inheritance(), pd.DataFrame({"agent_steps": [0]}), {}, {})
    new, obs = learner(), seen_by(old)
    fitted = new.begin_with(read_inheritance(tmp_path / "weights.safetensors"))
    assert set(fitted) == {"weights", "optimizers", "normalizer"}
    read = read_network(tmp_path / "network.safetensors")
    for network in (new.actor(), read):
        assert all(
            torch.equal(one, other) for one, other in zip(answers(network, obs), answers(old.actor(), obs), strict=True)
        )
    moments = [[policy.optimizer.state_dict()["state"] for policy in own.model.policies] for own in (old, new)]
    assert [sorted(own) for own in moments[0]] == [sorted(own) for own in moments[1]] != [[], []]


def test_weights_that_all_shared_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"weights of parts\.0\.\S+: got nothing, wanted"):
        learner().begin_with(shared(0).inheritance())


def test_figures_of_learning_are_called_by_their_role() -> None:
    own, told = learner(), set[str]()
    own.log_to(lambda values, steps: told.update(values))
    own.learn(2 * ONE_ROLLOUT, nothing)
    assert {"adversary/train/loss", "agent/train/loss", "agent/train/value_loss"} <= told
    assert not any(name.startswith("train/") for name in told)


@pytest.mark.parametrize("algorithm", [name for name in OF_SB3 if name not in BY_ROLE])
def test_algorithms_that_cannot_are_refused_by_name(algorithm: str) -> None:
    own = settings(continuous=actions_for(algorithm) == "continuous")
    venv = ROOM.vectorized(own, 1, seed=0)
    wish = (
        rf"train\.share: got role, wanted all with {algorithm}: a policy for each role is for ppo, a2c, trpo, impala, "
    )
    with pytest.raises(ValueError, match=wish):
        make_algorithm(algorithm, {"gamma": 0.9}, venv, 0, Facts.of(ROOM, own, roles=ROOM.roles(own)))
