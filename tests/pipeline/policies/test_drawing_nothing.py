"""Networks of policies that draw nothing, and of those with batches inside: files, ONNX, masks, flown as learned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sb3_contrib.common.torch_layers import BatchRenorm1d

from envs import vectorize
from envs.airspace.simulation.action_grid import ActionGrid
from envs.airspace.simulation.settings import Actions
from envs.ground.rows.normalize import ActiveVecNormalize
from pipeline.export.onnx_export import check_parity, export_onnx
from pipeline.policies.deployed import OnnxPolicy, TorchPolicy
from pipeline.policies.deploying import deploy, folded, normalization_of
from pipeline.policies.model_files import read_network
from pipeline.policies.network import (
    DeployedNetwork,
    DeterministicNetwork,
    GreedyNetwork,
    SquashedNetwork,
)
from pipeline.policies.network_values import as_values, network_from
from pipeline.policies.tensor_files import write_tensors
from tests.pipeline.algorithms.models import SHORT, make_model

COMMANDS = ActionGrid(Actions()).commands
CASES = {
    "td3": ("td3", "continuous", DeterministicNetwork),
    "ddpg": ("ddpg", "continuous", DeterministicNetwork),
    "ars": ("ars", "continuous", DeterministicNetwork),
    "ars of choices": ("ars", "discrete", GreedyNetwork),
    "dqn": ("dqn", "discrete", GreedyNetwork),
    "qrdqn": ("qrdqn", "discrete", GreedyNetwork),
    "crossq": ("crossq", "continuous", SquashedNetwork),
}
DRAW_NOTHING = [name for name in CASES if name != "crossq"]
GREEDY = [name for name, (*_, kind) in CASES.items() if kind is GreedyNetwork]


@pytest.fixture(scope="module")
def taught() -> dict[str, tuple[Any, ActiveVecNormalize, DeployedNetwork]]:
    """By case, who has learned for a moment, where, and what acts of it."""
    found = {}
    for name, (algorithm, actions, kind) in CASES.items():
        settings = {"discount": 0.9, "actions": {"kind": actions}, "episode": {"max_steps": 20}}
        venv = ActiveVecNormalize(vectorize("airspace_v0", settings, 4, 0), gamma=0.9)
        changes = {"learning_starts": 60} if algorithm != "ars" else {}
        network = {"policy_kwargs": {"net_arch": [16, 16]}}
        model = make_model(algorithm, {**SHORT[algorithm], **changes, **network}, venv, 0).learn(300)
        deployed = deploy(model.policy, normalization_of(venv), COMMANDS if actions == "discrete" else None)
        assert isinstance(deployed, kind)
        found[name] = (model, venv, deployed)
    return found


def observations(network: DeployedNetwork, num: int = 300) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(num, len(network.shift))).astype(np.float32)


@pytest.mark.parametrize("name", CASES)
def test_what_is_flown_is_what_the_learner_would_do(name: str, taught: Any) -> None:
    model, venv, network = taught[name]
    obs = observations(network)
    expected, _ = model.policy.predict(venv.normalize_obs(obs), deterministic=True)
    flown = TorchPolicy(network).act(obs, None)
    np.testing.assert_allclose(flown, COMMANDS[expected] if expected.ndim == 1 else expected, atol=2e-5)


@pytest.mark.parametrize("name", CASES)
def test_the_file_and_onnx_answer_alike(name: str, taught: Any, tmp_path: Path) -> None:
    network = taught[name][2]
    obs, path = observations(network, 1000), tmp_path / "policy.onnx"
    write_tensors(tmp_path / "network.safetensors", as_values(network))
    read = read_network(tmp_path / "network.safetensors")
    assert type(read) is type(network)
    for ours, theirs in zip(network(torch.as_tensor(obs)), read(torch.as_tensor(obs)), strict=True):
        assert torch.equal(ours, theirs)
    export_onnx(read, obs.shape[1], path, opset=17)
    assert check_parity(read, path, obs, 1e-4) <= 1e-4
    np.testing.assert_allclose(OnnxPolicy(path).act(obs, None), TorchPolicy(network).act(obs, None), atol=1e-5)


@pytest.mark.parametrize("name", DRAW_NOTHING)
def test_noise_changes_nothing(name: str, taught: Any) -> None:
    policy, obs = TorchPolicy(taught[name][2]), observations(taught[name][2])
    noise = np.random.default_rng(1).normal(size=(len(obs), 2))
    np.testing.assert_array_equal(policy.act(obs, noise), policy.act(obs, None))


@pytest.mark.parametrize("name", GREEDY)
def test_the_best_that_is_allowed_is_flown(name: str, taught: Any) -> None:
    network = taught[name][2]
    obs = observations(network)
    allowed = np.random.default_rng(1).random((len(obs), len(COMMANDS))) < 0.3
    allowed[:, 7] = True
    values = network(torch.as_tensor(obs))[1].detach().numpy()
    expected = COMMANDS[np.where(allowed, values, -np.inf).argmax(1)]
    np.testing.assert_array_equal(TorchPolicy(network).act(obs, None, allowed), expected)
    assert (expected != TorchPolicy(network).act(obs, None)).any()


def test_values_are_means_of_quantiles(taught: Any) -> None:
    model, venv, network = taught["qrdqn"]
    obs = observations(network)
    quantiles = model.quantile_net(torch.as_tensor(venv.normalize_obs(obs)))
    torch.testing.assert_close(network(torch.as_tensor(obs))[1], quantiles.mean(1), atol=1e-4, rtol=1e-4)


def test_normalisation_by_batches_becomes_a_part_of_the_next_layer() -> None:
    torch.manual_seed(0)
    layers: list[Any] = [
        BatchRenorm1d(3),
        torch.nn.Linear(3, 4),
        torch.nn.ReLU(),
        BatchRenorm1d(4),
        torch.nn.Linear(4, 2),
    ]
    for layer in layers:
        if isinstance(layer, BatchRenorm1d):
            for values in (layer.ra_mean, layer.scale.data, layer.bias.data):
                values.normal_()
            layer.ra_var.uniform_(0.1, 3.0)
    whole, seen = torch.nn.Sequential(*layers).eval(), torch.randn(50, 3)
    plain = folded(layers)
    assert [type(layer) for layer in plain] == [torch.nn.Linear, torch.nn.ReLU, torch.nn.Linear]
    torch.testing.assert_close(torch.nn.Sequential(*plain)(seen), whole(seen), atol=1e-5, rtol=1e-5)


def test_layers_without_batches_stay_the_same_ones() -> None:
    layers = [torch.nn.Linear(3, 4), torch.nn.ReLU()]
    assert all(ours is theirs for ours, theirs in zip(folded(layers), layers, strict=True))


@pytest.mark.parametrize("name", ["td3", "dqn"])
def test_a_network_that_says_it_is_of_another_kind_is_refused(name: str, taught: Any) -> None:
    values = as_values(taught[name][2])
    with pytest.raises((KeyError, RuntimeError)):
        network_from({**values, "kind": "gaussian"})
