"""Cloning beside PPO: without strength it is PPO, with it actions follow the records; it goes on exactly."""

from __future__ import annotations

import io
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch

from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.rows.vectorize import general_road
from envs.ground.world import Roles
from pipeline.algorithms.learner import Facts, Learner
from pipeline.algorithms.recorded import Recorded
from pipeline.algorithms.table import check_algorithm, make_algorithm
from pipeline.policies.deployed import TorchPolicy
from tests.envs.ground.leaving import Leaving

BRIEF: dict[str, Any] = {
    **{"n_steps": 8, "batch_size": 16, "n_epochs": 1, "gamma": 0.9, "learning_rate": 0.01},
    "policy_kwargs": {"net_arch": [16], "activation_fn": "tanh"},
}


def recorded() -> Recorded:
    """Who sees (s, n) does n / 2."""
    seen = np.random.default_rng(5).uniform(-1.0, 1.0, (400, 2)).astype(np.float32) * np.array([6.0, 1.0], np.float32)
    return Recorded(seen, seen[:, 1:] / 2.0, None, np.repeat(np.arange(40), 10))


def learner(strength: Any = None, data: Recorded | None = None, gradient: str = "torch", **changes: Any) -> Learner:
    venv = ActiveVecNormalize(general_road(partial(Leaving), 2, 0), norm_obs=False, gamma=0.9)
    own = {} if strength is None else {"cloning_strength": strength}
    return make_algorithm("ppo", {**BRIEF, **own, **changes}, venv, 0, Facts(recorded=data), gradient=gradient)


def trained(*given: Any, **settings: Any) -> Learner:
    own = learner(*given, **settings)
    own.learn(400, nothing)
    return own


def nothing(learner: Learner) -> None:
    """Nothing to do at a boundary."""


@pytest.mark.parametrize("gradient", ["torch", "compiled"])
def test_without_strength_it_is_ppo_and_with_it_actions_follow_the_records(gradient: str) -> None:
    plain, without, both = (trained(*given, gradient=gradient) for given in ((), (0.0, recorded()), (1.0, recorded())))
    weights = plain.weights()
    assert all(torch.equal(without.weights()[name], tensor) for name, tensor in weights.items())
    assert both.gradient == gradient
    seen = recorded().observation[:100]
    missed = [np.abs(TorchPolicy(own.actor()).act(seen, None) - seen[:, 1:] / 2.0).mean() for own in (plain, both)]
    assert missed[1] < missed[0] / 2


def test_noise_is_ppos_alone() -> None:
    model: Any = learner(1.0, recorded()).model  # type: ignore[attr-defined]
    before = model.policy.log_std.detach().clone()
    for group in model._cloner.param_groups:
        group["lr"] = 0.1
    weights = model.policy.action_net.weight.detach().clone()
    model._clone()
    assert torch.equal(model.policy.log_std, before)
    assert not torch.equal(model.policy.action_net.weight, weights)


def test_the_strength_is_a_share_of_the_learning_rate_and_may_be_a_schedule() -> None:
    own, told = learner({"start": 1.0, "end": 0.0}, recorded()), list[dict[str, Any]]()
    own.log_to(lambda figures, step: told.append(dict(figures)))
    own.learn(200, nothing)
    strengths = [figures["train/cloning_strength"] for figures in told if "train/cloning_strength" in figures]
    assert all(one > other for one, other in pairwise(strengths))
    model: Any = own.model  # type: ignore[attr-defined]
    strength = model.cloning_strength(model._current_progress_remaining)
    assert model._cloner.param_groups[0]["lr"] == pytest.approx(0.01 * strength)


def test_it_goes_on_to_the_same_weights() -> None:
    class Enough(Exception):  # noqa: N818
        """Ends the learning."""

    file = io.BytesIO()

    def stop(own: Learner) -> None:
        if own.num_timesteps >= 100:
            torch.save((own.state(), torch.get_rng_state()), file)
            raise Enough

    whole = learner(0.5, recorded())
    whole.learn(300, nothing)
    with pytest.raises(Enough):
        learner(0.5, recorded()).learn(300, stop)
    state, generator = torch.load(io.BytesIO(file.getvalue()), weights_only=False)
    other = learner(0.5, recorded())
    other.restore(state)
    torch.set_rng_state(generator)
    other.learn(300, nothing)
    assert all(torch.equal(other.weights()[name], own) for name, own in whole.weights().items())


def test_ppo_alone_goes_on_from_it_with_its_optimiser() -> None:
    old = learner(1.0, recorded())
    old.learn(100, nothing)
    assert learner().begin_with(old.inheritance()) == ("weights", "optimizers", "normalizer")


def test_what_it_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match=r"hyperparameters\.cloning_strength: got no records, wanted train\.records"):
        learner(1.0)
    with pytest.raises(ValueError, match=r"here\.hyperparameters\.cloning_strength: got -1, wanted a number of 0"):
        check_algorithm("ppo", {"cloning_strength": -1}, "here")
    venv = ActiveVecNormalize(general_road(partial(Leaving), 2, 0), norm_obs=False)
    facts = Facts(recorded=recorded(), roles=Roles(0, ("one", "other")))
    with pytest.raises(ValueError, match=r"cloning_strength: got train\.share: role, wanted all"):
        make_algorithm("ppo", BRIEF | {"cloning_strength": 1.0}, venv, 0, facts)
