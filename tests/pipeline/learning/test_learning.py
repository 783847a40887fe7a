"""Every algorithm of Stable-Baselines3 learns something real in seconds: to fly to the waypoint.

An untrained policy does not find it.

Two aircraft, headings up to 60 degrees off their waypoints' bearings, 15 to 25 NM to go, 40 actions. Seeds are fixed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks import families
from envs import vectorize
from envs.airspace.simulation.action_grid import commands_of
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.play import Episodes, Space, play
from envs.ground.rows.normalize import ActiveVecNormalize
from pipeline.algorithms.learner import Facts
from pipeline.algorithms.off_policy import SharedOffPolicy
from pipeline.algorithms.on_policy import SharedOnPolicy
from pipeline.algorithms.random_search import SharedARS
from pipeline.algorithms.sb3 import SharedPolicy
from pipeline.policies.deployed import TorchPolicy
from pipeline.policies.deploying import deploy, normalization_of
from tests.pipeline.algorithms.models import OF_SB3, actions_for, make_model

OFF_COURSE: dict[str, Any] = {
    **families.OFF_COURSE,
    "observation": {"layout": "relative_cpa"},
    "reward": {"violation_entry": -25.0},  # arriving is learned before separation
}
NETWORK: dict[str, Any] = {"net_arch": [32, 32], "activation_fn": "tanh"}
ATTENTION = {**NETWORK, "features_extractor": "attention", "features_extractor_kwargs": {"width": 16, "heads": 2}}
CLIPPED = {"learning_rate": 0.003, "n_steps": 16, "batch_size": 512, "n_epochs": 4, "policy_kwargs": NETWORK}
REPLAYED: dict[str, Any] = {
    "learning_rate": 0.003,
    "buffer_size": 20_000,
    "learning_starts": 1000,
    "batch_size": 128,
    "tau": 0.02,
    "gradient_steps": 4,
    "ent_coef": 0.02,
}


def _without(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


NOISY: dict[str, Any] = {"action_noise": 0.2, "policy_kwargs": {"net_arch": [32, 32]}}
GREEDY: dict[str, Any] = {
    **_without(REPLAYED, "ent_coef", "tau"),
    "train_freq": 1,
    "target_update_interval": 500,
    "exploration_fraction": 0.5,
    "policy_kwargs": {"net_arch": [32, 32]},
}
HYPERPARAMETERS: dict[str, dict[str, Any]] = {
    **dict.fromkeys(("ppo", "appo", "maskable_ppo"), CLIPPED),
    "impala": {**CLIPPED, "batch_size": 256, "n_epochs": 1, "normalize_advantage": True},  # each step once: params.yaml
    "attention": {**CLIPPED, "policy_kwargs": ATTENTION},
    "mappo": {**CLIPPED, "critic_sees": "world", "critic_pooling": "mean", "critic_width": 16},
    "recurrent_ppo": {**CLIPPED, "policy_kwargs": {"lstm_hidden_size": 16, "net_arch": [32], "activation_fn": "tanh"}},
    "a2c": {"learning_rate": 0.003, "n_steps": 8, "policy_kwargs": NETWORK},
    "trpo": {"learning_rate": 0.003, "n_steps": 16, "batch_size": 512, "policy_kwargs": NETWORK},
    "sac": {**REPLAYED, "policy_kwargs": {"net_arch": [32, 32]}},
    "tqc": {**REPLAYED, "policy_kwargs": {"net_arch": [32, 32], "n_quantiles": 8}},
    "crossq": {**_without(REPLAYED, "tau"), "policy_delay": 1, "policy_kwargs": {"net_arch": [32, 32]}},
    **{name: {**_without(REPLAYED, "ent_coef"), **NOISY} for name in ("td3", "ddpg")},
    "dqn": GREEDY,
    "qrdqn": {**GREEDY, "policy_kwargs": {"net_arch": [32, 32], "n_quantiles": 8}},
    "ars": {"n_delta": 16, "n_top": 8, "learning_rate": 0.2, "delta_std": 0.2, "policy_kwargs": {"net_arch": []}},
}
GAMMA, NUM_WORLDS = 0.9, 32
EPISODE_BY_EPISODE = 60_000
"""Steps of who learns nothing from single ones."""
QUICK = ("ppo", "maskable_ppo")
"""What every run of the tests trains; the others take as long again each."""


def arrived_share(model: SharedPolicy, settings: AirspaceSettings) -> float:
    network = deploy(model.policy, normalization_of(model.env), commands_of(settings.actions))  # type: ignore[arg-type]
    episodes = Episodes.drawn(np.random.SeedSequence(1).generate_state(40, np.uint64))
    flown = play(Space(SIMULATION, settings, (), GAMMA), episodes, TorchPolicy(network))
    return float(flown.episodes["arrived_share"].mean())


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.long) for name in HYPERPARAMETERS]
)
def test_after_seconds_of_learning_most_aircraft_arrive(name: str) -> None:
    algorithm = "ppo" if name == "attention" else name
    kind = actions_for(algorithm)
    settings = {**OFF_COURSE, "actions": {"kind": kind}}
    worlds = vectorize("airspace_v0", {**settings, "discount": GAMMA}, NUM_WORLDS, seed=0)
    venv = ActiveVecNormalize(worlds, norm_obs=name != "attention", gamma=GAMMA)
    checked = AirspaceSettings.from_values(settings)
    model = make_model(algorithm, {**HYPERPARAMETERS[name], "gamma": GAMMA}, venv, 0, Facts.of(SIMULATION, checked))
    before = arrived_share(model, checked)
    by_kind = {SharedOffPolicy: 8000, SharedOnPolicy: 16_000, SharedARS: EPISODE_BY_EPISODE}
    model.learn(next(steps for kind, steps in by_kind.items() if isinstance(model, kind)))
    after = arrived_share(model, checked)
    assert before < 0.2
    assert after > 0.5


def test_no_algorithm_is_left_out() -> None:
    assert set(OF_SB3) <= set(HYPERPARAMETERS)
