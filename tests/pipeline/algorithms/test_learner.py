"""The contract of a learner, by all of Stable-Baselines3: boundaries, what acts, what is inherited, what is refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.rows.vectorize import general_road
from envs.ground.world import Slots
from pipeline.algorithms import table
from pipeline.algorithms.learner import NO_FACTS, Facts, Kind, Learner, Need
from pipeline.algorithms.sb3_kind import SB3Kind
from pipeline.algorithms.shared_ppo import SharedPPO
from pipeline.algorithms.table import ALGORITHMS, check_world, make_algorithm
from pipeline.policies.deployed import TorchPolicy
from pipeline.policies.model_files import read_inheritance, write_model
from pipeline.policies.network_values import as_values
from tests.envs.ground.leaving import Leaving
from tests.pipeline.algorithms.choosing import Choosing
from tests.pipeline.algorithms.models import OF_SB3, SHORT, actions_for, small_network

COMMANDS = np.array([[0.0], [1.0]], np.float32)


def learner(algorithm: str = "ppo", seed: int = 0, norm_obs: bool = True, **changes: Any) -> Learner:
    chooses = actions_for(algorithm) == "discrete"
    worlds = general_road(partial(Choosing if chooses else Leaving), 2, seed)
    venv = ActiveVecNormalize(worlds, norm_obs=norm_obs, gamma=0.9)
    hyperparameters = {**SHORT[algorithm], "gamma": 0.9, "policy_kwargs": small_network(algorithm), **changes}
    gradient = hyperparameters.pop("gradient", "torch")
    facts = Facts(commands=COMMANDS if chooses else None)
    return make_algorithm(algorithm, hyperparameters, venv, seed, facts, gradient=gradient)


def nothing(learner: Learner) -> None:
    """Nothing to do at a boundary."""


@pytest.mark.parametrize("algorithm", OF_SB3)
def test_a_boundary_comes_before_every_iteration_and_learning_goes_on_to_the_total(algorithm: str) -> None:
    own, seen = learner(algorithm), list[int]()
    own.learn(60, lambda learner: seen.append(learner.num_timesteps))
    assert seen[0] == 0
    assert own.num_timesteps >= 60 > seen[-1]
    again = list[int]()
    own.learn(60, lambda learner: again.append(learner.num_timesteps))
    assert again == []
    own.learn(own.num_timesteps + 1, lambda learner: again.append(learner.num_timesteps))
    assert len(again) == 1


@pytest.mark.parametrize("algorithm", OF_SB3)
def test_a_learner_stopped_at_a_boundary_goes_on_from_its_state_to_the_same_weights(algorithm: str) -> None:
    class Enough(Exception):  # noqa: N818
        """Ends the learning."""

    file, generators = io.BytesIO(), list[Any]()

    def stop(own: Learner) -> None:
        if own.num_timesteps >= 40:
            torch.save(own.state(), file)
            generators[:] = [torch.get_rng_state(), np.random.get_state()]  # noqa: NPY002 - Stable-Baselines3 uses it
            raise Enough

    def go_on(own: Learner) -> None:
        if generators:
            torch.set_rng_state(generators[0])
            np.random.set_state(generators[1])  # noqa: NPY002
            generators.clear()

    other = learner(algorithm)
    whole = learner(algorithm)
    whole.learn(100, nothing)
    stopped = learner(algorithm)
    with pytest.raises(Enough):
        stopped.learn(100, stop)
    other.restore(torch.load(io.BytesIO(file.getvalue()), weights_only=False))
    other.learn(100, go_on)
    assert other.num_timesteps == whole.num_timesteps
    for name, weights in whole.weights().items():
        assert torch.equal(other.weights()[name], weights), name


@pytest.mark.parametrize("algorithm", OF_SB3)
def test_an_actor_is_what_acts_now_and_stays_as_it_is(algorithm: str) -> None:
    own: Any = learner(algorithm)
    own.learn(40, nothing)
    actor, obs = own.actor(), np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)

    def act(network: Any) -> np.ndarray:
        policy = TorchPolicy(network)
        if not policy.memory_size:
            return policy.act(obs, None)
        return policy.act_and_remember(obs, np.zeros((20, policy.memory_size), np.float32), None)[0]

    expected, _ = own.model.policy.predict(own.model.env.normalize_obs(obs), deterministic=True)
    before = act(actor)
    assert before.shape == (20, 1)
    np.testing.assert_allclose(before, COMMANDS[expected] if expected.ndim == 1 else expected, atol=1e-5)
    held = {name: weights.clone() for name, weights in actor.state_dict().items()}
    own.learn(own.num_timesteps + 200, nothing)
    assert all(torch.equal(held[name], weights) for name, weights in actor.state_dict().items())
    assert any(not torch.equal(held[name], weights) for name, weights in own.actor().state_dict().items())


@pytest.mark.parametrize("algorithm", OF_SB3)
def test_weights_are_all_of_the_policys_and_in_memory_of_their_own(algorithm: str) -> None:
    own: Any = learner(algorithm)
    weights = own.weights()
    assert weights.keys() == own.model.policy.state_dict().keys()
    own.learn(60, nothing)
    assert any(not torch.equal(weights[name], now) for name, now in own.weights().items())
    own.load_weights(weights)
    assert all(torch.equal(weights[name], now) for name, now in own.weights().items())


@pytest.mark.parametrize("algorithm", OF_SB3)
def test_who_begins_with_an_inheritance_has_weights_optimisers_and_normaliser_of_the_other(
    algorithm: str, tmp_path: Any
) -> None:
    """From the file, of plain tensors."""
    old: Any = learner(algorithm)
    old.learn(80, nothing)
    write_model(tmp_path, as_values(old.actor()), old.inheritance(), *no_curve())
    new: Any = learner(algorithm, seed=1)
    fitted = new.begin_with(read_inheritance(tmp_path / "weights.safetensors"))
    optimizers = [
        {name: state for name, state in own.model.get_parameters().items() if name != "policy"} for own in (old, new)
    ]
    assert {"weights", "normalizer"} | ({"optimizers"} if optimizers[0] else set()) <= set(fitted)
    assert all(torch.equal(old.weights()[name], now) for name, now in new.weights().items())
    np.testing.assert_array_equal(new.model.env.obs_rms.var, old.model.env.obs_rms.var)
    assert float(new.model.env.ret_rms.var) == float(old.model.env.ret_rms.var)
    assert same(*optimizers)
    assert new.num_timesteps == 0
    new.learn(40, nothing)
    assert all(torch.isfinite(weights).all() for weights in new.weights().values())


def no_curve() -> tuple[Any, dict[str, Any]]:
    return pd.DataFrame({"agent_steps": [0]}), {}


def same(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    return all(map(same, one, other)) if isinstance(one, list | tuple) else one == other


def test_learned_entropy_is_inherited() -> None:
    old: Any = learner("sac", ent_coef="auto_0.1", learning_rate=0.01)
    old.learn(80, nothing)
    new: Any = learner("sac", seed=1, ent_coef="auto_0.5")
    assert "log_ent_coef" in new.begin_with(old.inheritance())
    assert new.model.log_ent_coef.item() == old.model.log_ent_coef.item()


def test_a_coefficient_that_is_not_learned_is_what_the_new_learner_was_told() -> None:
    old: Any = learner("sac", ent_coef=0.1)
    new: Any = learner("sac", seed=1, ent_coef=0.02)
    assert "ent_coef_tensor" not in new.begin_with(old.inheritance())
    assert new.model.ent_coef_tensor.item() == pytest.approx(0.02)


def test_an_optimiser_of_other_settings_stays_behind() -> None:
    kwargs = {"net_arch": [8], "optimizer_kwargs": {"eps": 0.1}}
    assert "optimizers" not in learner("ppo", policy_kwargs=kwargs).begin_with(learner("ppo").inheritance())
    assert "optimizers" in learner("ppo", learning_rate=0.1).begin_with(learner("ppo").inheritance())


def test_an_optimiser_of_another_kind_and_a_normaliser_of_another_stay_behind() -> None:
    old = learner("ppo")
    old.learn(40, nothing)
    assert learner("a2c", norm_obs=False).begin_with(old.inheritance()) == ("weights",)
    assert learner("ppo", gradient="compiled", policy_kwargs={"net_arch": [8]}).begin_with(old.inheritance()) == (
        "weights",
        "optimizers",
        "normalizer",
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"policy_kwargs": {"net_arch": [9]}}, r"policy_net\.0\.weight: got \(8, 2\), wanted \(9, 2\)"),
        ({"policy_kwargs": {"net_arch": [8, 8]}}, r"policy_net\.2\.weight: got nothing, wanted \(8, 8\)"),
        ({"policy_kwargs": {"net_arch": []}}, r"action_net\.weight: got \(1, 8\), wanted \(1, 2\)"),
    ],
)
def test_weights_of_another_network_are_refused_by_name(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        learner("ppo", **changes).begin_with(learner("ppo").inheritance())


def test_figures_of_learning_are_told_with_the_steps_that_they_belong_to() -> None:
    own, told = learner("ppo"), list[tuple[set[str], int]]()
    own.log_to(lambda values, steps: told.append((set(values), steps)))
    own.learn(60, nothing)
    assert len(told) > 1
    assert told[0][1] < told[-1][1] <= own.num_timesteps
    assert {"train/loss", "train/learning_rate"} <= told[-1][0]


NEEDS: list[Need] = ["state", "slots", "allowed", "recordings", "teams", "batch"]


@pytest.mark.parametrize("need", NEEDS)
def test_a_world_that_has_not_what_an_algorithm_needs_is_refused_with_the_wish(
    need: Need, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ALGORITHMS, "needy", SB3Kind(SharedPPO, needs=frozenset({need})))
    wish = rf"algorithm: needy needs {need}, got a world that has none of these, wanted {table._WISHES[need]}"
    with pytest.raises(ValueError, match=wish):
        check_world("needy", NO_FACTS, "continuous")
    check_world("needy", Facts(has=frozenset({need})), "continuous")


def test_facts_of_a_world_say_what_it_has() -> None:
    class Simulation:
        """Slots, and choices."""

        slots = staticmethod(lambda settings: (Slots("neighbour", 0, 2, 3, 0),))
        planes = staticmethod(lambda settings: None)
        commands = staticmethod(lambda settings: COMMANDS)

    simulation: Any = Simulation()
    facts = Facts.of(simulation, None, frozenset({"recordings"}))
    assert facts.has == {"slots", "allowed", "recordings"}
    assert facts.slots[0].num == 2
    assert facts.commands is COMMANDS


def test_whatever_the_table_holds_keeps_the_contract_of_a_kind() -> None:
    kinds: list[Kind] = list(ALGORITHMS.values())
    assert all(kind.takes in ("continuous", "discrete", "any") for kind in kinds)
    assert all("gamma" in kind.known() for kind in kinds)


def test_a_device_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    make: Callable[[str], Learner] = lambda device: make_algorithm(  # noqa: E731
        "ppo", SHORT["ppo"], general_road(Leaving, 1, 0), 0, device=device
    )
    with pytest.raises(ValueError, match=r"train\.device: got cuda, wanted cpu or auto: no CUDA device is here"):
        make("cuda")
    assert make("auto").device == make("cpu").device == "cpu"
