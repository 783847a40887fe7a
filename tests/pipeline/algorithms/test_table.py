"""Every registered algorithm can be made and learns; schedules are straight lines; mistakes are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from envs import vectorize
from envs.ground.rows.normalize import ActiveVecNormalize
from pipeline.algorithms.sb3 import SharedPolicy
from pipeline.algorithms.table import ALGORITHMS, check_algorithm, known_hyperparameters
from tests.pipeline.algorithms.models import CENTRAL, OF_SB3, make_model, small_network

REUSES = ("ppo", "impala", "appo", "maskable_ppo", "recurrent_ppo")
REPLAYED: dict[str, Any] = {"learning_starts": 50, "batch_size": 16, "gamma": 0.9}
HYPERPARAMETERS: dict[str, dict[str, Any]] = {
    "a2c": {"n_steps": 8, "gamma": 0.9},
    "trpo": {"n_steps": 8, "batch_size": 32, "gamma": 0.9},
    **{name: {"n_steps": 8, "batch_size": 32, "n_epochs": 2, "gamma": 0.9} for name in REUSES},
    **{name: {**REPLAYED, "gradient_steps": 2} for name in ("sac", "tqc", "crossq", "td3", "ddpg")},
    **{name: {**REPLAYED, "target_update_interval": 50} for name in ("dqn", "qrdqn")},
    "mappo": {"n_steps": 8, "batch_size": 32, "n_epochs": 2, "gamma": 0.9, **CENTRAL},
    "ars": {"n_delta": 3, "gamma": 0.9},
}
KINDS = [
    (name, kind) for name in OF_SB3 for kind in ("continuous", "discrete") if ALGORITHMS[name].takes in ("any", kind)
]


def learner(algorithm: str, seed: int = 0, kind: str = "continuous", **changes: Any) -> SharedPolicy:
    hyperparameters = {
        **HYPERPARAMETERS[algorithm],
        "policy_kwargs": small_network(algorithm, activation_fn="tanh"),
        **changes,
    }
    check_algorithm(algorithm, hyperparameters, "here")
    settings = {"discount": 0.9, "actions": {"kind": kind}}
    venv = ActiveVecNormalize(vectorize("airspace_v0", settings, 4, seed), norm_obs=False, gamma=0.9)
    return make_model(algorithm, hyperparameters, venv, seed)


def weights(model: SharedPolicy) -> torch.Tensor:
    return torch.cat([tensor.detach().reshape(-1).clone() for tensor in model.policy.state_dict().values()])


@pytest.mark.parametrize(("algorithm", "kind"), KINDS)
def test_every_algorithm_learns_in_the_airspace(algorithm: str, kind: str) -> None:
    model = learner(algorithm, kind=kind)
    before = weights(model)
    model.learn(300)
    assert model.num_timesteps >= 300
    after = weights(model)
    assert torch.isfinite(after).all()
    assert not torch.equal(before, after)


@pytest.mark.parametrize(("algorithm", "kind"), KINDS)
def test_the_same_seed_gives_the_same_weights_and_another_seed_others(algorithm: str, kind: str) -> None:
    first, again, other = (weights(learner(algorithm, seed, kind).learn(200)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


NOT_TAKEN = {"continuous": "discrete", "discrete": "continuous"}
REFUSED = [(name, NOT_TAKEN[ALGORITHMS[name].takes]) for name in OF_SB3 if ALGORITHMS[name].takes != "any"]


@pytest.mark.parametrize(("algorithm", "kind"), REFUSED)
def test_an_algorithm_refuses_the_other_kind_of_actions(algorithm: str, kind: str) -> None:
    wish = f"wanted a world of {ALGORITHMS[algorithm].takes} ones"
    with pytest.raises(ValueError, match=rf"algorithm: {algorithm} got {kind} actions, {wish}"):
        learner(algorithm, kind=kind)


def test_a_schedule_is_a_straight_line_over_the_whole_training() -> None:
    model = learner("ppo", learning_rate={"start": 0.1, "end": 0.02}, clip_range={"start": 0.3, "end": 0.1})
    remaining = np.array([1.0, 0.75, 0.0])
    assert [model.lr_schedule(share) for share in remaining] == pytest.approx([0.1, 0.08, 0.02])
    assert [model.clip_range(share) for share in remaining] == pytest.approx([0.3, 0.25, 0.1])  # type: ignore[attr-defined]


def test_a_number_is_a_constant_schedule() -> None:
    model = learner("a2c", learning_rate=0.05)
    assert {model.lr_schedule(share) for share in (1.0, 0.5, 0.0)} == {0.05}


@pytest.mark.parametrize("schedule", [{"start": 0.1}, {"start": 0.1, "end": 0.2, "kind": "cosine"}, {}])
@pytest.mark.parametrize("name", ["learning_rate", "clip_range"])
def test_a_bad_schedule_is_refused(name: str, schedule: dict[str, Any]) -> None:
    wish = r"wanted a number, \{start, end\} or \{points: \[\[0, a\], \[0\.5, b\], \[1, c\]\]\}"
    with pytest.raises(ValueError, match=rf"here\.hyperparameters\.{name}: got .*, {wish}"):
        check_algorithm("ppo", {name: schedule}, "here")


def test_an_activation_is_called_by_name() -> None:
    model = learner("ppo", policy_kwargs={"net_arch": [8], "activation_fn": "relu"})
    assert [type(part) for part in model.policy.mlp_extractor.policy_net] == [torch.nn.Linear, torch.nn.ReLU]
    with pytest.raises(
        ValueError, match=r"activation_fn: unknown 'rleu', did you mean 'relu'\? known: tanh, relu, elu"
    ):
        check_algorithm("ppo", {"policy_kwargs": {"activation_fn": "rleu"}}, "here")


@pytest.mark.parametrize("algorithm", OF_SB3)
def test_what_the_pipeline_decides_is_no_hyperparameter(algorithm: str) -> None:
    known = set(known_hyperparameters(algorithm))
    assert {"learning_rate", "gamma", "policy_kwargs"} <= known
    assert known.isdisjoint({"self", "env", "policy", "seed", "device", "verbose"})
    assert known.isdisjoint({"rollout_buffer_class", "replay_buffer_class", "optimize_memory_usage", "use_sde"})


@pytest.mark.parametrize(("name", "value"), [("ent_coef", "auto"), ("n_steps", 4), ("train_freq", 0)])
def test_a_hyperparameter_without_effect_or_out_of_range_is_refused(name: str, value: Any) -> None:
    algorithm = "ppo" if name == "ent_coef" else "sac"
    with pytest.raises(ValueError, match=rf"here\.hyperparameters.*{name}"):
        check_algorithm(algorithm, {name: value}, "here")


@pytest.mark.parametrize(
    ("algorithm", "name", "value", "wish"),
    [
        ("td3", "action_noise", -0.1, "wanted a number of 0 or more"),
        ("td3", "policy_delay", 0, "wanted a whole number of 1 or more"),
        ("sac", "learning_starts", -5, "wanted a whole number of 0 or more"),
        ("dqn", "learning_starts", 0.5, "wanted a whole number of 0 or more"),
        ("dqn", "target_update_interval", 0, "wanted a whole number of 1 or more"),
        ("sac", "buffer_size", 0, "wanted a whole number of 1 or more"),
        ("sac", "train_freq", -1, "wanted a whole number of 1 or more"),
        ("sac", "gradient_steps", 0, "wanted a whole number of 1 or more"),
        ("tqc", "top_quantiles_to_drop_per_net", -1, "wanted a whole number of 0 or more"),
        ("trpo", "cg_max_steps", 0, "wanted a whole number of 1 or more"),
        ("trpo", "line_search_shrinking_factor", 1.0, "wanted a number between 0 and 1"),
        ("a2c", "rms_prop_eps", 0.0, "wanted a number above 0"),
        ("ddpg", "policy_delay", 2, "unknown 'policy_delay'"),
        ("ddpg", "n_steps", 3, "unknown 'n_steps'"),
        ("sac", "action_noise", 0.1, "unknown 'action_noise'"),
        ("crossq", "tau", 0.01, "unknown 'tau'"),
        ("dqn", "exploration_final_eps", 1.5, "wanted a number from 0 to 1"),
        ("dqn", "target_update_interval", 0.5, "wanted a whole number of 1 or more"),
        ("qrdqn", "ent_coef", 0.1, "unknown 'ent_coef'"),
        ("mappo", "critic_sees", "teem", "unknown 'teem', did you mean 'team'? known: own, team, world"),
        ("mappo", "critic_pooling", "max", "unknown 'max'"),
        ("mappo", "critic_width", 0, "wanted a whole number of 1 or more"),
        ("ars", "n_delta", 0, "wanted a whole number of 1 or more"),
        ("ars", "delta_std", {"start": 0.1, "end": 0.0}, "wanted a number above 0"),
        ("ars", "n_epochs", 2, "unknown 'n_epochs'"),
    ],
)
def test_what_a_class_does_not_take_is_refused_in_its_words(algorithm: str, name: str, value: Any, wish: str) -> None:
    with pytest.raises(ValueError, match=rf"here\.hyperparameters.*{name}") as refused:
        check_algorithm(algorithm, {name: value}, "here")
    assert wish in str(refused.value)


@pytest.mark.parametrize("value", ["auto", "auto_0.1", 0.2])
def test_entropy_can_be_learned_where_the_algorithm_learns_it(value: Any) -> None:
    check_algorithm("sac", {"ent_coef": value}, "here")
    with pytest.raises(ValueError, match=r"here\.hyperparameters\.ent_coef: got 'automatic', wanted a number"):
        check_algorithm("sac", {"ent_coef": "automatic"}, "here")
