"""Learning on a GPU, where there is one: what acts and what is saved is on the CPU, and goes on on either."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import torch
from sb3_contrib.common.recurrent.type_aliases import RNNStates

from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.rows.vectorize import general_road
from pipeline.algorithms.learner import Facts, Learner
from pipeline.algorithms.sb3 import on_device
from pipeline.algorithms.table import make_algorithm
from tests.envs.ground.leaving import Leaving
from tests.pipeline.algorithms.choosing import Choosing
from tests.pipeline.algorithms.models import OF_SB3, SHORT, actions_for

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device is here")


def learner(algorithm: str, device: str, gradient: str = "torch") -> Learner:
    chooses = actions_for(algorithm) == "discrete"
    venv = ActiveVecNormalize(general_road(Choosing if chooses else Leaving, 2, 0), gamma=0.9)
    facts = Facts(commands=np.array([[0.0], [1.0]], np.float32) if chooses else None)
    settings = {**SHORT[algorithm], "gamma": 0.9, "policy_kwargs": {"net_arch": [8]}}
    return make_algorithm(algorithm, settings, venv, 0, facts, device=device, gradient=gradient)


def places(values: Any) -> set[str]:
    """The devices of all tensors within nested values."""
    if isinstance(values, torch.Tensor):
        return {values.device.type}
    inner = list(values.values()) if isinstance(values, dict) else values if isinstance(values, list | tuple) else []
    return set[str]().union(*map(places, inner))


def test_nested_values_are_moved_and_keep_their_kinds() -> None:
    pair = (torch.zeros(2), torch.ones(2))
    moved = on_device({"states": RNNStates(pair, pair), "list": [torch.ones(1), 3], "text": "a"}, "meta")
    assert isinstance(moved["states"], RNNStates)
    assert places(moved) == {"meta"}
    assert (moved["list"][1], moved["text"]) == (3, "a")
    array = np.zeros(3)
    assert on_device({"array": array}, "meta")["array"] is array


@pytest.mark.parametrize("algorithm", OF_SB3)
@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=needs_gpu)])
def test_what_acts_and_what_is_kept_is_on_the_cpu(algorithm: str, device: str) -> None:
    own = learner(algorithm, device)
    own.learn(60, lambda learner: None)
    assert own.device == device
    kept = (own.state(), own.weights(), own.inheritance(), own.actor().state_dict())
    assert places(kept) == {"cpu"}


@needs_gpu
@pytest.mark.parametrize("algorithm", OF_SB3)
@pytest.mark.parametrize(("first", "then"), [("cpu", "cuda"), ("cuda", "cpu"), ("cuda", "cuda")])
def test_a_learner_goes_on_on_another_device(algorithm: str, first: str, then: str) -> None:
    one, file = learner(algorithm, first), io.BytesIO()
    one.learn(60, lambda learner: None)
    torch.save(one.state(), file)
    other = learner(algorithm, then)
    other.restore(torch.load(io.BytesIO(file.getvalue()), weights_only=False))
    assert all(torch.equal(weights, other.weights()[name]) for name, weights in one.weights().items())
    other.learn(other.num_timesteps + 40, lambda learner: None)
    assert all(torch.isfinite(weights).all() for weights in other.weights().values())


@needs_gpu
@pytest.mark.parametrize("algorithm", OF_SB3)
def test_the_same_seed_on_the_gpu_goes_on_from_its_state_to_the_same_weights(algorithm: str) -> None:
    whole, kept = learner(algorithm, "cuda"), dict[str, Any]()

    def keep(own: Learner) -> None:
        if own.num_timesteps >= 40 and not kept:
            file = io.BytesIO()
            torch.save(own.state(), file)
            kept.update(file=file, generators=(torch.get_rng_state(), np.random.get_state()))  # noqa: NPY002

    def go_on(own: Learner) -> None:
        if "generators" in kept:
            for_torch, for_numpy = kept.pop("generators")
            torch.set_rng_state(for_torch)
            np.random.set_state(for_numpy)  # noqa: NPY002

    whole.learn(100, keep)
    other = learner(algorithm, "cuda")
    other.restore(torch.load(io.BytesIO(kept["file"].getvalue()), weights_only=False))
    other.learn(100, go_on)
    assert all(torch.equal(weights, other.weights()[name]) for name, weights in whole.weights().items())


@needs_gpu
def test_compiled_gradients_are_of_the_cpu() -> None:
    assert learner("ppo", "cuda", "auto").gradient == "torch"
    with pytest.raises(ValueError, match=r"train\.gradient: got compiled, wanted auto or torch: wanted a policy"):
        learner("ppo", "cuda", "compiled")
    assert learner("ppo", "auto").device == "cuda"
