"""The batch and its faces: equal bits alone or among others, sides with equal chances, and PettingZoo's own test."""

from __future__ import annotations

import numpy as np
import pytest
from pettingzoo.test import parallel_api_test
from planes_by_hand import scenario

import envs
from envs.ground.play import Episodes, Space, play
from envs.ground.world import DRAWN
from envs.swarm.baselines.room import BASELINES
from envs.swarm.scenarios.suite import SUITE
from envs.swarm.simulation.batch import SwarmBatch
from envs.swarm.simulation.compiled.choosing import KINDS
from envs.swarm.simulation.room import SIMULATION
from envs.swarm.simulation.settings import FAMILIES, SwarmSettings

SETTINGS = SwarmSettings()
SEEDS = np.arange(20, dtype=np.uint64) * np.uint64(977)


def played(rows: np.ndarray, num_steps: int = 25) -> dict[str, np.ndarray]:
    """All state after some steps of drawn episodes with these seeds, each by actions of its own seed."""
    batch = SwarmBatch(SETTINGS, len(rows), 0)
    batch.begin(np.arange(len(rows)), np.full(len(rows), DRAWN), SEEDS[rows])
    noise = [np.random.default_rng(int(seed)) for seed in SEEDS[rows]]
    for _ in range(num_steps):
        drawn = np.stack([rng.standard_normal((batch.num_slots, 3)) for rng in noise])
        batch.step(batch.choose(KINDS["mixed"], 3) + 0.5 * drawn)
    return {**batch.get_state(), "seen": batch.observation.copy()}


def test_a_world_is_bit_equal_alone_and_among_others() -> None:
    together = played(np.arange(20))
    for row in (0, 7, 19):
        alone = played(np.array([row]))
        for name, array in alone.items():
            if name not in ("worlds", "rng"):
                assert (together[name][row] == array[0]).all(), name


def test_a_saved_batch_goes_on_with_equal_bits() -> None:
    one, other = (SwarmBatch(SETTINGS, 4, seed) for seed in (1, 2))
    one.reset()
    one.step(one.choose(KINDS["forage"], 1))
    other.set_state(one.get_state())
    for batch in (one, other):
        for _ in range(5):
            batch.step(batch.choose(KINDS["mixed"], 1))
        batch.reset(np.array([2]))
    assert (one.observation == other.observation).all()
    assert (one.worlds.x_m == other.worlds.x_m).all()


def test_every_side_finds_what_the_others_find_turned_about_the_middle() -> None:
    values = {name: {"weight": float(name == "war"), **({"teams": {"low": 3, "high": 3}} if name == "war" else {})}
              for name in FAMILIES}  # fmt: skip
    batch = SwarmBatch(SwarmSettings.from_values({"families": values}), 8, 5)
    batch.reset()
    for w in range(8):
        world, resources = batch.worlds.state.worlds[w], batch.worlds.state.resources[w]
        lying = resources[: world["num_resources"]]
        place = (np.stack([lying["x_m"], lying["y_m"]], -1) - 0.5 * world["side_m"]).reshape(-1, 3, 2)
        turn = np.exp(2j * np.pi / 3)
        where = place[..., 0] + 1j * place[..., 1]
        assert np.allclose(where[:, 1:], where[:, :-1] * turn)
        agents = batch.worlds.state.agents[w][: world["num_agents"]].reshape(3, -1)
        assert (agents["mass_kg"] == agents["mass_kg"][0]).all()


def test_families_have_who_and_what_they_say() -> None:
    for name, family in FAMILIES.items():
        values = {other: {"weight": float(other == name)} for other in FAMILIES}
        batch = SwarmBatch(SwarmSettings.from_values({"families": values}), 16, 3)
        batch.reset()
        worlds = batch.worlds
        assert set(worlds.num_teams.tolist()) == {family.teams.low}
        assert (worlds.num_hives == {"each": family.teams.low, "first": 1, "none": 0}[family.hives]).all()
        assert worlds.num_resources.max() <= family.resources.high
        assert (worlds.num_resources.min() > 0) == (family.resources.low > 0)
        assert worlds.returns.tolist() == [family.returns] * 16
        needed = worlds.state.resources["needed"][:, 0]
        assert (needed >= 2).all() if family.heavy_share == 1.0 else True
    assert worlds.num_agents.tolist() == [14] * 16  # uneven: eight and six


def test_a_rule_has_the_other_sides_and_the_seed_says_which() -> None:
    settings = SwarmSettings.from_values({"opponent": {"kind": "raid"}})
    batch = SwarmBatch(settings, 64, 0)
    batch.reset()
    contest = batch.worlds.num_teams > 1
    assert set(batch.worlds.ours[contest].tolist()) == {0, 1}
    assert set(batch.worlds.ours[~contest].tolist()) == {-1}
    agents = np.arange(batch.num_slots) < batch.worlds.num_agents[:, None]
    mine = batch.present & contest[:, None]
    assert (mine.sum(1) * 2 == agents.sum(1) * contest).all()
    before = batch.worlds.x_m.copy()
    batch.step(np.zeros((64, batch.num_slots, 3)))
    moved = (batch.worlds.x_m != before) & contest[:, None]
    assert moved.any()
    assert not (moved & mine).any()


def test_the_environment_passes_pettingzoos_test_and_repeats_an_episode() -> None:
    environment = envs.make("swarm_v0", episode={"max_steps": 20})
    with pytest.warns(UserWarning, match="ignored"):
        parallel_api_test(environment, num_cycles=30)
    first, _ = environment.reset(options={"episode_seed": 7})
    again, infos = environment.reset(options={"episode_seed": 7})
    assert all((first[agent] == again[agent]).all() for agent in first)
    assert infos["agent_0"]["active"]


def test_rows_of_who_waits_are_paid_and_not_done() -> None:
    venv = envs.vectorize("swarm_v0", {"scenarios": [SUITE["gather_around"]]}, 2, 0)
    venv.reset()
    batch = venv.venv.batch
    batch.worlds.health[0, 0] = -1.0
    _, rewards, dones, _ = venv.step(np.zeros((venv.num_envs, 3), np.float32))
    assert rewards[0] == pytest.approx(-1.0 - 0.001 * 0.05 - 0.005 * 0.5)
    assert not dones.any()
    assert not venv.active[0]
    assert venv.active[1]


def test_rules_bring_home_what_they_can() -> None:
    space = Space(SIMULATION, SETTINGS, tuple(SUITE.values()))
    names = list(SUITE)
    episodes = Episodes.of_scenarios([names.index("gather_around"), names.index("heavy_pairs")], 1, 0)
    rules = BASELINES.make(BASELINES.settings())
    achieved = {name: play(space, episodes, rule).episodes["achieved"].tolist() for name, rule in rules.items()}
    assert achieved["assign"] == [1.0, 1.0]
    assert achieved["nothing"] == [0.0, 0.0]
    assert achieved["forage"][0] == 1.0


def test_a_scenario_with_overlapping_agents_is_refused() -> None:
    with pytest.raises(ValueError, match=r"scenario 'by_hand': agents: got one that overlaps another"):
        SwarmBatch(SETTINGS, 1, 0, scenarios=[scenario([(20.0, 30.0), (20.6, 30.0)])])
