"""Values of choices: nobody flies what it may not, no target is the worth of that, ends and cuts by hand, exploring."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

from envs import vectorize
from envs.ground.rows.vectorize import general_road
from envs.pettingzoo.simulation.room import SIMULATION
from pipeline.algorithms.learner import Facts
from pipeline.algorithms.q_learning import SharedChoosing
from tests.envs.ground.leaving import DEFAULT_SCRIPT
from tests.pipeline.algorithms.choosing import Choosing
from tests.pipeline.algorithms.models import make_model

BOTH = ("dqn", "qrdqn")
SMALL: dict[str, Any] = {
    "buffer_size": 300,
    "learning_starts": 0,
    "train_freq": 1,
    "batch_size": 16,
    "gamma": 0.9,
    "target_update_interval": 20,
    "policy_kwargs": {"net_arch": [8]},
}
ALONE = {"c": (5, "truncated")}
"""One agent, which may not take choice 1 and is cut off after five steps."""
MASKED = {
    "actions": {"kind": "discrete"},
    "episode": {"max_steps": 12},
    "procedural": {"aircraft_types": ["B744"], "cas_kt": {"low": 330.0, "high": 345.0}},
}
"""The B744 may fly at 350 kt at most."""


class Free(Choosing):
    """Choosing, where everybody may take both."""

    def action_masks(self) -> dict[str, np.ndarray]:
        """All."""
        return {agent: np.ones(2, bool) for agent in self.agents}


def learner(algorithm: str = "dqn", kind: type = Choosing, script: Any = DEFAULT_SCRIPT, **changes: Any) -> Any:
    model = make_model(algorithm, SMALL | changes, general_road(partial(kind, script), 1, seed=0), seed=0)
    assert isinstance(model, SharedChoosing)
    return model


def remembered(model: Any) -> list[tuple[float, float, bool, list[bool]]]:
    """Step before, step after, whether it was an end, what might be chosen next; of all transitions."""
    buffer, size = model.replay_buffer, model.replay_buffer.size()
    steps = (buffer.observations[:size, 0, 0].tolist(), buffer.next_observations[:size, 0, 0].tolist())
    return list(zip(*steps, (buffer.dones[:size, 0] > 0).tolist(), buffer.next_allowed[:size, 0].tolist(), strict=True))


def test_transitions_remember_what_may_be_chosen_next_and_cuts_are_left_out_where_nobody_tells() -> None:
    """Of one episode: a ends in step 2, b in step 3, c is cut off in step 5. Only a may take the second choice."""
    model = learner(learning_starts=1000)
    model.learn(10)
    of_a, of_others, whatever = [True, True], [True, False], [True, True]
    first = [(0, 1, False, of_a), (0, 1, False, of_others), (0, 1, False, of_others)]
    second = [(1, 2, True, whatever), (1, 2, False, of_others), (1, 2, False, of_others)]
    assert remembered(model) == [
        *first,
        *second,
        (2, 3, True, whatever),
        (2, 3, False, of_others),
        (3, 4, False, of_others),
    ]
    assert model.num_timesteps == 10


def test_where_nothing_is_forbidden_a_cut_is_remembered_and_is_no_end() -> None:
    model = learner(kind=Free, script=ALONE, learning_starts=1000)
    model.learn(5)
    assert remembered(model)[-1] == (4, 5, False, [True, True])
    assert model.replay_buffer.size() == 5


@pytest.mark.parametrize("algorithm", BOTH)
def test_what_is_forbidden_next_is_in_no_target(algorithm: str) -> None:
    """The target network says 1e6 for the choice that the agent never has."""
    model = learner(algorithm, script=ALONE, learning_starts=1000)
    model.learn(60)
    target = model._networks()[1]
    layers = target.q_net if algorithm == "dqn" else target.quantile_net
    with torch.no_grad():
        layers[-1].bias.view(-1, 2)[:, 1] = 1e6
    model.train(1, 16)
    assert model.logger.name_to_value["train/loss"] < 1000
    model.replay_buffer.next_allowed[:] = True
    model.train(1, 16)
    assert model.logger.name_to_value["train/loss"] > 1e5, "the test would see it"


@pytest.mark.parametrize("algorithm", BOTH)
@pytest.mark.parametrize(
    "changes", [{"exploration_final_eps": 1.0}, {"exploration_fraction": 0.0}], ids=["random", "best"]
)
def test_nobody_flies_what_it_may_not(algorithm: str, changes: dict[str, float]) -> None:
    venv = vectorize("airspace_v0", MASKED, 6, 0)
    model = make_model(
        algorithm, {**SMALL, "learning_starts": 100, "target_update_interval": 100, **changes}, venv, seed=0
    )
    step, forbidden = venv.step, []

    def watched(choices: np.ndarray) -> Any:
        masks = venv.action_masks()
        forbidden.append(int((~masks[venv.active]).sum()))
        assert np.take_along_axis(masks, choices[:, None], 1)[venv.active].all()
        return step(choices)

    venv.step = watched
    model.learn(400)
    assert sum(forbidden) > 100
    assert not model.replay_buffer.next_allowed[: model.replay_buffer.size()].all()


def test_a_turns_target_is_among_the_fields_that_are_free_at_the_next_turn() -> None:
    """Tic-tac-toe: between two turns of a player two fields are taken."""
    settings = SIMULATION.settings.from_values({"module": "pettingzoo.classic.tictactoe_v3"})
    venv = SIMULATION.vectorized(settings, 2, seed=0)
    model = make_model("dqn", {**SMALL, "learning_starts": 30}, venv, 0, Facts.of(SIMULATION, settings))
    model.learn(80)
    buffer, size = model.replay_buffer, model.replay_buffer.size()
    assert size > 30
    free = [9 - rows[:size, 0].reshape(size, -1).sum(1) for rows in (buffer.observations, buffer.next_observations)]
    goes_on = buffer.dones[:size, 0] == 0
    assert goes_on.sum() > 10
    np.testing.assert_array_equal(buffer.next_allowed[:size, 0].sum(1)[goes_on], free[1][goes_on])
    np.testing.assert_array_equal((free[0] - free[1])[goes_on], 2)


def test_exploration_falls_in_a_straight_line_and_then_the_best_is_chosen() -> None:
    model = learner(kind=Free, exploration_initial_eps=0.8, exploration_final_eps=0.0, exploration_fraction=0.5)
    model.learn(100)
    share = model.exploration_schedule
    assert [share(left) for left in (1.0, 0.75, 0.5, 0.2)] == pytest.approx([0.8, 0.4, 0.0, 0.0])
    obs = np.random.default_rng(0).normal(size=(3, 2)).astype(np.float32)
    model._last_obs, model._current_progress_remaining = obs, 0.1
    chosen = model._act(model.env, np.ones(3, bool))[:, 0]
    np.testing.assert_array_equal(chosen, model.predict(obs, deterministic=True)[0])


@pytest.mark.parametrize("algorithm", BOTH)
def test_the_target_network_moves_when_so_many_agents_have_acted(algorithm: str) -> None:
    model = learner(algorithm, target_update_interval=20, learning_rate=0.01)
    network, target = model._networks()
    moved, rollout = [], model.collect_rollouts

    def watched(*arguments: Any, **settings: Any) -> Any:
        before = [weights.clone() for weights in target.parameters()]
        answer = rollout(*arguments, **settings)
        same = all(torch.equal(*pair) for pair in zip(before, target.parameters(), strict=True))
        if not same:
            moved.append(model.num_timesteps)
            assert all(torch.equal(*pair) for pair in zip(network.parameters(), target.parameters(), strict=True))
        return answer

    model.collect_rollouts = watched
    model.learn(100)
    assert [steps // 20 for steps in moved] == list(range(1, model.num_timesteps // 20 + 1))
    assert max(steps % 20 for steps in moved) < 3, "of three rows"
