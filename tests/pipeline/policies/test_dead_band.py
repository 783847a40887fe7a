"""A policy with a dead band tells the worlds what lies beyond it: in training, from its file, and by ONNX."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from gymnasium import spaces

from pipeline.algorithms.table import check_algorithm
from pipeline.export.onnx_export import export_onnx
from pipeline.policies.dead_band import beyond
from pipeline.policies.deployed import OnnxPolicy, TorchPolicy
from pipeline.policies.model_files import read_network, write_model
from pipeline.policies.network import GaussianNetwork
from pipeline.policies.network_values import as_values, network_from
from pipeline.policies.parts import EXTRACTORS, Body
from tests.pipeline.algorithms.test_schedules import model

BAND = 0.25
TOLD = [(0.0, 0.0), (0.25, 0.0), (-0.2, 0.0), (0.4, 0.2), (-0.4, -0.2), (1.0, 1.0), (-1.0, -1.0), (7.0, 1.0)]
"""What the network wants, and what of it counts."""


def network(band: float) -> GaussianNetwork:
    """One whose mean is what it sees."""
    features = EXTRACTORS["flat"](spaces.Box(-10.0, 10.0, (2,), np.float32))
    layer = torch.nn.Linear(2, 2)
    torch.nn.init.eye_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
    limits = -torch.ones(2), torch.ones(2)
    return GaussianNetwork(
        Body(features, torch.nn.Sequential(layer)), None, torch.full((2,), -1.0), limits, torch.full((2,), band)
    ).eval()


SEEN = np.array([(wanted, -wanted) for wanted, _ in TOLD], np.float32)
COUNTS = np.array([(counts, -counts) for _, counts in TOLD], np.float32)


@pytest.mark.parametrize(("wanted", "counts"), TOLD)
def test_what_lies_beyond_the_band_counts(wanted: float, counts: float) -> None:
    assert beyond(np.clip(wanted, -1.0, 1.0), BAND) == pytest.approx(counts)


def test_without_a_band_an_action_keeps_its_bits() -> None:
    actions = np.random.default_rng(0).uniform(-1.0, 1.0, (100, 2))
    assert np.array_equal(beyond(actions, 0.0), actions)


def test_network_file_and_onnx_act_alike_also_where_actions_are_drawn(tmp_path: Path) -> None:
    write_model(tmp_path, as_values(network(BAND)), {}, pd.DataFrame({"agent_steps": [1]}), {})
    again = read_network(tmp_path / "network.safetensors")
    export_onnx(again, 2, tmp_path / "policy.onnx", 17)
    noise = np.random.default_rng(0).standard_normal(SEEN.shape)
    drawn = beyond(np.clip(SEEN + np.exp(-1.0) * noise, -1.0, 1.0), BAND)
    for policy in (TorchPolicy(again), OnnxPolicy(tmp_path / "policy.onnx")):
        assert policy.act(SEEN, None) == pytest.approx(COUNTS, abs=1e-6)
        assert policy.act(SEEN, noise) == pytest.approx(drawn, abs=1e-6)


def test_the_squashing_of_an_export_tells_of_the_band() -> None:
    assert "dead_band" in network(BAND).squashing
    assert network(BAND).outputs == ("action", "mean", "log_std", "dead_band")


@pytest.mark.parametrize("band", [-0.1, 1.0])
def test_a_file_whose_band_leaves_nothing_is_refused(band: float) -> None:
    with pytest.raises(ValueError, match=r"weights\.dead_band: got .*, wanted 0 or more, below 1"):
        network_from(as_values(network(band)))


@pytest.mark.parametrize("gradient", ["torch", "compiled"])
def test_while_learning_worlds_are_told_what_lies_beyond(gradient: str) -> None:
    """What the learner remembers of its actions is what it wanted, which its gradient needs."""
    own = model(dead_band=BAND, n_steps=30)
    own.choose_gradient(gradient)
    commands, step = list[np.ndarray](), own.env.step
    own.env.step = lambda told: (commands.append(told.copy()), step(told))[1]
    own.learn(60)
    told = np.stack(commands)
    assert told == pytest.approx(beyond(np.clip(own.rollout_buffer.actions.reshape(told.shape), -1.0, 1.0), BAND))
    assert (told == 0.0).any()
    assert (told != 0.0).any()
    assert own.deployed(None).dead_band.unique().tolist() == [BAND]


def test_bands_that_cannot_be_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"here\.hyperparameters\.dead_band: got 1, wanted a number of 0 or more"):
        check_algorithm("ppo", {"dead_band": 1}, "here")
    with pytest.raises(ValueError, match="unknown 'dead_band'"):
        check_algorithm("sac", {"dead_band": 0.1}, "here")
