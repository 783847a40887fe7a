"""Behaviour cloning: what is dealt, what is learned, that it goes on exactly, and that PPO begins with it."""

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
from pipeline.algorithms.recorded import Dealer, Recorded, held_out
from pipeline.algorithms.table import make_algorithm
from pipeline.policies.deployed import TorchPolicy
from tests.envs.ground.leaving import Leaving
from tests.pipeline.algorithms.choosing import Choosing

COMMANDS = np.array([[0.0], [1.0]], np.float32)
KWARGS = {"net_arch": [16], "activation_fn": "tanh"}
BRIEF: dict[str, Any] = {
    **{"learning_rate": 0.01, "batch_size": 32, "gradient_steps": 5, "held_out": 0.2, "gamma": 0.9},
    **{"ent_coef": 0.0, "max_grad_norm": 0.5, "policy_kwargs": KWARGS},
}
BEGINNERS: dict[str, dict[str, Any]] = {"ppo": {"batch_size": 16}, "maskable_ppo": {"batch_size": 16}, "a2c": {}}


def recorded(chooses: bool = False, masked: bool = False, num_rows: int = 400) -> Recorded:
    """Who sees (s, n) does n / 2, or chooses 1 where n > 0; where that is not allowed, 0."""
    rng = np.random.default_rng(5)
    seen = rng.uniform(-1.0, 1.0, (num_rows, 2)).astype(np.float32) * np.array([6.0, 1.0], np.float32)
    episode = np.repeat(np.arange(num_rows // 10), 10)
    if not chooses:
        return Recorded(seen, seen[:, 1:] / 2.0, None, episode)
    done = (seen[:, 1] > 0.0).astype(np.int64)
    if not masked:
        return Recorded(seen, done, None, episode)
    allowed = np.stack([np.ones(num_rows, bool), seen[:, 0] > 0.0], axis=1)
    return Recorded(seen, done * allowed[:, 1], allowed, episode)


def learner(
    algorithm: str = "bc", seed: int = 0, data: Recorded | None = None, norm_obs: bool = False, **changes: Any
) -> Learner:
    data = recorded() if data is None and algorithm == "bc" else data
    chooses = (data is not None and data.action.ndim == 1) or algorithm == "maskable_ppo"
    worlds = general_road(partial(Choosing if chooses else Leaving), 2, seed)
    venv = ActiveVecNormalize(worlds, norm_obs=norm_obs, gamma=0.9)
    has = frozenset({"recordings"} if data else ())
    facts = Facts(commands=COMMANDS if chooses else None, recorded=data, has=has)
    brief = BRIEF if algorithm == "bc" else {"n_steps": 8, "gamma": 0.9, "policy_kwargs": KWARGS}
    return make_algorithm(algorithm, {**brief, **changes}, venv, seed, facts)


def nothing(learner: Learner) -> None:
    """Nothing to do at a boundary."""


def test_every_row_is_dealt_once_before_any_comes_again_and_each_time_in_another_order() -> None:
    rows = np.array([3, 5, 7, 9, 11])
    dealer = Dealer(rows, seed=0)
    dealt = np.concatenate([dealer.deal(3 * number, 3) for number in range(5)])
    orders = dealt.reshape(3, 5)
    assert [sorted(order) for order in orders.tolist()] == [rows.tolist()] * 3
    assert len({tuple(order) for order in orders.tolist()}) == 3
    assert Dealer(rows, seed=0).deal(6, 9).tolist() == dealt[6:].tolist(), "wherever it begins"
    assert Dealer(rows, seed=1).deal(0, 15).tolist() != dealt.tolist()


def test_whole_episodes_are_held_out_as_the_seed_says() -> None:
    episode = np.repeat(np.arange(20), 3)
    apart = held_out(episode, 0.25, seed=0)
    assert len(set(episode[apart])) == 5
    assert not set(episode[apart]) & set(episode[~apart])
    assert held_out(episode, 0.25, seed=0).tolist() == apart.tolist() != held_out(episode, 0.25, seed=1).tolist()
    assert not held_out(episode, 0.0, seed=0).any()
    assert len(set(episode[held_out(episode, 0.01, seed=0)])) == 1
    with pytest.raises(ValueError, match=r"held_out: got 0\.5, 1 of 1 episodes, wanted fewer, or more episodes"):
        held_out(np.zeros(3, int), 0.5, seed=0)


def test_who_clones_numbers_does_as_was_done() -> None:
    own, told = learner(), list[dict[str, Any]]()
    own.log_to(lambda figures, step: told.append(dict(figures)))
    own.learn(20_000, nothing)
    seen = recorded().observation[:50]
    np.testing.assert_allclose(TorchPolicy(own.actor()).act(seen, None), seen[:, 1:] / 2.0, atol=0.15)
    assert told[-1]["train/held_out_error"] < told[0]["train/held_out_error"] / 2
    assert told[-1]["train/held_out_loss"] < told[0]["train/held_out_loss"]


def test_who_clones_choices_chooses_as_was_done_among_those_that_were_allowed() -> None:
    data = recorded(chooses=True, masked=True)
    own = learner(data=data)
    own.learn(20_000, nothing)
    clear = np.abs(data.observation[:, 1]) > 0.3
    done = TorchPolicy(own.actor()).act(data.observation[clear], None, data.allowed[clear])[:, 0]  # type: ignore[index]
    assert (done == data.action[clear]).mean() > 0.9
    free = TorchPolicy(own.actor()).act(data.observation[clear], None)[:, 0]
    right = (free == (data.observation[clear, 1] > 0.0)).mean()
    assert right > 0.8, "where 1 was not allowed, 0 says nothing of what would have been done"


def test_the_loss_of_choices_is_their_cross_entropy_among_those_allowed() -> None:
    data = recorded(chooses=True, masked=True, num_rows=40)
    own: Any = learner(data=data)
    rows = np.arange(40)
    with torch.no_grad():
        loss, _ = own.model._judge(rows)
        logits = own.model.policy.get_distribution(torch.as_tensor(data.observation)).distribution.logits.numpy()
    assert data.allowed is not None
    weights = np.exp(logits) * data.allowed
    wanted = -np.log(weights[rows, data.action] / weights.sum(1))
    np.testing.assert_allclose(loss.numpy(), wanted, atol=1e-5)


def test_the_same_seed_gives_the_same_weights_and_another_others() -> None:
    weights = []
    for seed in (0, 0, 1):
        own = learner(seed=seed)
        own.learn(500, nothing)
        weights.append(own.weights())
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    assert any(not torch.equal(weights[0][name], weights[2][name]) for name in weights[0])


@pytest.mark.parametrize("norm_obs", [False, True])
def test_a_clone_stopped_at_a_boundary_goes_on_to_the_same_weights(norm_obs: bool) -> None:
    class Enough(Exception):  # noqa: N818
        """Ends the learning."""

    file = io.BytesIO()

    def stop(own: Learner) -> None:
        if own.num_timesteps >= 320:
            torch.save(own.state(), file)
            raise Enough

    whole = learner(norm_obs=norm_obs)
    whole.learn(1000, nothing)
    with pytest.raises(Enough):
        learner(norm_obs=norm_obs).learn(1000, stop)
    other = learner(norm_obs=norm_obs)
    other.restore(torch.load(io.BytesIO(file.getvalue()), weights_only=False))
    other.learn(1000, nothing)
    assert other.num_timesteps == whole.num_timesteps == 1120
    assert all(torch.equal(other.weights()[name], own) for name, own in whole.weights().items())


def test_a_boundary_comes_before_every_iteration_and_no_world_is_stepped() -> None:
    own, seen = learner(), list[int]()
    own.learn(400, lambda learner: seen.append(learner.num_timesteps))
    assert seen == [0, 160, 320]
    assert own.num_timesteps == 480
    assert own.world_steps == 0
    assert own.episodes() == {}


def test_the_normaliser_knows_what_was_recorded_and_nothing_of_the_worlds() -> None:
    data = recorded()
    own: Any = learner(norm_obs=True, data=data)
    before = own.model.env.statistics()
    own.learn(300, nothing)
    apart = held_out(data.episode, BRIEF["held_out"], 0)
    np.testing.assert_allclose(before["obs_mean"], data.observation[~apart].mean(0), atol=1e-3)
    for name, value in own.model.env.statistics().items():
        np.testing.assert_array_equal(value, before[name])


@pytest.mark.parametrize("algorithm", BEGINNERS)
def test_others_begin_with_what_was_cloned_and_act_alike(algorithm: str) -> None:
    data = recorded(chooses=algorithm == "maskable_ppo")
    old = learner(data=data, norm_obs=True)
    old.learn(2000, nothing)
    new = learner(algorithm, seed=1, norm_obs=True, **BEGINNERS[algorithm])
    seen = data.observation[:20]
    before = TorchPolicy(new.actor()).act(seen, None)
    assert new.begin_with(old.inheritance()) == ("weights", "normalizer")
    wanted = TorchPolicy(old.actor()).act(seen, None)
    np.testing.assert_allclose(TorchPolicy(new.actor()).act(seen, None), wanted, atol=1e-6)
    assert not np.allclose(before, wanted)
    new.learn(60, nothing)


def test_without_records_it_is_refused() -> None:
    worlds = ActiveVecNormalize(general_road(Leaving, 1, 0))
    wish = r"algorithm: bc needs recordings, .*, wanted records of it to learn from, as train\.records names them"
    with pytest.raises(ValueError, match=wish):
        make_algorithm("bc", BRIEF, worlds, 0)


def test_a_hyperparameter_that_is_missing_is_told() -> None:
    with pytest.raises(ValueError, match=r"hyperparameters: SharedCloning refuses .*held_out"):
        make_algorithm(
            *("bc", {name: value for name, value in BRIEF.items() if name != "held_out"}),
            *(ActiveVecNormalize(general_road(Leaving, 1, 0)), 0),
            Facts(recorded=recorded(), has=frozenset({"recordings"})),
        )
