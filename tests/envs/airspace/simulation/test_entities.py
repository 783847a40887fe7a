"""Observations as a dict: the numbers of `relative_cpa`, split up, at both faces."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pettingzoo.test import parallel_api_test
from stable_baselines3 import PPO

import envs
from envs import vectorize
from envs.airspace.simulation.compiled.observation import layout
from envs.airspace.simulation.entities import OTHER, Entities
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.rows.normalize import ActiveVecNormalize
from pipeline.algorithms.on_policy import ActiveRolloutBuffer
from tests.envs.airspace.simulation.worlds_by_hand import world

ENTITIES = {"observation": {"layout": "entities"}}
FLAT = {"observation": {"layout": "relative_cpa", "num_neighbours": 3}}
SHORT = {"episode": {"max_steps": 16}, "procedural": {"min_aircraft": 2, "max_aircraft": 4}}


def assert_split(seen: dict[str, np.ndarray], row: np.ndarray) -> None:
    """`row` is the flat observation of three neighbours."""
    np.testing.assert_array_equal(seen["own"], np.append(row[:6], row[27:]))
    neighbours = row[6:27].reshape(3, 7)
    np.testing.assert_array_equal(seen["mask"], neighbours[:, 0])
    np.testing.assert_array_equal(seen["others"], neighbours[:, 1:])


def test_the_flat_names_stand_where_they_are_split() -> None:
    for time_limit in ("bootstrap", "task"):
        settings = AirspaceSettings.from_values({**FLAT, "episode": {"time_limit": time_limit}})
        names = np.array(layout(settings))
        split = Entities(settings, 4).split(names)
        assert split["mask"].tolist() == [f"neighbour_{k}_presence" for k in range(3)]
        assert split["others"].tolist() == [[f"neighbour_{k}_{field}" for field in OTHER] for k in range(3)]
        assert ("remaining_time" in split["own"].tolist()) == (time_limit == "task")
        assert len(split["own"]) + split["others"].size + len(split["mask"]) == len(names)


@pytest.mark.parametrize("time_limit", ["bootstrap", "task"])
def test_an_agent_sees_the_numbers_of_relative_cpa_with_all_others(time_limit: str) -> None:
    rest: dict[str, Any] = {**SHORT, "episode": {"max_steps": 16, "time_limit": time_limit}}
    one, other = envs.make("airspace_v0", **ENTITIES, **rest), envs.make("airspace_v0", **FLAT, **rest)
    rng, present = np.random.default_rng(0), set[float]()
    for seed in range(4):
        seen, rows = one.reset(seed=seed)[0], other.reset(seed=seed)[0]
        while one.agents:
            assert seen.keys() == rows.keys()
            for agent, entities in seen.items():
                assert one.observation_space(agent).contains(entities)
                assert_split(entities, rows[agent])
                present.add(float(entities["mask"].sum()))
            actions = {agent: rng.uniform(-1, 1, 2).astype(np.float32) for agent in one.agents}
            seen, rows = one.step(actions)[0], other.step(actions)[0]
    assert {1.0, 3.0} <= present


def test_every_other_aircraft_is_seen_however_many_there_are() -> None:
    rows = [(10.0 * a, 0.0, 0.0, 10.0 * a, 40.0) for a in range(16)]  # the largest room that other tests compile for
    batch = world(*rows, **ENTITIES)
    seen = Entities(batch.settings, 16).split(batch.worlds.observation[0])
    assert seen["others"].shape == (16, 15, len(OTHER))
    assert (seen["mask"] == 1.0).all()
    right = seen["others"][0, :, OTHER.index("position_right")]
    np.testing.assert_allclose(right, np.minimum(10.0, 10.0 * np.arange(1, 16) / 15.0), rtol=1e-6)


def test_an_aircraft_alone_sees_one_masked_place() -> None:
    batch = world((0.0, 0.0, 0.0, 0.0, 40.0), **ENTITIES)
    seen = Entities(batch.settings, 1).split(batch.worlds.observation)
    assert seen["mask"].tolist() == [[[0.0]]]
    assert seen["others"].shape == (1, 1, 1, len(OTHER))


@pytest.mark.filterwarnings("ignore:reset.options")
def test_it_passes_pettingzoos_api_test() -> None:
    parallel_api_test(envs.make("airspace_v0", **ENTITIES), num_cycles=250)


def test_the_vectorised_rows_are_those_of_the_flat_layout_split_up() -> None:
    one, other = (vectorize("airspace_v0", {**layout, **SHORT}, 3, 7) for layout in (ENTITIES, FLAT))
    seen, rows = one.reset(), other.reset()
    rng, ends = np.random.default_rng(0), 0
    for _ in range(40):
        for row in range(12):
            assert one.observation_space.contains({name: part[row] for name, part in seen.items()})
            assert_split({name: part[row] for name, part in seen.items()}, rows[row])
        actions = rng.uniform(-1, 1, (12, 2)).astype(np.float32)
        seen, rewards, dones, infos = one.step(actions)
        rows, other_rewards, other_dones, other_infos = other.step(actions)
        np.testing.assert_array_equal(rewards, other_rewards)
        np.testing.assert_array_equal(dones, other_dones)
        for row in np.flatnonzero(dones):
            ends += 1
            assert_split(infos[row]["terminal_observation"], other_infos[row]["terminal_observation"])
            assert_split({name: part[row] for name, part in one.terminal_obs.items()}, other.terminal_obs[row])
    assert ends >= 24


def test_what_was_returned_is_not_written_over() -> None:
    venv = vectorize("airspace_v0", ENTITIES, 2, 0)
    first = venv.reset()
    kept = {name: part.copy() for name, part in first.items()}
    venv.step(np.ones((venv.num_envs, 2), np.float32))
    for name, part in first.items():
        np.testing.assert_array_equal(part, kept[name])


def test_stable_baselines_learns_with_its_multi_input_policy() -> None:
    venv = vectorize("airspace_v0", {**ENTITIES, **SHORT}, 2, 0)
    model = PPO("MultiInputPolicy", venv, n_steps=24, batch_size=64, n_epochs=1, seed=0)
    before = [weights.detach().clone() for weights in model.policy.parameters()]
    model.learn(400)
    assert any((now != then).any() for now, then in zip(model.policy.parameters(), before, strict=True))


def test_our_normaliser_and_our_learner_refuse_a_dict_by_name() -> None:
    venv = vectorize("airspace_v0", ENTITIES, 2, 0)
    with pytest.raises(ValueError, match=r"observations: ActiveVecNormalize wanted rows of numbers \(Box\), got Dict"):
        ActiveVecNormalize(venv)
    with pytest.raises(ValueError, match=r"observations: ActiveRolloutBuffer wanted rows of numbers \(Box\), got Dict"):
        ActiveRolloutBuffer(4, venv.observation_space, venv.action_space)
