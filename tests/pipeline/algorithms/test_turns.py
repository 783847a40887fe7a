"""Learning of agents that move by turns: what follows upon what, who is paid for what, worked out by hand."""

from __future__ import annotations

import io
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.rows.vectorize import general_road
from envs.pettingzoo.simulation.room import SIMULATION
from pipeline.algorithms.learner import NO_FACTS, Facts
from pipeline.algorithms.table import make_algorithm
from tests.envs.ground.leaving import Leaving
from tests.envs.ground.turning import Turning
from tests.pipeline.algorithms.models import CENTRAL, OF_SB3, actions_for, make_model, small_network

HALVES: dict[str, Any] = {"n_steps": 6, "batch_size": 6, "gamma": 0.5, "gae_lambda": 0.5}
A, B = 0, 1


def on_policy(algorithm: str = "ppo", num_steps: int = 6, **script: Any) -> Any:
    """A rollout of one world, in which the value of an observation is 2 + its step."""
    venv = general_road(partial(Turning, **script), 1, seed=0)
    model = make_model(algorithm, {**HALVES, "policy_kwargs": {"net_arch": []}}, venv, 0)
    with torch.no_grad():
        model.policy.value_net.weight[:] = torch.tensor([[1.0, 0.0]])
        model.policy.value_net.bias[:] = 2.0
    _, callback = model._setup_learn(1000)
    assert model.collect_rollouts(model.env, callback, model.rollout_buffer, num_steps)
    return model


def test_a_rows_next_turn_follows_upon_its_last_and_what_is_paid_between_counts_to_that() -> None:
    """a moves in steps 0 and 2, b in 1 and 3, then all is over; then a and b move once more. gamma = lambda = 0.5.

    a is paid 1, 2, 3, 4 and b ten times that. delta = what is paid until the next turn + 0.5 V(next turn) - V,
    A = delta + 0.25 A(next turn). What b is paid before its first turn counts to nothing. In the second episode the
    rollout ends when it is a's turn again: a goes on to V = 4, and b, which waits, to the V = 4 that it sees.
    """
    buffer = on_policy().rollout_buffer
    assert buffer.active.T.tolist() == [[1, 0, 1, 0, 1, 0], [0, 1, 0, 1, 0, 1]]
    a2, b3 = (3 + 4) - 4, 40 - 5
    a0, b1 = (1 + 2) + 0.5 * 4 - 2 + 0.25 * a2, (20 + 30) + 0.5 * 5 - 3 + 0.25 * b3
    np.testing.assert_allclose(buffer.advantages[[0, 2], A], [a0, a2], atol=1e-5)
    np.testing.assert_allclose(buffer.advantages[[1, 3], B], [b1, b3], atol=1e-5)
    assert buffer.advantages[4, A] == pytest.approx((1 + 2) + 0.5 * 4 - 2)
    assert buffer.advantages[5, B] == pytest.approx(20 + 0.5 * 4 - 3)
    np.testing.assert_allclose(buffer.returns[[0, 2], A], [a0 + 2, a2 + 4], atol=1e-5)


def test_a_row_cut_off_while_it_waits_is_bootstrapped_by_its_last_observation() -> None:
    """a moves in steps 0 and 2, b in 1; then both are cut off, where V = 5 of the last observation."""
    buffer = on_policy(num_steps=3, turns=("a", "b", "a"), how="truncated").rollout_buffer
    a2 = 3 + 0.5 * 5 - 4
    assert buffer.advantages[2, A] == pytest.approx(a2)
    assert buffer.advantages[0, A] == pytest.approx((1 + 2) + 0.5 * 4 - 2 + 0.25 * a2)
    assert buffer.advantages[1, B] == pytest.approx((20 + 30 + 0.5 * 5) - 3)


def test_who_misses_several_turns_and_comes_back_goes_on_where_it_was() -> None:
    """b moves in steps 0 and 3 and is away between them, as one that died and was born again in the same episode."""
    buffer = on_policy(num_steps=4, turns=("ab", "a", "a", "ab")).rollout_buffer
    b3 = 40 - 5
    assert buffer.advantages[3, B] == pytest.approx(b3)
    assert buffer.advantages[0, B] == pytest.approx((10 + 20 + 30) + 0.5 * 5 - 2 + 0.25 * b3)


def test_a_rollout_that_ends_while_all_but_one_wait_takes_up_the_next_where_they_go_on() -> None:
    """Of three steps: b's turn in step 1 is followed by V of what it sees; the next rollout begins with its wait."""
    model = on_policy(num_steps=3)
    assert model.rollout_buffer.advantages[1, B] == pytest.approx((20 + 30) + 0.5 * 5 - 3)
    _, callback = model._setup_learn(1000, reset_num_timesteps=False)
    model.collect_rollouts(model.env, callback, model.rollout_buffer, 3)
    buffer = model.rollout_buffer
    assert buffer.active[:3].T.tolist() == [[0, 1, 0], [1, 0, 1]]
    assert buffer.advantages[0, B] == pytest.approx(40 - 5), "its episode ends with its own turn"
    assert buffer.advantages[1, A] == pytest.approx((1 + 2) + 0.5 * 4 - 2), (
        "what a was paid before belongs to no turn here"
    )


def replaying(normalize: bool = False, **script: Any) -> Any:
    venv: Any = general_road(partial(Turning, **script), 1, seed=0)
    if normalize:
        venv = ActiveVecNormalize(venv, gamma=0.5)
    settings = {"buffer_size": 50, "learning_starts": 1000, "batch_size": 4, "policy_kwargs": {"net_arch": [4]}}
    return make_model("sac", settings, venv, 0)


def remembered(model: Any) -> list[tuple[float, float, float, bool]]:
    """Step before, step after, what was paid, whether it was an end."""
    buffer, size = model.replay_buffer, model.replay_buffer.size()
    columns = (buffer.observations[:size, 0, 0], buffer.next_observations[:size, 0, 0])
    return list(
        zip(
            *map(np.ndarray.tolist, columns), buffer.rewards[:size, 0].tolist(), buffer.dones[:size, 0] > 0, strict=True
        )
    )


@pytest.mark.parametrize("normalize", [False, True])
def test_transitions_go_from_turn_to_turn(normalize: bool) -> None:
    """As they end: a's first when it moves again, b's first, b's second with its own end, a's second while a waits."""
    model = replaying(normalize)
    model.learn(4)
    first_a, first_b = (0, 2, 1 + 2, False), (1, 3, 20 + 30, False)
    assert remembered(model) == [first_a, first_b, (2, 4, 3 + 4, True), (3, 4, 40, True)]
    assert model.num_timesteps == 4
    buffer = model.replay_buffer
    assert np.array_equal(buffer.observations[:4, 0, 1], buffer.next_observations[:4, 0, 1]), "each is of one agent"
    assert model._episode_num == 2


def test_actions_remembered_are_those_that_began_the_transition() -> None:
    model, flown = replaying(), list[np.ndarray]()
    step = model.env.step
    model.env.step = lambda actions: flown.append(np.array(actions)) or step(actions)
    model.learn(4)
    expected = [flown[0][A], flown[1][B], flown[2][A], flown[3][B]]
    np.testing.assert_allclose(model.replay_buffer.actions[:4, 0], expected, atol=1e-6)


def test_a_transition_cut_off_while_the_row_waits_is_no_end() -> None:
    model = replaying(turns=("a", "b", "a"), how="truncated")
    model.learn(3)
    assert remembered(model) == [(0, 2, 1 + 2, False), (2, 3, 3, False), (1, 3, 20 + 30, False)]


def test_nothing_is_learned_before_the_first_transition_is_whole() -> None:
    settings = {"buffer_size": 50, "learning_starts": 0, "batch_size": 4, "policy_kwargs": {"net_arch": [4]}}
    model = make_model("sac", settings, general_road(Turning, 1, seed=0), 0)
    model.learn(1)
    assert (model.replay_buffer.size(), model._n_updates) == (0, 0)
    model.learn(1, reset_num_timesteps=False)
    assert (model.replay_buffer.size(), model._n_updates) == (1, 1)


def test_returns_of_rows_that_wait_go_on_in_the_normaliser() -> None:
    """gamma = 0.5. a's returns: 1; then, paid 2 while it waits, 3; at its turn 1.5 + 3 = 4.5; then its end, 8.5.

    b's: 10 before its first turn are not its own; 20, 50, 25 + 40 = 65. Those of each turn count, and those of an end.
    """
    venv = ActiveVecNormalize(general_road(Turning, 1, seed=0), gamma=0.5)
    venv.reset()
    seen = []
    for _ in range(3):
        venv.step(np.zeros((2, 1)))
        seen.append(venv.returns.tolist())
    assert seen == [[1.0, 0.0], [3.0, 20.0], [4.5, 50.0]]
    venv.step(np.zeros((2, 1)))
    assert venv.returns.tolist() == [0.0, 0.0]
    counted = [1.0, 20.0, 4.5, 8.5, 65.0]
    assert venv.ret_rms.count == pytest.approx(len(counted) + 1e-4)
    assert venv.ret_rms.mean == pytest.approx(sum(counted) / (len(counted) + 1e-4))


def test_an_lstm_learns_from_a_rows_turns_as_one_sequence() -> None:
    venv = general_road(Turning, 1, seed=0)
    kwargs = {"lstm_hidden_size": 4, "net_arch": [4]}
    model = make_model("recurrent_ppo", {**HALVES, "policy_kwargs": kwargs}, venv, 0)
    _, callback = model._setup_learn(1000)
    model.collect_rollouts(model.env, callback, model.rollout_buffer, 6)
    (batch,) = model.rollout_buffer.get(None)
    steps = model.rollout_buffer.observations[:, 0].tolist()
    assert steps == [0, 2, 0, 1, 3, 1]
    assert model.rollout_buffer.sequence_starts.tolist() == [True, False, True, True, False, True]
    mask = batch.mask.numpy() > 0
    values, log_prob, _ = model.policy.evaluate_actions(
        batch.observations, batch.actions, batch.lstm_states, batch.episode_starts
    )
    torch.testing.assert_close(values[mask, 0], batch.old_values[mask], rtol=0, atol=1e-5)
    torch.testing.assert_close(log_prob[mask], batch.old_log_prob[mask], rtol=0, atol=1e-5)


SHORT: dict[str, dict[str, Any]] = {
    "a2c": {"n_steps": 5},
    **{name: {"n_steps": 5, "batch_size": 16} for name in ("ppo", "trpo", "impala", "appo", "recurrent_ppo")},
    "mappo": {"n_steps": 5, "batch_size": 16, **CENTRAL},
    **{name: {"learning_starts": 20, "batch_size": 16} for name in ("sac", "tqc", "crossq", "td3", "ddpg")},
}


STEP_BY_STEP = [name for name in OF_SB3 if actions_for(name) == "continuous" and name != "ars"]
"""Those that may be stopped amid an episode; ars plays whole ones."""


@pytest.mark.parametrize("algorithm", STEP_BY_STEP)
def test_a_learner_goes_on_from_its_state_in_the_middle_of_turns(algorithm: str) -> None:
    def fresh() -> Any:
        venv = ActiveVecNormalize(general_road(Turning, 3, seed=0), gamma=0.9)
        settings = {**SHORT[algorithm], "gamma": 0.9, "policy_kwargs": small_network(algorithm)}
        return make_algorithm(algorithm, settings, venv, 0, NO_FACTS)

    whole, kept = fresh(), dict[str, Any]()

    def keep(own: Any) -> None:
        waits = (own.model.env.acted & ~own.model.env.active).any()
        if waits and own.num_timesteps >= 25 and not kept:
            kept.update(state=torch_copy(own.state()), generators=(torch.get_rng_state(), np.random.get_state()))  # noqa: NPY002

    whole.learn(90, keep)
    assert kept, "nobody ever waited between two iterations"
    other = fresh()
    other.restore(kept["state"])

    def go_on(own: Any) -> None:
        if "generators" in kept:
            for_torch, for_numpy = kept.pop("generators")
            torch.set_rng_state(for_torch)
            np.random.set_state(for_numpy)  # noqa: NPY002

    other.learn(90, go_on)
    assert other.num_timesteps == whole.num_timesteps
    for name, weights in whole.weights().items():
        assert torch.equal(other.weights()[name], weights), name


def test_choices_are_masked_turn_by_turn_in_somebody_elses_game() -> None:
    """Tic-tac-toe: each of nine fields once; who moves next may take one less."""
    settings = SIMULATION.settings.from_values({"module": "pettingzoo.classic.tictactoe_v3"})
    venv = SIMULATION.vectorized(settings, 2, seed=0)
    facts = Facts.of(SIMULATION, settings)
    model = make_model(
        "maskable_ppo", {"n_steps": 9, "batch_size": 8, "policy_kwargs": {"net_arch": [8]}}, venv, 0, facts
    )
    _, callback = model._setup_learn(1000)
    model.collect_rollouts(model.env, callback, model.rollout_buffer, 9)
    buffer = model.rollout_buffer
    assert buffer.active.reshape(9, 2, 2).sum(2).tolist() == [[1, 1]] * 9
    chosen = np.take_along_axis(buffer.action_masks, buffer.actions.astype(int), 2)[:, :, 0]
    assert chosen[buffer.active].all()
    in_first_game = np.cumsum(buffer.episode_starts.reshape(9, 2, 2)[:, :, 0], 0) == 1
    free = buffer.action_masks.sum(2).reshape(9, 2, 2).sum(2)
    expected = np.broadcast_to(np.arange(9, 0, -1)[:, None], (9, 2))
    assert (free == expected)[in_first_game].all()
    assert in_first_game[:5].all(), "a game takes five moves or more"


def torch_copy(state: Any) -> Any:
    file = io.BytesIO()
    torch.save(state, file)
    return torch.load(io.BytesIO(file.getvalue()), weights_only=False)


def test_rows_that_leave_for_good_never_wait() -> None:
    venv = general_road(partial(Leaving, max_steps=6), 2, seed=0)
    venv.reset()
    for _ in range(20):
        venv.step(np.zeros((venv.num_envs, 1)))
        assert not (venv.acted & ~venv.active).any()
