"""Coefficients that change over the training: straight lines, points, and what is refused."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import torch

from envs.ground.rows.vectorize import general_road
from pipeline.algorithms.hyperparameters import Points, schedule
from pipeline.algorithms.table import ALGORITHMS, check_algorithm
from tests.envs.ground.leaving import Leaving
from tests.pipeline.algorithms.models import OF_SB3, make_model

ALL_IN = {"a": (99, "terminated"), "b": (99, "terminated")}
POINTS = [[0, 0.4], [0.5, 0.2], [1, 0.1]]


def model(algorithm: str = "ppo", **changes: Any) -> Any:
    """Two rows, all active: an iteration of 5 steps is 10 timesteps."""
    rhythm = {"train_freq": 5, "learning_starts": 0, "batch_size": 4} if algorithm in ("sac", "tqc") else {"n_steps": 5}
    minibatch = {"batch_size": 10} if algorithm in ("ppo", "recurrent_ppo", "trpo") else {}
    settings = {**rhythm, **minibatch, "policy_kwargs": {"net_arch": [4]}, **changes}
    check_algorithm(algorithm, settings, "here")
    return make_model(algorithm, settings, general_road(partial(Leaving, ALL_IN), 1, seed=0), 0)


def followed(own: Any, name: str, total: int = 40) -> list[float]:
    """What the coefficient is in each iteration."""
    seen, train = list[float](), own.train

    def spy(*arguments: Any, **settings: Any) -> None:
        train(*arguments, **settings)
        seen.append(float(getattr(own, name)))

    own.train = spy
    own.learn(total)
    return seen


@pytest.mark.parametrize(
    ("remaining", "value"),
    [(1.0, 0.4), (0.75, 0.3), (0.5, 0.2), (0.25, 0.15), (0.0, 0.1), (-0.1, 0.1)],
)
def test_points_are_joined_by_straight_lines(remaining: float, value: float) -> None:
    assert schedule({"points": POINTS})(remaining) == pytest.approx(value)


def test_before_the_first_point_and_after_the_last_they_say_what_it_is() -> None:
    own = Points([(0.25, 1.0), (0.75, 3.0)])
    assert [own(1.0 - done) for done in (0.0, 0.25, 0.5, 0.75, 1.0)] == [1.0, 1.0, 2.0, 3.0, 3.0]


COEFFICIENTS = [
    ("ppo", "ent_coef"),
    ("ppo", "vf_coef"),
    ("ppo", "max_grad_norm"),
    ("ppo", "target_kl"),
    ("a2c", "ent_coef"),
    ("trpo", "target_kl"),
    ("recurrent_ppo", "vf_coef"),
    ("sac", "ent_coef"),
    ("sac", "tau"),
    ("tqc", "ent_coef"),
]


@pytest.mark.parametrize(("algorithm", "name"), COEFFICIENTS)
@pytest.mark.parametrize("value", [{"points": POINTS}, {"start": 0.4, "end": 0.1}], ids=["points", "line"])
def test_a_coefficient_is_what_its_schedule_says_in_each_iteration(algorithm: str, name: str, value: Any) -> None:
    """Four iterations of ten timesteps, learned from when a quarter, a half, three quarters and all are done."""
    expected = [0.3, 0.2, 0.15, 0.1] if "points" in value else [0.325, 0.25, 0.175, 0.1]
    assert followed(model(algorithm, **{name: value}), name) == pytest.approx(expected)


@pytest.mark.parametrize("gradient", ["torch", "compiled"])
def test_entropy_is_weighed_by_what_is_due_also_in_compiled_gradients(gradient: str) -> None:
    """A schedule that stands still is a number: equal weights; one that moves gives others."""

    def weights(value: Any) -> torch.Tensor:
        own = model(ent_coef=value)
        own.choose_gradient(gradient)
        own.learn(40)
        return torch.nn.utils.parameters_to_vector(own.policy.parameters()).detach().clone()

    still = weights({"start": 0.3, "end": 0.3})
    assert torch.equal(weights(0.3), still)
    assert not torch.equal(weights({"start": 0.3, "end": 0.0}), still)


def test_entropy_of_a_learner_that_replays_is_weighed_by_what_is_due() -> None:
    own = model("sac", ent_coef={"start": 0.4, "end": 0.1})
    own.learn(40)
    assert own.ent_coef_tensor.item() == pytest.approx(0.1)


def test_native_schedules_take_points_too() -> None:
    own = model(learning_rate={"points": POINTS}, clip_range={"points": POINTS}, max_std={"points": POINTS})
    assert [own.lr_schedule(0.5), own.clip_range(0.25), own.max_std(0.0)] == pytest.approx([0.2, 0.15, 0.1])


WISH = r"wanted a number, \{start, end\} or \{points: "
BAD: list[tuple[str, Any, str]] = [
    ("ent_coef", {"begin": 1, "end": 0}, WISH),
    ("ent_coef", {"points": POINTS, "end": 0}, WISH),
    ("ent_coef", {"start": 1.0, "end": -1.0}, r"ent_coef: got -1\.0, wanted a number of 0 or more"),
    ("ent_coef", {"points": []}, r"ent_coef\.points: got \[\], wanted pairs"),
    ("ent_coef", {"points": 0.1}, r"ent_coef\.points: got 0\.1, wanted pairs"),
    ("ent_coef", {"points": [[0, 1, 2]]}, r"ent_coef\.points: got .*, wanted pairs"),
    ("ent_coef", {"points": [[-0.1, 1.0], [1, 0.0]]}, r"ent_coef\.points: got .*share of the training from 0 to 1"),
    ("ent_coef", {"points": [[0, 1.0], [2, 0.0]]}, r"ent_coef\.points: got .*share of the training from 0 to 1"),
    ("ent_coef", {"points": [[0.5, 1.0], [0.2, 0.0]]}, r"points: got shares \[0\.5, 0\.2\], wanted each larger"),
    ("ent_coef", {"points": [[0, 1.0], [1, "x"]]}, "ent_coef: got 'x', wanted a number of 0 or more"),
    ("learning_rate", {"points": [[0, 0.1], [1, 0]]}, "learning_rate: got 0, wanted a number above 0"),
    ("gamma", {"start": 0.9, "end": 0.99}, r"gamma: got \{.*\}, wanted a number from 0 to 1"),
    ("n_steps", {"start": 8, "end": 16}, r"n_steps: got \{.*\}, wanted a whole number of 1 or more"),
]


@pytest.mark.parametrize(("name", "value", "words"), BAD)
def test_a_schedule_that_cannot_be_is_refused_by_name(name: str, value: Any, words: str) -> None:
    with pytest.raises(ValueError, match=rf"here\.hyperparameters\..*{words}"):
        check_algorithm("ppo", {name: value}, "here")


def test_what_an_algorithm_does_not_know_has_no_schedule() -> None:
    with pytest.raises(ValueError, match=r"here\.hyperparameters \(trpo\): unknown 'ent_coef'"):
        check_algorithm("trpo", {"ent_coef": {"start": 1, "end": 0}}, "here")


def test_every_coefficient_that_may_change_is_tried_here() -> None:
    tried = {name for _, name in COEFFICIENTS}
    assert set().union(*(kind.model.SET_EACH_TIME for kind in map(ALGORITHMS.get, OF_SB3))) == tried  # type: ignore[attr-defined]
