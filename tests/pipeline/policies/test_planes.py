"""Images in the flat row: large ones and small ones, what stands beside them, learning, and the exported policy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import spaces
from stable_baselines3.common.torch_layers import NatureCNN

from envs.ground.rows.vectorize import general_road
from envs.ground.world import Planes
from pipeline.algorithms.learner import Facts
from pipeline.export.onnx_export import check_parity, export_onnx
from pipeline.policies.deploying import deploy
from pipeline.policies.network import GaussianNetwork
from pipeline.policies.parts import Body
from pipeline.policies.planes import PlanesCNN
from tests.envs.ground.leaving import Leaving
from tests.pipeline.algorithms.models import make_model

LARGE, SMALL = Planes(2, 3, 36, 40), Planes(2, 4, 5, 6)


def extractor(planes: Planes, beside: int = 5) -> PlanesCNN:
    torch.manual_seed(0)
    size = planes.channels * planes.height * planes.width
    space = spaces.Box(-np.inf, np.inf, (size + beside,), np.float32)
    return PlanesCNN(space, planes.first, planes.channels, planes.height, planes.width, features=7)


def rows(own: PlanesCNN, num: int) -> torch.Tensor:
    return torch.rand(num, own._observation_space.shape[0], generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("planes", [LARGE, SMALL], ids=["large", "small"])
def test_the_image_goes_through_convolutions_and_the_rest_stands_beside_it(planes: Planes) -> None:
    own = extractor(planes)
    seen = rows(own, 6)
    features = own(seen)
    assert features.shape == (6, 7 + 5)
    size = own.last - own.first
    torch.testing.assert_close(features[:, 7:], torch.cat([seen[:, :2], seen[:, 2 + size :]], 1))
    image = seen[:, 2 : 2 + size].reshape(6, planes.channels, planes.height, planes.width)
    torch.testing.assert_close(features[:, :7], own.sees(image))
    assert isinstance(own.sees, NatureCNN) == (planes is LARGE)


@pytest.mark.parametrize("planes", [LARGE, SMALL], ids=["large", "small"])
def test_every_corner_of_every_channel_is_seen(planes: Planes) -> None:
    own = extractor(planes)
    seen = rows(own, 20)
    for channel in range(planes.channels):
        for line, column in ((0, 0), (planes.height - 1, planes.width - 1)):
            other = seen.clone()
            at = planes.first + (channel * planes.height + line) * planes.width + column
            other[:, at] += 1.0
            changed = not torch.equal(own(other)[:, :7], own(seen)[:, :7])
            beyond = planes is LARGE and (line, column) != (0, 0)  # strides of 4, 2 and 1 leave an edge out
            assert changed or beyond, (channel, line, column)


class Seeing(Leaving):
    """Leaving, whose agents see an image of 2 x 4 x 5 beside the two numbers."""

    def observation_space(self, agent: str) -> spaces.Space:
        return spaces.Box(-10.0, 10.0, (2 + 2 * 4 * 5,), np.float32)

    def _observations(self) -> dict[str, np.ndarray]:
        image = np.linspace(0, 1, 40) * (self.step_count / 10)
        return {agent: np.append(seen, image).astype(np.float32) for agent, seen in super()._observations().items()}


FACTS = Facts(planes=Planes(2, 2, 4, 5))
WITH_CNN: dict[str, Any] = {"features_extractor": "cnn", "features_extractor_kwargs": {"features": 8}, "net_arch": [8]}
BRIEFLY: dict[str, dict[str, Any]] = {
    "ppo": {"n_steps": 8, "batch_size": 16},
    "sac": {"learning_starts": 20, "batch_size": 16},
    "recurrent_ppo": {"n_steps": 8, "batch_size": 16},
}


@pytest.mark.parametrize("algorithm", BRIEFLY)
def test_a_policy_that_sees_images_learns_and_is_exported(algorithm: str, tmp_path: Path) -> None:
    venv = general_road(Seeing, 2, seed=0)
    model = make_model(algorithm, {**BRIEFLY[algorithm], "policy_kwargs": WITH_CNN}, venv, 0, FACTS)
    before = [tensor.detach().clone() for tensor in model.policy.parameters()]
    model.learn(60)
    assert any(not torch.equal(old, new) for old, new in zip(before, model.policy.parameters(), strict=True))
    network, path = deploy(model.policy, None, None), tmp_path / "policy.onnx"
    seen = np.random.default_rng(0).random((30, 42)).astype(np.float32)
    memory = np.zeros((30, network.memory_size), np.float32) if network.memory_size else None
    export_onnx(network, 42, path, opset=17)
    assert check_parity(network, path, seen, 1e-5, memory) <= 1e-5


@pytest.mark.parametrize("beside", [0, 3])
def test_a_whole_row_that_is_an_image_is_exported_too(beside: int, tmp_path: Path) -> None:
    own = extractor(Planes(0, 1, 6, 6), beside)
    limits = (-torch.ones(2), torch.ones(2))
    body = Body(own, torch.nn.Sequential(torch.nn.Linear(7 + beside, 2)))
    network, path = GaussianNetwork(body, None, torch.zeros(2), limits), tmp_path / "policy.onnx"
    seen = rows(own, 9).numpy()
    export_onnx(network, seen.shape[1], path, opset=17)
    assert check_parity(network, path, seen, 1e-5) <= 1e-5


def test_an_observation_without_image_is_refused() -> None:
    wish = "cnn: got an observation without an image, wanted flat"
    with pytest.raises(ValueError, match=wish):
        make_model("ppo", {"policy_kwargs": WITH_CNN}, general_road(Seeing, 1, seed=0), 0)


def test_an_extractor_without_its_arguments_is_refused_with_an_example() -> None:
    wish = r"cnn: wanted features_extractor_kwargs beside it, say \{features: 128\}"
    venv, hyperparameters = general_road(Seeing, 1, seed=0), {"policy_kwargs": {"features_extractor": "cnn"}}
    with pytest.raises(ValueError, match=wish):
        make_model("ppo", hyperparameters, venv, 0, FACTS)
