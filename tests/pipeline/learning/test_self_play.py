"""One team learns, a pool has the others: who is drawn, whose rows are learned from; and it goes on exactly."""

from __future__ import annotations

import pickle
from collections import Counter
from typing import Any

import numpy as np
import pytest
import torch
from conftest import ROOT

from envs.ground.doors import simulation
from envs.ground.play import Episodes
from envs.ground.rows.normalize import ActiveVecNormalize
from envs.swarm.simulation.room import SIMULATION as SWARM
from pipeline.algorithms.learner import Learner
from pipeline.algorithms.table import make_algorithm
from pipeline.learning.assignment import Assignment, make_learner
from pipeline.learning.self_play import LATEST, Contests, Pool, against, pool_for
from pipeline.policies.network import DeployedNetwork
from pipeline.settings.params import read_params, train_settings
from pipeline.settings.train import SelfPlay
from tests.envs.swarm.small_wars import small_wars

TWO_TEAMS = np.array([0, 1])


def wanted(**changes: Any) -> SelfPlay:
    return SelfPlay.model_validate(
        {"window": 2, "swap_steps": 100, "latest_share": 0.5, "rules": ("forage",), **changes}
    )


def actor(seed: int = 0) -> DeployedNetwork:
    """An untrained one."""
    venv = ActiveVecNormalize(SWARM.vectorized(small_wars(), 1, seed=0), gamma=0.9)
    return make_algorithm(
        "ppo", {"n_steps": 8, "batch_size": 16, "policy_kwargs": {"net_arch": [8]}}, venv, seed
    ).actor()


def drawn(pool: Pool, num: int = 400) -> Counter[tuple[int, str]]:
    return Counter(pool.draw(world, episode, TWO_TEAMS) for world in range(20) for episode in range(num // 20))


def test_ages_join_every_swap_steps_and_the_oldest_leaves() -> None:
    pool, own = Pool(wanted(), 0), actor()
    seen = []
    for steps in (0, 60, 110, 150, 230, 300):
        pool.meet(steps, own)
        seen.append(list(pool.ages))
    assert seen == [["0"], ["0"], ["0", "110"], ["0", "110"], ["110", "230"], ["110", "230"]]


def test_all_ages_and_rules_are_drawn_alike_beside_the_share_of_the_latest_and_teams_too() -> None:
    pool = Pool(wanted(), 0)
    for steps in (0, 100):
        pool.meet(steps, actor())
    found = drawn(pool, 4000)
    by_name = Counter({name: sum(n for (_, own), n in found.items() if own == name) for _, name in found})
    assert set(by_name) == {LATEST, "0", "100", "forage"}
    assert by_name[LATEST] / 4000 == pytest.approx(0.5, abs=0.03)
    assert all(by_name[name] / 4000 == pytest.approx(1 / 6, abs=0.03) for name in ("0", "100", "forage"))
    assert sum(n for (team, _), n in found.items() if team == 0) / 4000 == pytest.approx(0.5, abs=0.03)


def test_what_is_drawn_follows_from_seed_world_and_episode() -> None:
    assert drawn(Pool(wanted(), 3)) == drawn(Pool(wanted(), 3))
    one, other = ([Pool(wanted(), seed).draw(w, e, TWO_TEAMS) for w in range(5) for e in range(5)] for seed in (3, 4))
    assert one != other


def test_where_there_is_nobody_else_the_latest_plays() -> None:
    assert {name for _, name in drawn(Pool(wanted(rules=(), latest_share=0.0), 0))} == {LATEST}


def test_an_age_that_left_the_window_plays_its_episode_to_the_end() -> None:
    pool = Pool(wanted(window=1), 0)
    for steps in (0, 100):
        pool.meet(steps, actor())
    pool.keep({"0"})
    assert set(pool.state()["networks"]) == {LATEST, "0", "100"}
    pool.keep(set())
    assert set(pool.state()["networks"]) == {LATEST, "100"}


def contests(num_worlds: int = 8, **changes: Any) -> tuple[Any, Contests]:
    pool = Pool(wanted(**changes), 0)
    pool.meet(0, actor())
    rows = against(pool, SWARM.vectorized(small_wars(), num_worlds, seed=0))
    rows.reset()
    inner: Any = rows.venv
    return rows, inner


def test_only_the_rows_of_one_team_of_each_world_are_the_learners() -> None:
    rows, inner = contests()
    batch, teams = inner._batch, set[int]()
    for _ in range(30):
        for world, active in enumerate(rows.active.reshape(8, -1)):
            own = set(batch.team[world][active].tolist())
            assert len(own) <= 1
            teams |= own
        rows.step(np.zeros((rows.num_envs, 3), np.float32))
    assert teams == {0, 1}


def test_others_do_what_the_rule_does_and_ours_what_is_asked() -> None:
    rows, inner = contests(latest_share=0.0, window=1, rules=("raid",))
    pool = inner._pool
    pool.ages = []
    inner._opponents = ["raid"] * 8
    told, asked = list[np.ndarray](), np.full((rows.num_envs, 3), 0.25, np.float32)
    inner._inner.step_async, before = told.append, inner._batch.by_rule("raid")
    inner.step_async(asked)
    (done,) = (own.reshape(8, -1, 3) for own in told)
    others = inner._batch.active & ~rows.active.reshape(8, -1)
    assert others.any()
    np.testing.assert_array_equal(done[others], before[others].astype(np.float32))
    assert (done[rows.active.reshape(8, -1)] == 0.25).all()


def learner_of(pool: Pool) -> Learner:
    venv = ActiveVecNormalize(against(pool, SWARM.vectorized(small_wars(), 6, seed=0)), gamma=0.9)
    settings = {"n_steps": 16, "batch_size": 64, "gamma": 0.9, "policy_kwargs": {"net_arch": [8]}}
    return make_algorithm("ppo", settings, venv, 0)


def test_learning_goes_on_from_its_state_to_the_same_weights_with_the_same_pool() -> None:
    """The state is taken amid episodes, when there are ages, and goes through what a checkpoint writes."""
    kept = dict[str, Any]()
    pool = Pool(wanted(), 0)

    def keep(own: Learner) -> None:
        pool.meet(own.num_timesteps, own.actor())
        if own.num_timesteps > 400 and not kept:
            kept["state"] = pickle.dumps(own.state())
            kept["torch"] = torch.get_rng_state()

    whole = learner_of(pool)
    whole.learn(1000, keep)
    other = Pool(wanted(), 0)
    again = learner_of(other)
    state = pickle.loads(kept["state"])
    again.restore(state)
    torch.set_rng_state(kept["torch"])
    again.learn(1000, lambda own: other.meet(own.num_timesteps, own.actor()))
    assert len(pool.ages) == 2
    assert other.ages == pool.ages
    ours, theirs = again.weights(), whole.weights()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_nothing_is_learned_from_rows_of_opponents() -> None:
    pool = Pool(wanted(), 0)
    learner: Any = learner_of(pool)
    learner.learn(1, lambda own: pool.meet(own.num_timesteps, own.actor()))
    buffer = learner.model.rollout_buffer
    assert 0 < buffer.active.sum() == learner.num_timesteps
    assert not buffer.rewards[~buffer.active].any()
    assert buffer.active.mean() < 0.5


@pytest.mark.parametrize(
    ("world", "settings", "changes", "said"),
    [
        (
            "pettingzoo",
            {"module": "mpe2.simple_spread_v3"},
            {},
            r"train\.self_play: got a world in which agents are of 1",
        ),
        ("swarm", {"opponent": {"kind": "mixed"}}, {}, r"train\.self_play: got a world in which agents are of 1 team"),
        ("swarm", {}, {"rules": ("forrage",)}, r"train\.self_play\.rules: unknown 'forrage', did you mean 'forage'"),
    ],
)
def test_what_cannot_be_is_refused(world: str, settings: dict[str, Any], changes: dict[str, Any], said: str) -> None:
    room = simulation(world)
    with pytest.raises(ValueError, match=said):
        pool_for(wanted(**changes), room, room.settings.from_values(settings), 0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"algorithm": "bc", "records": "mvp"}, r"train\.self_play: got bc, which learns in no world, wanted none"),
        (
            {"algorithm": "mappo", "hyperparameters": {"critic_sees": "world", "gamma": 0.9}},
            r"critic_sees: got world with train\.self_play, wanted own or team",
        ),
    ],
)
def test_what_would_do_nothing_is_refused(changes: dict[str, Any], said: str) -> None:
    train = train_settings(read_params(ROOT / "params.yaml"), "swarm", "generic")
    settings, nothing = small_wars(), Episodes.drawn(np.zeros(0, np.uint64))
    asked = train.model_copy(update={**changes, "self_play": wanted()})
    with pytest.raises(ValueError, match=said):
        make_learner(Assignment(asked, SWARM, settings, settings, settings, 0, (), nothing))


def test_a_learner_that_remembers_is_refused() -> None:
    train = train_settings(read_params(ROOT / "params.yaml"), "swarm", "generic")
    own = {"n_steps": 8, "batch_size": 16, "gamma": 0.9, "policy_kwargs": {"lstm_hidden_size": 4, "net_arch": [4]}}
    changes = {"algorithm": "recurrent_ppo", "hyperparameters": own, "num_worlds": 2, "self_play": wanted()}
    settings, nothing = small_wars(), Episodes.drawn(np.zeros(0, np.uint64))
    pool = pool_for(wanted(), SWARM, settings, 0)
    asked = Assignment(train.model_copy(update=changes), SWARM, settings, settings, settings, 0, (), nothing, pool=pool)
    with pytest.raises(ValueError, match=r"train\.self_play: got recurrent_ppo, which remembers 8 numbers"):
        make_learner(asked)
