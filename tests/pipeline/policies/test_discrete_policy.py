"""Facts about policies that choose: masked, drawn, exported, and flown as they were trained."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd
import pytest
import torch
from conftest import Checkout, check_that_training_survives_sigkill
from scipy.special import softmax

from envs import vectorize
from envs.airspace.simulation.action_grid import ActionGrid
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import Actions, AirspaceSettings
from envs.ground.play import Episodes, Space, play
from envs.ground.policy import Policy
from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.steering import Nothing
from pipeline import cli
from pipeline.export.onnx_export import check_parity, export_onnx
from pipeline.export.policy_file import read_policy
from pipeline.ground.parts import write_sums
from pipeline.policies.deployed import OnnxPolicy, TorchPolicy
from pipeline.policies.deploying import deploy, normalization_of
from pipeline.policies.model_files import read_model
from pipeline.policies.network import ChoosingNetwork
from tests.pipeline.algorithms.models import make_model

SETTINGS: dict[str, Any] = {
    "actions": {"kind": "discrete"},
    "episode": {"max_steps": 20},
    "procedural": {"aircraft_types": ["B744"], "cas_kt": {"low": 330.0, "high": 345.0}},
}
"""The B744 may fly at 350 kt at most, so that some choices are masked from the start."""

COMMANDS = ActionGrid(Actions()).commands


@pytest.fixture(scope="module")
def network() -> ChoosingNetwork:
    """Of a policy that has learned for a moment, and prefers to fly faster."""
    venv = ActiveVecNormalize(vectorize("airspace_v0", SETTINGS, 4, 0), gamma=0.9)
    model = make_model("maskable_ppo", {"n_steps": 16, "batch_size": 64}, venv, 0).learn(300)
    with torch.no_grad():
        model.policy.action_net.weight *= 20.0
        model.policy.action_net.bias += torch.as_tensor(COMMANDS[:, 1])
    deployed = deploy(model.policy, normalization_of(venv), COMMANDS)
    assert isinstance(deployed, ChoosingNetwork)
    return deployed


@pytest.fixture(scope="module")
def exported(network: ChoosingNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exported") / "policy.onnx"
    export_onnx(network, num_features(network), path, opset=17)
    return path


def num_features(network: ChoosingNetwork) -> int:
    return len(network.shift)


def observations(network: ChoosingNetwork, num: int = 400) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(num, num_features(network))).astype(np.float32)


def random_masks(num: int) -> np.ndarray:
    allowed = np.random.default_rng(1).random((num, 15)) < 0.3
    allowed[:, 7] = True
    return allowed


def test_the_file_says_action_logits_and_what_choices_mean(exported: Path, network: ChoosingNetwork) -> None:
    model = onnx.load(exported)
    onnx.checker.check_model(model)
    assert [tensor.name for tensor in model.graph.input] == ["obs"]
    assert [tensor.name for tensor in model.graph.output] == ["action", "logits", "commands"]
    policy, obs = OnnxPolicy(exported), observations(network)
    np.testing.assert_array_equal(policy.commands(), COMMANDS)
    action, logits = policy.session.run(["action", "logits"], {"obs": obs})
    assert logits.shape == (len(obs), 15)
    np.testing.assert_array_equal(action, COMMANDS[logits.argmax(1)])
    assert len(np.unique(logits.argmax(1))) > 3


def test_onnx_agrees_with_torch_and_a_difference_is_refused(exported: Path, network: ChoosingNetwork) -> None:
    obs = observations(network, 2000)
    assert 0 < check_parity(network, exported, obs, 1e-5) <= 1e-5
    with pytest.raises(ValueError, match="differs from torch by"):
        check_parity(network, exported, obs, 0.0)


def test_torch_and_onnx_act_alike_masked_and_drawn(exported: Path, network: ChoosingNetwork) -> None:
    obs, noise = observations(network), np.random.default_rng(2).normal(size=(400, 2))
    for drawn in (None, noise):
        for allowed in (None, random_masks(400)):
            mine, other = (policy.act(obs, drawn, allowed) for policy in (TorchPolicy(network), OnnxPolicy(exported)))
            np.testing.assert_array_equal(mine, other)


def test_the_likeliest_allowed_choice_is_flown(network: ChoosingNetwork) -> None:
    obs, allowed = observations(network), random_masks(400)
    with torch.no_grad():
        logits = network(torch.from_numpy(obs))[1].numpy()
    expected = [max(np.flatnonzero(mask), key=lambda n, row=row: logits[row, n]) for row, mask in enumerate(allowed)]
    policy = TorchPolicy(network)
    np.testing.assert_array_equal(policy.act(obs, None, allowed), COMMANDS[expected])
    assert (policy.act(obs, None, allowed) != policy.act(obs, None)).any()


def test_drawn_choices_follow_the_masked_probabilities(network: ChoosingNetwork) -> None:
    """20,000 draws: the frequency of a probability p is off by sqrt(p (1 - p) / 20000) <= 0.0036 on average."""
    obs, allowed = observations(network, 1), random_masks(1)
    with torch.no_grad():
        logits = network(torch.from_numpy(obs))[1].numpy().astype(np.float64)
    expected = softmax(np.where(allowed, logits, -np.inf), axis=1)[0]
    noise = np.random.default_rng(3).normal(size=(20_000, 2))
    flown = TorchPolicy(network).act(obs.repeat(20_000, 0), noise, allowed.repeat(20_000, 0))
    chosen = (flown[:, None] == COMMANDS).all(2).argmax(1)
    np.testing.assert_allclose(np.bincount(chosen, minlength=15) / 20_000, expected, atol=0.015)
    assert not np.isin(chosen, np.flatnonzero(~allowed[0])).any()
    assert len(np.unique(chosen)) > 1


def test_the_outermost_noise_still_chooses_what_is_allowed(network: ChoosingNetwork) -> None:
    obs, allowed = observations(network, 2), random_masks(2)
    flown = TorchPolicy(network).act(obs, np.array([[-40.0, 0.0], [40.0, 0.0]]), allowed)
    chosen = (flown[:, None] == COMMANDS).all(2).argmax(1)
    assert chosen.tolist() == [np.flatnonzero(allowed[0])[0], np.flatnonzero(allowed[1])[-1]]


class Watched:
    """A policy whose choices are held against the masks it is given."""

    memory_size = 0

    def __init__(self, policy: Policy) -> None:
        self.policy, self.num_masked = policy, 0

    def act(self, obs: np.ndarray, noise: np.ndarray | None, allowed: np.ndarray | None = None) -> np.ndarray:
        assert allowed is not None
        assert allowed.shape == (len(obs), 15)
        actions = self.policy.act(obs, noise, allowed)
        chosen = (actions[:, None] == COMMANDS).all(2).argmax(1)
        assert allowed[np.arange(len(obs)), chosen].all()
        self.num_masked += int((~allowed).sum())
        return actions


@pytest.mark.parametrize("stochastic", [False, True], ids=["deterministic", "stochastic"])
def test_flights_keep_to_the_masks_and_torch_flies_as_onnx(
    stochastic: bool, network: ChoosingNetwork, exported: Path
) -> None:
    airspace = Space(SIMULATION, AirspaceSettings.from_values(SETTINGS), (), 0.9)
    episodes = Episodes.drawn(np.arange(5, dtype=np.uint64))
    tables = []
    for policy in (TorchPolicy(network), OnnxPolicy(exported)):
        watched = Watched(policy)
        flown = play(airspace, episodes, watched, stochastic=stochastic, record=range(5))
        assert watched.num_masked > 50
        tables.append(flown.episodes)
        assert max(recording["cas_kt"].max() for recording in flown.recordings.values()) <= 349.893
    pd.testing.assert_frame_equal(*tables)


def test_hold_flies_where_actions_are_discrete() -> None:
    airspace = Space(SIMULATION, AirspaceSettings.from_values(SETTINGS), (), 0.9)
    recording = play(airspace, Episodes.drawn(np.arange(1, dtype=np.uint64)), Nothing(), record=[0]).recordings[0]
    assert (recording["action_speed"] == 0).all()


@pytest.fixture(scope="module")
def choosing(finished: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout whose policy was trained with masks, evaluated and exported."""
    checkout = finished.copy(tmp_path_factory.mktemp("choosing") / "checkout")
    checkout.change({"airspace.simulation.actions.kind": "discrete", "train.algorithm": "maskable_ppo"})
    for stage in ("scenarios", "train", "evaluate", "export"):
        checkout.run_well(stage)
    return checkout


@pytest.mark.long
def test_all_stages_take_a_policy_that_chooses(choosing: Checkout) -> None:
    network = read_model(choosing.folder / "data/models/airspace/generic/0").network
    assert isinstance(network, ChoosingNetwork)
    np.testing.assert_array_equal(network.commands.numpy(), COMMANDS)
    policy, described = read_policy(choosing.folder / "data/export/airspace/generic")
    np.testing.assert_array_equal(policy.commands(), described.simulation.commands(described.simulation_settings))
    assert described.squashing.startswith("the likeliest of `commands`")
    assert described.parity["largest_difference"] <= 1e-5
    recorded = pd.read_parquet(choosing.folder / "data/evaluation/airspace/generic/0/recordings.parquet")
    assert set(recorded["action_heading"]) <= {-1.0, -0.5, 0.0, 0.5, 1.0}
    assert set(recorded["action_speed"]) <= {-1.0, 0.0, 1.0}


@pytest.mark.long
def test_masked_training_goes_on_after_sigkill_and_ends_with_the_same_weights(
    choosing: Checkout, tmp_path: Path
) -> None:
    check_that_training_survives_sigkill(choosing, tmp_path / "checkout")


@pytest.mark.long
def test_murmuration_flies_it_as_evaluate_did(
    choosing: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = pd.read_csv(choosing.folder / "data/evaluation/airspace/generic/0/scenarios.csv").set_index(
        ["scenario", "mode"]
    )
    evaluated = table.loc[("chase_3p1", "deterministic")]
    paths = ("data/export/airspace/generic", "data/scenarios/airspace/train/suite/chase_3p1.json")
    monkeypatch.setattr(sys, "argv", ["murmuration", "fly", *(str(choosing.folder / path) for path in paths), "--json"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code in (0, None)
    figures = json.loads(capsys.readouterr().out)
    for name in ("los_rate", "min_separation_nm", "arrived_share"):
        assert figures[name] == pytest.approx(evaluated[name], rel=1e-4)


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ({"kind": "continuous"}, "15 discrete actions, policy.json describes continuous actions"),
        ({"heading_changes_deg": [-9.0, 0.0, 9.0]}, "15 discrete actions, policy.json describes 9 discrete actions"),
        ({"max_heading_change_deg": 36.0}, "15 discrete actions, policy.json describes 15 discrete actions"),
    ],
)
@pytest.mark.long
def test_a_description_of_other_actions_is_refused(
    actions: dict[str, Any], message: str, choosing: Checkout, tmp_path: Path
) -> None:
    exported = choosing.folder / "data/export/airspace/generic"
    (tmp_path / "policy.onnx").write_bytes((exported / "policy.onnx").read_bytes())
    described = json.loads((exported / "policy.json").read_text())
    described["settings"]["actions"] |= actions
    (tmp_path / "policy.json").write_text(json.dumps(described))
    write_sums(tmp_path)
    with pytest.raises(ValueError, match=rf"policy\.onnx: {message}"):
        read_policy(tmp_path)


def test_masked_training_needs_discrete_actions(checkout: Checkout, refuse: Callable[..., str]) -> None:
    checkout.change({"train.algorithm": "maskable_ppo"})
    assert "algorithm: maskable_ppo got continuous actions, wanted a world of discrete ones" in refuse("train")
