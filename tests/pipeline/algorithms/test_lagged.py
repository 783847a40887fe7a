"""IMPALA and APPO: V-trace by hand, a lag of one whatever the timing, and rollouts that belong to the state."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from stable_baselines3.common.logger import Logger

from envs import vectorize
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.compiled_world.batch import set_num_threads
from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.rows.vectorize import general_road
from pipeline.algorithms.lagged import rollouts
from pipeline.algorithms.lagged.rollouts import LaggedPPO
from pipeline.algorithms.lagged.vtrace import Path, Trace
from pipeline.algorithms.learner import NO_FACTS, Facts
from pipeline.algorithms.table import check_algorithm, make_algorithm
from tests.envs.ground.leaving import DEFAULT_SCRIPT, Leaving
from tests.pipeline.algorithms.choosing import Choosing
from tests.pipeline.algorithms.models import make_model

LAGGED = ("impala", "appo")
SETTINGS: dict[str, Any] = {"n_steps": 8, "batch_size": 60, "n_epochs": 2, "gamma": 0.9, "learning_rate": 0.01}
FACTS = Facts(SIMULATION.slots(AirspaceSettings()))


def column(*numbers: float) -> np.ndarray:
    """One row's numbers, step by step."""
    return np.array(numbers, np.float64)[:, None]


def path_of(rewards: np.ndarray, active: np.ndarray, starts: np.ndarray, dones: np.ndarray) -> Path:
    return Path(active.astype(bool), rewards, starts.astype(np.float64), dones.astype(bool))


def test_targets_and_advantages_are_those_worked_out_by_hand() -> None:
    """One row, two steps and on: gamma 0.5, lambda 1; ratios 2 and 0.5, cut at rho 1.5 and c 1.

    rho = 1.5, 0.5; c = 1, 0.5. V = 1, 2, then 4; r = 1, 3.
    v_1 = 2 + 0.5 (3 + 0.5 * 4 - 2) = 3.5
    v_0 = 1 + 1.5 (1 + 0.5 * 2 - 1) + 0.5 * 1 (3.5 - 2) = 3.25
    A_1 = 0.5 (3 + 0.5 * 4 - 2) = 1.5, A_0 = 1.5 (1 + 0.5 * 3.5 - 1) = 2.625
    """
    always = np.ones((2, 1))
    path = path_of(column(1, 3), always, 0 * always, np.zeros(1))
    targets, advantages = Trace(0.5, 1.0, 1.5, 1.0).targets(path, column(1, 2), np.array([4.0]), column(2, 0.5))
    assert targets[:, 0].tolist() == [3.25, 3.5]
    assert advantages[:, 0].tolist() == [2.625, 1.5]


def test_who_waits_is_paid_at_the_last_step_and_an_end_stops_what_comes_back() -> None:
    """Steps 0 and 2 acted, 1 waited (paid 10); the episode ends with 2, and 3 begins another. All ratios 1, gamma 0.5.

    v_2 = r_2 = 4 as V = 1 is surprised by 3; v_0 = 1 + (2 + 10 + 0.5 * 1 - 1) + 0.5 (4 - 1) = 14; v_3 = 6 + 0.5 * 8.
    """
    active, starts = column(1, 0, 1, 1), column(1, 0, 0, 1)
    path = path_of(column(2, 10, 4, 6), active, starts, np.zeros(1))
    values = column(1, 0, 1, 5)
    targets, advantages = Trace(0.5, 1.0, 1.0, 1.0).targets(path, values, np.array([8.0]), column(1, 0, 1, 1))
    assert targets[[0, 2, 3], 0].tolist() == [14.0, 4.0, 10.0]
    assert advantages[[0, 2, 3], 0].tolist() == [2 + 10 + 0.5 * 4 - 1, 3.0, 5.0]


def by_definition(trace: Trace, row: dict[str, Any], at: int) -> float:
    """v of a row's step, as equation 1 of the paper sums it: over later steps of the episode, acted ones only."""
    found, weight = row["values"][at], 1.0
    for step in range(at, len(row["values"])):
        rho, c = (min(row["ratios"][step], most) for most in (trace.clip_rho, trace.clip_c))
        ends = row["ends"][step]
        later = 0.0 if ends else row["values"][step + 1] if step + 1 < len(row["values"]) else row["last"]
        found += weight * rho * (row["rewards"][step] + trace.gamma * later - row["values"][step])
        if ends:
            break
        weight *= trace.gamma * trace.decay * c
    return found


@pytest.mark.parametrize("seed", range(4))
def test_targets_are_the_papers_sum_over_each_rows_own_steps(seed: int) -> None:
    rng = np.random.default_rng(seed)
    steps, rows = 12, 7
    active, starts = rng.random((steps, rows)) < 0.7, rng.random((steps, rows)) < 0.2
    rewards, values = rng.normal(size=(2, steps, rows))
    ratios, last, dones = rng.lognormal(0, 1, (steps, rows)), rng.normal(size=rows), rng.random(rows) < 0.5
    trace = Trace(0.9, 0.8, 1.3, 0.9)
    targets, advantages = trace.targets(path_of(rewards, active, starts, dones), values, last, ratios)
    for row in range(rows):
        acted = np.flatnonzero(active[:, row])
        until = [*acted[1:], steps]
        ends = [bool(starts[one + 1 : other + 1, row].any()) for one, other in zip(acted, until, strict=True)]
        first_end = [
            next((n for n in range(one + 1, other) if starts[n, row]), other)
            for one, other in zip(acted, until, strict=True)
        ]
        if len(ends):
            ends[-1] = bool(starts[acted[-1] + 1 :, row].any() or dones[row])
        alone = {
            "values": values[acted, row],
            "ratios": ratios[acted, row],
            "rewards": [rewards[one:end, row].sum() for one, end in zip(acted, first_end, strict=True)],
            "ends": ends,
            "last": last[row],
        }
        wanted = [by_definition(trace, alone, n) for n in range(len(acted))]
        np.testing.assert_allclose(targets[acted, row], wanted, rtol=1e-9)
        later = [*wanted[1:], last[row]]
        for n, step in enumerate(acted):
            expected = alone["rewards"][n] + (0.0 if ends[n] else 0.9 * later[n]) - alone["values"][n]
            assert advantages[step, row] == pytest.approx(min(alone["ratios"][n], 1.3) * expected)


def model(algorithm: str, gradient: str = "torch", **changes: Any) -> LaggedPPO:
    """In the airspace, eight worlds."""
    venv = ActiveVecNormalize(vectorize("airspace_v0", {"discount": 0.9}, 8, 0), norm_obs=False, gamma=0.9)
    kwargs = {"net_arch": [16], "activation_fn": "tanh"}
    made = make_model(algorithm, {**SETTINGS, "policy_kwargs": kwargs, **changes}, venv, 0, FACTS, gradient=gradient)
    assert isinstance(made, LaggedPPO)
    made.set_logger(Logger(folder=None, output_formats=[]))
    return made


def weights_of(own: Any) -> torch.Tensor:
    return torch.nn.utils.parameters_to_vector(own.policy.parameters()).detach().clone()


def known_numbers(own: Any) -> Any:
    """The value of an observation becomes 2 + its step, and every action nearly 0 (so that every reward is 1)."""
    with torch.no_grad():
        own.policy.value_net.weight[:] = torch.tensor([[1.0, 0.0]])
        own.policy.value_net.bias[:] = 2.0
        own.policy.action_net.weight[:] = own.policy.action_net.bias[:] = 0.0
        own.policy.log_std[:] = -30.0
    return own


def test_a_rollout_is_judged_with_cuts_bootstrapped_and_ends_not() -> None:
    """As the test of PPO's advantages: a arrives in step 2, b is inactive from 3 on, c is cut off in step 5.

    gamma 0.5, lambda 0: v = r + 0.5 V', of c's last step 1 + 0.5 * 7; the next episode's first step is 1 + 0.5 * 3.
    Advantages are r + 0.5 v' - V: of c's second step 1 + 0.5 * 3.5 - 3.
    """
    settings: dict[str, Any] = {"n_steps": 6, "batch_size": 6, "gamma": 0.5, "gae_lambda": 0.0}
    venv = general_road(partial(Leaving, DEFAULT_SCRIPT), 1, seed=0)
    own = known_numbers(make_model("appo", {**settings, "policy_kwargs": {"net_arch": []}}, venv, 0))
    _, callback = own._setup_learn(1000)
    own.collect_rollouts(own.env, callback, own.rollout_buffer, 6)
    buffer = own.rollout_buffer
    values = 2 + buffer.observations[buffer.active][:, 0]
    targets, _ = own.judged(np.arange(3), values, np.ones_like(values))
    found = np.zeros(buffer.active.shape)
    found[buffer.active] = targets
    wanted = np.array(
        [[2.5, 1, 0, 0, 0, 2.5], [2.5, 3, 1, 0, 0, 2.5], [2.5, 3, 3.5, 4, 4.5, 2.5]],
    )
    np.testing.assert_allclose(found.T, wanted, atol=1e-5)
    only_c, its_advantages = own.judged(np.array([2]), values[[2, 5, 7, 8, 9, 12]], np.ones(6, np.float32))
    np.testing.assert_allclose(only_c, wanted[2], atol=1e-5)
    np.testing.assert_allclose(its_advantages, [0.5, -0.25, -1.0, -1.75, -1.5, 0.5], atol=1e-5)


@pytest.mark.parametrize("algorithm", LAGGED)
def test_each_rollout_is_played_by_the_weights_that_the_iteration_before_began_with(algorithm: str) -> None:
    own, began, played = model(algorithm), list[torch.Tensor](), list[torch.Tensor]()
    train, play = own.train, LaggedPPO.play

    def spy_on_play(player: Any, *arguments: Any) -> Any:
        played.append(weights_of(player))
        return play(player, *arguments)

    def spy_on_train() -> None:
        began.append(weights_of(own))
        train()

    own.train = spy_on_train  # type: ignore[method-assign]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LaggedPPO, "play", spy_on_play)
        own.learn(600)
    assert len(played) == len(began) >= 4, "none is played that nothing is learned from"
    for iteration, weights in enumerate(played):
        assert torch.equal(weights, began[max(0, iteration - 1)])
    assert not torch.equal(began[0], began[1])


def slow(milliseconds: Callable[[], float]) -> Callable[[Any], None]:
    """Lets each step of a learner's worlds take longer."""

    def make_slow(own: Any) -> None:
        inner = own.env.venv.step_wait

        def step_wait() -> Any:
            time.sleep(milliseconds() / 1000.0)
            return inner()

        own.env.venv.step_wait = step_wait

    return make_slow


def slow_to_learn(own: Any) -> None:
    """Lets each judging take longer."""
    inner = own.judged

    def judged(*arguments: Any) -> Any:
        time.sleep(0.005)
        return inner(*arguments)

    own.judged = judged


RHYTHMS: dict[str, Callable[[Any], None]] = {
    "slow worlds": slow(lambda: 2.0),
    "worlds now slow, now quick": slow(lambda: float(np.random.default_rng().uniform(0, 4))),
    "slow learning": slow_to_learn,
}


@pytest.mark.parametrize("gradient", ["torch", "compiled"])
@pytest.mark.parametrize("algorithm", LAGGED)
def test_weights_do_not_depend_on_the_timing_nor_on_playing_beside(
    algorithm: str, gradient: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def learned(change: Callable[[Any], None] = lambda own: None) -> torch.Tensor:
        own = model(algorithm, gradient)
        assert own.gradient == gradient
        change(own)
        own.learn(600)
        return weights_of(own)

    plain = learned()
    assert all(torch.equal(learned(change), plain) for change in RHYTHMS.values())
    monkeypatch.setattr(rollouts, "_threads_can_meet", lambda: False)
    assert torch.equal(learned(), plain)


@pytest.mark.parametrize("algorithm", LAGGED)
def test_by_compiled_gradients_any_number_of_threads_gives_the_same_weights(algorithm: str) -> None:
    found = []
    for num_threads in (1, 2):
        set_num_threads(num_threads)
        own = model(algorithm, "compiled", batch_size=200)
        own.learn(600)
        found.append(weights_of(own))
    assert torch.equal(*found)


@pytest.mark.parametrize("changes", [{}, {"ent_coef": 0.02, "clip_rho": 1.2, "clip_c": 0.9, "max_std": 0.7}], ids=str)
@pytest.mark.parametrize("algorithm", LAGGED)
def test_training_by_compiled_gradients_is_that_by_torch_but_for_rounding(algorithm: str, changes: Any) -> None:
    compiled, by_torch = (model(algorithm, gradient, **changes).learn(400) for gradient in ("compiled", "torch"))
    assert (weights_of(compiled) - weights_of(model(algorithm))).abs().max() > 0.02, "nothing was learned"
    torch.testing.assert_close(weights_of(compiled), weights_of(by_torch), rtol=0, atol=1e-4)
    logged, wanted = compiled.logger.name_to_value, by_torch.logger.name_to_value
    assert {name for name in wanted if name.startswith("train/")} <= set(logged)
    for name in ("value_loss", "explained_variance", "std", "ratio", "ratio_clipped"):
        assert logged[f"train/{name}"] == pytest.approx(wanted[f"train/{name}"], rel=1e-2, abs=1e-4), name


@pytest.mark.parametrize("algorithm", LAGGED)
def test_where_who_learns_is_who_played_ratios_are_one_and_then_no_more(algorithm: str) -> None:
    own, told = model(algorithm, n_epochs=1, batch_size=10_000), list[float]()
    own.logger.dump = lambda step=0: told.append(own.logger.name_to_value.get("train/ratio", 1.0))  # type: ignore[method-assign]
    own.learn(600)
    assert told[1] == pytest.approx(1.0, abs=1e-5), "the first rollout, by the weights that learn from it"
    assert all(abs(ratio - 1.0) > 1e-5 for ratio in told[2:])


def test_a_fault_of_the_worlds_beside_is_told_and_nothing_goes_on() -> None:
    class Breaks(Leaving):
        """Raises in the ninth step of all."""

        steps = 0

        def step(self, actions: dict[str, Any]) -> Any:
            self.steps += 1
            if self.steps == 9:
                raise RuntimeError("broken")
            return super().step(actions)

    venv = ActiveVecNormalize(general_road(Breaks, 1, seed=0), gamma=0.9)
    learner = make_algorithm("impala", {"n_steps": 6, "batch_size": 8, "gamma": 0.9}, venv, 0, NO_FACTS)
    with pytest.raises(RuntimeError, match="broken"):
        learner.learn(1000, lambda own: None)
    learner.close()


def test_after_new_worlds_what_was_played_in_the_old_is_learned_from_first() -> None:
    def worlds(seed: int) -> Any:
        return vectorize("airspace_v0", {"discount": 0.9}, 8, seed)

    venv = ActiveVecNormalize(worlds(0), norm_obs=False, gamma=0.9)
    learner: Any = make_algorithm("appo", {**SETTINGS, "policy_kwargs": {"net_arch": [8]}}, venv, 0, FACTS)
    played: list[np.ndarray] = []
    learned_from: list[np.ndarray] = []

    def rows(buffer: Any) -> np.ndarray:
        obs = buffer.observations if buffer.observations.ndim == 2 else buffer.observations[buffer.active]
        return np.sort(obs, axis=0)

    def between(own: Any) -> None:
        if own.model._next is not None:
            played.append(rows(own.model._next))
            if len(played) == 1:
                own.move_to(worlds(1))
        if len(played) > 1:
            learned_from.append(rows(own.model.rollout_buffer))

    learner.learn(1000, between)
    assert len(learned_from) > 1
    for first, then in zip(played[:-1], learned_from, strict=True):
        assert np.array_equal(first, then)


def test_choices_are_drawn_as_often_as_they_are_likely() -> None:
    venv = general_road(partial(Choosing, {"a": (99, "terminated")}, max_steps=50), 40, seed=0)
    own: Any = make_model("impala", {"n_steps": 50, "batch_size": 50, "policy_kwargs": {"net_arch": []}}, venv, 0)
    with torch.no_grad():
        own.policy.action_net.weight[:] = 0.0
        own.policy.action_net.bias[:] = torch.tensor([0.0, 1.0])
    _, callback = own._setup_learn(1000)
    own.collect_rollouts(own.env, callback, own.rollout_buffer, 50)
    assert own.rollout_buffer.actions.mean() == pytest.approx(1 / (1 + np.exp(-1)), abs=0.03)  # 2000 draws
    chosen = own.rollout_buffer.actions[..., 0]
    np.testing.assert_allclose(np.exp(own.rollout_buffer.log_probs), np.where(chosen == 1, 0.7311, 0.2689), atol=1e-3)


@pytest.mark.parametrize(
    ("algorithm", "name", "value", "words"),
    [
        ("impala", "clip_rho", 0, r"here\.hyperparameters\.clip_rho: got 0, wanted a number above 0"),
        ("appo", "clip_c", "one", r"here\.hyperparameters\.clip_c: got 'one', wanted a number above 0"),
        ("appo", "clip_c", 1.5, r"here\.hyperparameters\.clip_c: got 1\.5, wanted at most clip_rho, 1\.0"),
        ("impala", "clip_range", 0.2, r"unknown 'clip_range'"),
        ("impala", "target_kl", 0.2, r"unknown 'target_kl'"),
        ("appo", "clip_range_vf", 0.2, r"unknown 'clip_range_vf'"),
        ("ppo", "clip_rho", 1.0, r"unknown 'clip_rho'"),
    ],
)
def test_hyperparameters_that_cannot_be_are_refused(algorithm: str, name: str, value: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_algorithm(algorithm, {name: value}, "here")
    check_algorithm("appo", {"clip_rho": 2.0, "clip_c": 1.5, "clip_range": 0.2}, "here")
