"""The compiled gradient beside torch's: the same but for rounding, on any number of threads, and saved alike."""

from __future__ import annotations

import copy
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import spaces
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.policies import ActorCriticPolicy

from envs import vectorize
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.compiled_world.batch import set_num_threads
from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.rows.vectorize import general_road
from pipeline.algorithms.learner import Facts
from pipeline.algorithms.shared_ppo import SharedPPO
from pipeline.gradient.adam import FlatAdam
from pipeline.gradient.elements import tanh
from pipeline.gradient.network import CompiledNetwork
from pipeline.policies.neighbours import NeighbourPooling
from tests.envs.ground.leaving import DEFAULT_SCRIPT, Leaving
from tests.pipeline.algorithms.models import make_model

ROWS, CLIP, VALUE_WEIGHT = 700, 0.2, 0.7
POOLED = {"first": 4, "num_slots": 3, "slot_width": 5, "width": 16}
NETWORKS: dict[str, dict[str, Any]] = {
    "flat, no layer": {"net_arch": []},
    "flat, two layers": {"net_arch": [24, 17]},
    "flat, many weights": {"net_arch": [200, 130]},
    "flat, each its own": {"net_arch": {"pi": [8], "vf": [16, 8]}},
    "pooled": {"net_arch": [24], "features_extractor_class": NeighbourPooling, "features_extractor_kwargs": POOLED},
    "pooled, no layer": {
        "net_arch": [],
        "features_extractor_class": NeighbourPooling,
        "features_extractor_kwargs": POOLED,
    },
}
PPO_SETTINGS: dict[str, Any] = {"n_steps": 8, "batch_size": 200, "n_epochs": 3, "gamma": 0.97, "ent_coef": 0.01}
FACTS = Facts(SIMULATION.slots(AirspaceSettings()))
KWARGS = {"features_extractor": "pooling", "features_extractor_kwargs": {"width": 16}, "net_arch": [16]}


def policy_of(kwargs: dict[str, Any]) -> ActorCriticPolicy:
    torch.manual_seed(0)
    seen = spaces.Box(-np.inf, np.inf, (23,), np.float32)
    actions = spaces.Box(-1, 1, (2,), np.float32)
    policy = ActorCriticPolicy(seen, actions, lambda _: 1e-3, activation_fn=torch.nn.Tanh, **kwargs)
    with torch.no_grad():
        for parameter in policy.parameters():  # biases begin at 0, heads nearly so
            parameter.add_(0.3 * torch.randn_like(parameter) * min(1.0, 24 / parameter.shape[-1]))
    return policy


def minibatch() -> dict[str, Any]:
    """Rows out of more, some with nobody in two slots, whose largest is then shared."""
    rng = np.random.default_rng(0)
    obs, taken = (rng.normal(size=(2 * ROWS, size)).astype(np.float32) for size in (23, 2))
    obs[::3, 9:19] = 0.0
    known = np.stack([rng.normal(-2.5, 0.3, ROWS), rng.normal(size=ROWS), rng.normal(size=ROWS)], 1)
    columns = {"observations": obs, "actions": taken}
    return {"rows": rng.permutation(2 * ROWS)[:ROWS], "columns": columns, "known": known.astype(np.float32)}


def by_torch(policy: ActorCriticPolicy, batch: dict[str, Any]) -> tuple[torch.Tensor, float, float, torch.Tensor]:
    """The gradient, the losses, and whether each row was cut, as in PPO.train."""
    obs, taken = (torch.from_numpy(batch["columns"][name][batch["rows"]]) for name in ("observations", "actions"))
    old_log_prob, advantage, wanted = torch.from_numpy(batch["known"]).T
    values, log_prob, _ = policy.evaluate_actions(obs, taken)
    ratio = torch.exp(log_prob - old_log_prob)
    gain, bounded = advantage * ratio, advantage * ratio.clamp(1 - CLIP, 1 + CLIP)
    policy_loss, value_loss = -torch.min(gain, bounded).mean(), torch.nn.functional.mse_loss(wanted, values.flatten())
    (policy_loss + VALUE_WEIGHT * value_loss).backward()
    slope = torch.cat([parameter.grad.reshape(-1) for parameter in policy.parameters()])  # type: ignore[union-attr]
    return slope, policy_loss.item(), value_loss.item(), (ratio - 1).abs() > CLIP


@pytest.mark.parametrize("kwargs", NETWORKS.values(), ids=NETWORKS)
def test_gradient_and_losses_are_those_of_torch(kwargs: dict[str, Any]) -> None:
    policy, batch = policy_of(kwargs), minibatch()
    slope, policy_loss, value_loss, cut = by_torch(policy, batch)
    network = CompiledNetwork(policy)
    losses = network.differentiate(**batch, clip_range=CLIP, vf_coef=VALUE_WEIGHT)
    assert 0.2 < cut.float().mean() < 0.95, "some rows are to be cut, and some not"
    torch.testing.assert_close(network.weights.grad, slope, rtol=1e-4, atol=1e-6)
    assert losses.policy == pytest.approx(policy_loss, rel=1e-4)
    assert losses.value == pytest.approx(value_loss, rel=1e-4)
    assert losses.clip_fraction == pytest.approx(cut.float().mean().item(), abs=2 / ROWS)


@pytest.mark.parametrize("count", [1, 2, 127, 383, 384, 639])
@pytest.mark.parametrize("network", ["flat, two layers", "flat, many weights", "pooled", "pooled, no layer"])
def test_minibatches_of_any_size_are_cut_into_blocks_that_fit(network: str, count: int) -> None:
    policy, batch = policy_of(NETWORKS[network]), minibatch()
    batch["rows"], batch["known"] = batch["rows"][:count], batch["known"][:count]
    compiled = CompiledNetwork(policy)
    compiled.differentiate(**batch, clip_range=CLIP, vf_coef=VALUE_WEIGHT)
    torch.testing.assert_close(compiled.weights.grad, by_torch(policy, batch)[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kwargs", NETWORKS.values(), ids=NETWORKS)
def test_means_and_values_are_those_of_torch_for_any_number_of_rows(kwargs: dict[str, Any]) -> None:
    policy, batch = policy_of(kwargs), minibatch()
    network, obs = CompiledNetwork(policy), batch["columns"]["observations"]
    for count in (0, 1, 255, 257, ROWS):
        rows = batch["rows"][:count]
        mean, value = network.look_and_judge(obs, rows)
        with torch.no_grad():
            seen = torch.from_numpy(obs[rows])
            wanted = policy.get_distribution(seen).distribution.mean, policy.predict_values(seen)[:, 0]
        np.testing.assert_allclose(mean, wanted[0], atol=1e-5)
        np.testing.assert_allclose(value, wanted[1], atol=1e-5)


def test_the_hyperbolic_tangent_is_right_in_single_precision() -> None:
    numbers = np.concatenate([np.linspace(-12, 12, 20_001), np.logspace(-20, 0, 1000)]).astype(np.float32)
    found = np.array([tanh(number) for number in numbers])
    np.testing.assert_allclose(found, np.tanh(numbers.astype(float)), rtol=4e-7)


def learner(gradient: str, **settings: Any) -> SharedPPO:
    venv = ActiveVecNormalize(vectorize("airspace_v0", {"discount": 0.97}, 16, 0), norm_obs=False, gamma=0.97)
    model = make_model("ppo", {**PPO_SETTINGS, "policy_kwargs": KWARGS, **settings}, venv, 0, FACTS)
    model.set_logger(Logger(folder=None, output_formats=[]))
    model.choose_gradient(gradient)
    assert isinstance(model, SharedPPO)
    return model


def weights_of(model: SharedPPO) -> torch.Tensor:
    return torch.nn.utils.parameters_to_vector(model.policy.parameters()).detach().clone()


def test_training_is_that_by_torch_but_for_rounding() -> None:
    compiled, by_autograd = (learner(gradient).learn(600) for gradient in ("compiled", "torch"))
    assert (compiled.gradient, by_autograd.gradient) == ("compiled", "torch")
    assert (weights_of(compiled) - weights_of(learner("torch"))).abs().max() > 1e-3, "nothing was learned"
    torch.testing.assert_close(weights_of(compiled), weights_of(by_autograd), rtol=0, atol=2e-5)
    logged, wanted = compiled.logger.name_to_value, by_autograd.logger.name_to_value
    assert {name for name in wanted if name.startswith("train/")} <= set(logged)
    for name in ("value_loss", "policy_gradient_loss", "explained_variance", "std", "n_updates", "clip_range"):
        assert logged[f"train/{name}"] == pytest.approx(wanted[f"train/{name}"], rel=1e-3, abs=1e-5), name


def test_the_weights_are_the_same_on_any_number_of_threads() -> None:
    threads, trained = torch.get_num_threads(), []
    try:
        for number in (1, 2):
            torch.set_num_threads(number)
            set_num_threads(number)
            trained.append(weights_of(learner("compiled").learn(1500)))
    finally:
        torch.set_num_threads(threads)
        set_num_threads(1)
    assert torch.equal(*trained)


def test_target_kl_ends_an_update_where_torch_ends_it() -> None:
    settings = {"target_kl": 1e-5, "learning_rate": 0.003}
    compiled, by_autograd = (learner(gradient, **settings).learn(600) for gradient in ("compiled", "torch"))
    assert compiled._n_updates == by_autograd._n_updates < PPO_SETTINGS["n_epochs"] * 600 // (16 * 8)
    torch.testing.assert_close(weights_of(compiled), weights_of(by_autograd), rtol=0, atol=2e-5)


def test_adam_is_that_of_torch_and_each_goes_on_from_the_other() -> None:
    torch.manual_seed(0)
    many = [torch.nn.Parameter(torch.randn(shape)) for shape in ((3, 4), (5,), (1, 2))]
    flat = torch.nn.Parameter(torch.cat([part.detach().reshape(-1) for part in many]))
    ours, theirs = FlatAdam(flat, many, lr=0.01, eps=1e-5), torch.optim.Adam(many, lr=0.01, eps=1e-5)

    def step() -> None:
        slope = torch.randn_like(flat)
        flat.grad = slope.clone()
        for part, its in zip(many, slope.split([part.numel() for part in many]), strict=True):
            part.grad = its.reshape(part.shape).clone()
        ours.step_within(2.0)
        torch.nn.utils.clip_grad_norm_(many, 2.0)
        theirs.step()
        torch.testing.assert_close(flat.detach(), torch.cat([part.detach().reshape(-1) for part in many]))

    for _ in range(5):
        step()
    mine, its = copy.deepcopy(ours.state_dict()), copy.deepcopy(theirs.state_dict())
    assert mine["param_groups"] == its["param_groups"]
    ours.load_state_dict(its)
    theirs.load_state_dict(mine)
    for _ in range(5):
        step()


UNFIT: dict[str, tuple[dict[str, Any], str]] = {
    "relu": ({"policy_kwargs": {"net_arch": [8], "activation_fn": "relu"}}, "activation_fn: wanted tanh"),
    "value clipping": ({"clip_range_vf": 0.2}, "clip_range_vf: wanted null"),
    "attention": (
        {"policy_kwargs": {"features_extractor": "attention", "features_extractor_kwargs": {"width": 8, "heads": 2}}},
        "features_extractor: wanted flat or pooling",
    ),
}


@pytest.mark.parametrize(("settings", "reason"), UNFIT.values(), ids=UNFIT)
def test_what_cannot_be_compiled_is_left_to_torch_or_refused_by_name(settings: dict[str, Any], reason: str) -> None:
    assert learner("auto", **settings).gradient == "torch"
    with pytest.raises(ValueError, match=f"train.gradient: got compiled, wanted auto or torch: {reason}"):
        learner("compiled", **settings)


def test_other_algorithms_are_left_to_torch() -> None:
    venv = general_road(partial(Leaving, DEFAULT_SCRIPT), 1, seed=0)
    model = make_model("a2c", {}, venv, seed=0)
    model.choose_gradient("auto")
    assert model.gradient == "torch"
    with pytest.raises(ValueError, match="only ppo's gradients"):
        model.choose_gradient("compiled")
