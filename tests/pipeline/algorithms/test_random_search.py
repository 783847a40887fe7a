"""ARS: each candidate plays whole episodes, what it is worth by hand, who counts, and the step that follows."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.rows.vectorize import general_road
from pipeline.algorithms.table import check_algorithm
from tests.envs.ground.leaving import DEFAULT_SCRIPT, Leaving
from tests.pipeline.algorithms.choosing import Choosing
from tests.pipeline.algorithms.models import make_model

LINEAR: dict[str, Any] = {"net_arch": []}


def learner(num_worlds: int = 2, kind: Any = Leaving, normalize: bool = False, **changes: Any) -> Any:
    venv: Any = general_road(partial(kind, DEFAULT_SCRIPT), num_worlds, seed=0)
    venv = ActiveVecNormalize(venv, gamma=0.9) if normalize else venv
    model = make_model("ars", {"n_delta": 1, "policy_kwargs": LINEAR, **changes}, venv, seed=0)
    model._setup_learn(1000)
    return model


def worth(model: Any, biases: list[float]) -> list[float]:
    """Of candidates whose action is the hyperbolic tangent of a bias."""
    weights = torch.tensor([[0.0, 0.0, bias] for bias in biases])
    callback = model._init_callback(None)
    return model.evaluate_candidates(weights, callback, None).tolist()


A, B, C = 2, 3, 5
"""Steps that the agents play: 1 + action is paid for each."""


@pytest.mark.parametrize("num_worlds", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("normalize", [False, True])
def test_a_candidate_is_worth_the_mean_of_its_agents_episodes_however_many_worlds_there_are(
    num_worlds: int, normalize: bool
) -> None:
    biases = [0.5, -0.5, 1.0]
    expected = [(1 + np.tanh(bias)) * (A + B + C) / 3 for bias in biases]
    np.testing.assert_allclose(worth(learner(num_worlds, normalize=normalize), biases), expected, rtol=1e-5)


def test_rewards_to_come_are_discounted_and_a_bonus_for_each_step_is_added() -> None:
    """gamma = 0.5: a's two steps count 1.5, b's three 1.75, c's five 1.9375; 1 + 0 is paid, and 2 of bonus."""
    own = worth(learner(gamma=0.5, alive_bonus_offset=2.0), [0.0])
    np.testing.assert_allclose(own, [3.0 * (1.5 + 1.75 + 1.9375) / 3], rtol=1e-6)


def test_so_many_episodes_are_played_to_their_ends_by_each_world() -> None:
    model, ended = learner(2, n_eval_episodes=3), list[int]()
    step = model.env.step

    def watched(actions: np.ndarray) -> Any:
        answer = step(actions)
        ended.append(int(answer[2].reshape(2, 3).all(1).sum()))
        return answer

    model.env.step = watched
    worth(model, [0.1, 0.2])
    assert sum(ended) == 2 * 3
    assert len(ended) == 3 * C, "the world ends with its last agent"
    assert model.num_timesteps == 2 * 3 * (A + B + C)


def test_only_active_rows_are_told_an_action_and_each_world_flies_its_candidate() -> None:
    model, told = learner(2), list[np.ndarray]()
    step = model.env.step
    model.env.step = lambda actions: told.append((np.array(actions[:, 0]), np.array(model.env.active))) or step(actions)
    worth(model, [0.5, -0.5])
    expected = np.tanh([0.5] * 3 + [-0.5] * 3)
    for actions, active in told:
        np.testing.assert_allclose(actions, np.where(active, expected, 0.0), rtol=1e-6)
    assert not told[-1][1].all()


def test_choices_that_are_forbidden_are_not_flown() -> None:
    """Both candidates like choice 1 best, which only a may take: a is paid 2 a step, the others 1."""
    model = learner(1, kind=Choosing)
    weights = torch.zeros(2, 6)
    weights[:, 5] = 1.0  # the bias of choice 1
    found = model.evaluate_candidates(weights, model._init_callback(None), None)
    np.testing.assert_allclose(found, [(2 * A + B + C) / 3] * 2)


def test_weights_step_towards_the_better_one_of_a_pair() -> None:
    """What is paid grows with the bias alone, so the step is along each variation, by its sign there."""
    model = learner(2, n_delta=1, learning_rate=0.1, delta_std=0.5)
    torch.manual_seed(3)
    drawn = torch.normal(mean=0.0, std=1.0, size=(1, 3))
    torch.manual_seed(3)
    model.learn(1)
    moved = model.policy.state_dict()["action_net.0.bias"].item()
    assert np.sign(moved) == 1.0
    better = torch.sign(drawn[0, 2])
    whole = torch.nn.utils.parameters_to_vector(model.policy.parameters()).detach()
    torch.testing.assert_close(whole / whole.norm(), better * drawn[0] / drawn[0].norm())


def test_a_linear_policy_learns_what_is_paid() -> None:
    model = learner(8, n_delta=4, learning_rate=0.2, delta_std=0.3)
    model.learn(4000)
    assert model.policy.state_dict()["action_net.0.bias"].item() > 0.3


def test_more_best_directions_than_there_are_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^here\.hyperparameters\.n_top: got 9, wanted 8 at most, n_delta$"):
        check_algorithm("ars", {"n_top": 9, "n_delta": 8}, "here")
