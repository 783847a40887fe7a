"""Learning from records and their rewards: what is learned from, towards what, that it goes on exactly, who goes on."""

from __future__ import annotations

import io
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.rows.vectorize import general_road
from pipeline.algorithms.learner import Facts, Learner
from pipeline.algorithms.offline.implicit import expectile_loss
from pipeline.algorithms.recorded import Recorded, Transitions
from pipeline.algorithms.table import check_algorithm, make_algorithm
from pipeline.policies.deployed import TorchPolicy
from tests.envs.ground.leaving import Leaving
from tests.pipeline.algorithms.choosing import Choosing

COMMANDS = np.array([[0.0], [1.0]], np.float32)
BRIEF: dict[str, Any] = {
    **{"learning_rate": 0.003, "batch_size": 64, "gradient_steps": 5, "held_out": 0.1, "gamma": 0.9, "tau": 0.05},
    **{"max_grad_norm": 10.0, "policy_kwargs": {"net_arch": [16], "activation_fn": "relu"}},
}
OWN: dict[str, dict[str, Any]] = {
    "cql": {"conservative_weight": 0.5},
    "iql": {"expectile": 0.8, "inverse_temperature": 10.0},
}
ALGORITHMS = [(name, chooses) for name in OWN for chooses in (False, True)]
ROWS = 600


def mixed(chooses: bool = False, masked: bool = False) -> Recorded:
    """Half of those who see (s, n) do n / 2, or choose 1 where n > 0, which pays best; the others do anything."""
    rng = np.random.default_rng(5)
    seen = rng.uniform(-1.0, 1.0, (ROWS, 2)).astype(np.float32)
    good, allowed = rng.random(ROWS) < 0.5, None
    best = (seen[:, 1] > 0.0).astype(np.int64) if chooses else seen[:, 1:] / 2.0
    drawn = rng.integers(0, 2, ROWS) if chooses else rng.uniform(-1.0, 1.0, (ROWS, 1)).astype(np.float32)
    done = np.where(good if chooses else good[:, None], best, drawn)
    if masked:
        allowed = np.stack([np.ones(ROWS, bool), seen[:, 0] > 0.0], axis=1)
        done = done * allowed[:, 1]
    paid = 1.0 - np.abs(done - best).reshape(ROWS)
    came = Transitions(paid.astype(np.float32), np.arange(ROWS), np.ones(ROWS, bool))
    return Recorded(seen, done, allowed, np.repeat(np.arange(ROWS // 10), 10), came)


def learner(algorithm: str, data: Recorded, seed: int = 0, *, norm: bool = False, **changes: Any) -> Learner:
    chooses = data.action.ndim == 1
    worlds = general_road(partial(Choosing if chooses else Leaving), 2, seed)
    venv = ActiveVecNormalize(worlds, norm_obs=norm, norm_reward=norm, gamma=0.9)
    facts = Facts(commands=COMMANDS if chooses else None, recorded=data, has=frozenset({"recordings", "transitions"}))
    return make_algorithm(algorithm, {**BRIEF, **OWN.get(algorithm, {}), **changes}, venv, seed, facts)


def nothing(learner: Learner) -> None:
    """Nothing to do at a boundary."""


def in_a_row(paid: list[float], ends: str) -> Recorded:
    """An agent's rows, one after the other, which see (number, 0) and do 0; the last one terminates or is cut off."""
    count = len(paid)
    seen = np.stack([np.arange(count), np.zeros(count)], 1).astype(np.float32)
    came = Transitions(np.array(paid, np.float32), np.minimum(np.arange(count) + 1, count - 1), np.zeros(count, bool))
    came.terminated[-1] = ends == "terminated"
    return Recorded(seen, np.zeros((count, 1), np.float32), None, np.zeros(count, np.int64), came)


def test_returns_add_up_along_each_agents_rows() -> None:
    came = Transitions(np.array([1, 10, 2, 20, 3], np.float32), np.array([2, 3, 4, 3, 4]), np.zeros(5, bool))
    assert came.returns(0.5).tolist() == [1.0, 10.0, 2.5, 25.0, 4.25]


def test_an_expectile_weighs_what_is_above_more() -> None:
    loss = expectile_loss(torch.tensor([2.0, -2.0, 0.0]), 0.9)
    assert loss.tolist() == pytest.approx([3.6, 0.4, 0.0])


@pytest.mark.parametrize("algorithm", OWN)
def test_where_a_time_ended_nothing_comes_after_and_what_was_cut_off_is_left_out(algorithm: str) -> None:
    model: Any = learner(algorithm, in_a_row([1.0, 2.0, 4.0], "terminated"), held_out=0.0).model  # type: ignore[attr-defined]
    reward, following, discount = model.what_came(np.array([0, 2]))
    assert reward.tolist() == [1.0, 4.0]
    assert following.tolist() == [1, 2]
    assert discount.tolist() == pytest.approx([0.9, 0.0])
    assert model._wanted(np.array([2])).flatten().tolist() == [4.0]
    cut: Any = learner(algorithm, in_a_row([1.0, 2.0, 4.0], "truncated"), held_out=0.0).model  # type: ignore[attr-defined]
    assert sorted(cut._dealer.deal(0, 4).tolist()) == [0, 0, 1, 1]


def test_iql_is_taught_a_rows_reward_and_the_next_ones_value() -> None:
    model: Any = learner("iql", in_a_row([1.0, 2.0], "terminated"), held_out=0.0).model  # type: ignore[attr-defined]
    with torch.no_grad():
        value = float(model.policy.predict_values(torch.tensor([[1.0, 0.0]])))
    assert model._wanted(np.array([0])).tolist() == pytest.approx([1.0 + 0.9 * value])


def test_cql_pays_for_what_all_allowed_choices_seem_worth_beyond_the_one_that_was_taken() -> None:
    data = mixed(chooses=True, masked=True)
    model: Any = learner("cql", data).model  # type: ignore[attr-defined]
    rows = np.arange(40)
    with torch.no_grad():
        values = model.policy.q_net(torch.as_tensor(data.observation[rows])).numpy().astype(np.float64)
    assert data.allowed is not None
    all_of_them = np.log((np.exp(values) * data.allowed[rows]).sum(1))
    wanted = (all_of_them - values[rows, data.action[rows]]).mean()
    assert model.learn_from(rows)["conservative_loss"] == pytest.approx(wanted, abs=1e-5)


def test_cql_estimates_the_sum_over_all_numbers() -> None:
    """Of a critic that says the action itself, the log of the integral of exp(a) over [-1, 1] is that of e - 1/e."""
    model: Any = learner("cql", mixed(), num_actions=4000).model  # type: ignore[attr-defined]
    model.policy.critic.q_networks = [lambda inputs: inputs[..., -1:]] * 2
    seen = model.seen(np.arange(5))
    beyond = model._beyond(seen, seen, torch.zeros(5, 2))
    assert float(beyond) == pytest.approx(np.log(3 * (np.e - 1.0 / np.e) * 4000), abs=0.05)


@pytest.mark.parametrize(("algorithm", "chooses"), ALGORITHMS)
def test_who_knows_what_was_paid_does_what_paid_best_where_a_clone_does_what_most_did(
    algorithm: str, chooses: bool
) -> None:
    data = mixed(chooses)
    fewer: dict[str, Any] = {"num_actions": 3} if (algorithm, chooses) == ("cql", False) else {}
    own = learner(algorithm, data, learning_rate=0.01, **fewer)
    own.learn(64 * 200, nothing)
    did = TorchPolicy(own.actor()).act(data.observation, None)[:, 0]
    best = (data.observation[:, 1] > 0.0) if chooses else data.observation[:, 1] / 2.0
    missed = np.abs(did - best).mean()
    assert missed < (0.1 if chooses else 0.12), "who does the mean of both misses 0.125, who draws 0.53 or 0.5"


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize(("algorithm", "chooses"), ALGORITHMS)
def test_who_was_stopped_at_a_boundary_goes_on_to_the_same_weights(algorithm: str, chooses: bool, norm: bool) -> None:
    class Enough(Exception):  # noqa: N818
        """Ends the learning."""

    file, data = io.BytesIO(), mixed(chooses, masked=chooses)

    def stop(own: Learner) -> None:
        if own.num_timesteps >= 640:
            torch.save((own.state(), torch.get_rng_state()), file)
            raise Enough

    def new() -> Learner:
        return learner(algorithm, data, norm=norm)

    whole = new()
    whole.learn(2000, nothing)
    with pytest.raises(Enough):
        new().learn(2000, stop)
    other = new()
    state, generator = torch.load(io.BytesIO(file.getvalue()), weights_only=False)
    other.restore(state)
    torch.set_rng_state(generator)
    other.learn(2000, nothing)
    assert other.num_timesteps == whole.num_timesteps
    assert all(torch.equal(other.weights()[name], own) for name, own in whole.weights().items())
    another = learner(algorithm, data, 1, norm=norm)
    another.learn(2000, nothing)
    assert any(not torch.equal(another.weights()[name], own) for name, own in whole.weights().items())


def test_rewards_are_normalised_as_records_vary() -> None:
    data = mixed()
    model: Any = learner("iql", data, norm=True).model  # type: ignore[attr-defined]
    assert data.transitions is not None
    deviation = data.transitions.reward.std()
    np.testing.assert_allclose(model._reward, data.transitions.reward / deviation, rtol=1e-2)


GOES_ON = {"ppo": ("iql", False), "maskable_ppo": ("iql", True), "sac": ("cql", False), "dqn": ("cql", True)}


@pytest.mark.parametrize("algorithm", GOES_ON)
def test_others_begin_with_what_was_learned_from_records_and_act_alike(algorithm: str) -> None:
    name, chooses = GOES_ON[algorithm]
    data = mixed(chooses)
    old = learner(name, data, norm=True)
    old.learn(1000, nothing)
    worlds = general_road(partial(Choosing if chooses else Leaving), 2, 1)
    venv = ActiveVecNormalize(worlds, norm_obs=True, gamma=0.9)
    hyperparameters = {"batch_size": 16, "gamma": 0.9, "policy_kwargs": BRIEF["policy_kwargs"]}
    hyperparameters |= {"n_steps": 8} if "ppo" in algorithm else {"learning_starts": 10}
    new = make_algorithm(algorithm, hyperparameters, venv, 1, Facts(commands=COMMANDS if chooses else None))
    coefficients = ("log_ent_coef",) if algorithm == "sac" else ()
    assert new.begin_with(old.inheritance()) == ("weights", *coefficients, "normalizer")
    seen = data.observation[:20]
    wanted = TorchPolicy(old.actor()).act(seen, None)
    np.testing.assert_allclose(TorchPolicy(new.actor()).act(seen, None), wanted, atol=1e-6)
    new.learn(60, nothing)


@pytest.mark.parametrize("algorithm", OWN)
def test_records_that_do_not_tell_what_came_of_it_are_refused(algorithm: str) -> None:
    worlds = ActiveVecNormalize(general_road(Leaving, 1, 0))
    facts = Facts(recorded=mixed(), has=frozenset({"recordings"}))
    with pytest.raises(ValueError, match=rf"algorithm: {algorithm} needs transitions, .*, wanted records that tell"):
        make_algorithm(algorithm, BRIEF | OWN[algorithm], worlds, 0, facts)


def test_records_of_which_all_was_cut_off_are_refused() -> None:
    with pytest.raises(ValueError, match=r"train\.records: got no row of which it is known what came of it"):
        learner("cql", in_a_row([1.0], "truncated"), held_out=0.0)


def test_what_is_of_numbers_alone_is_refused_where_agents_choose() -> None:
    with pytest.raises(ValueError, match=r"hyperparameters\.num_actions: got discrete actions, wanted continuous"):
        learner("cql", mixed(chooses=True), num_actions=5)


@pytest.mark.parametrize(
    ("algorithm", "name", "value", "wish"),
    [
        ("iql", "expectile", 1.0, "a number between 0 and 1"),
        ("iql", "inverse_temperature", -1.0, "a number of 0 or more"),
        ("cql", "conservative_weight", -0.5, "a number of 0 or more"),
        ("cql", "num_actions", 0, "a whole number of 1 or more"),
        ("cql", "tau", 1.5, "a number from 0 to 1"),
        ("cql", "ent_coef", "often", "a number of 0 or more"),
    ],
)
def test_values_that_cannot_be_are_refused(algorithm: str, name: str, value: Any, wish: str) -> None:
    with pytest.raises(ValueError, match=rf"here\.hyperparameters\.{name}: got .*, wanted {wish}"):
        check_algorithm(algorithm, {name: value}, "here")
