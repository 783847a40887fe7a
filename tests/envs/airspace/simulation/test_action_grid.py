"""The grid of discrete actions: what each choice commands, and who may choose it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pettingzoo.test import parallel_api_test
from pydantic import ValidationError
from stable_baselines3.common.vec_env import VecEnv

import envs
from envs import vectorize
from envs.airspace.simulation.action_grid import ActionGrid, commands_of
from envs.airspace.simulation.settings import Actions
from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.rows.vectorize import SharedPolicyVecEnv, general_road
from tests.envs.airspace.simulation.worlds_by_hand import world

DISCRETE = {"actions": {"kind": "discrete"}}
SLOWER, SAME, FASTER = 6, 7, 8
"""Choices that keep the heading, of the default grid."""


def test_the_default_grid_has_every_pair_of_changes_in_order() -> None:
    commands = ActionGrid(Actions()).commands
    assert commands.shape == (15, 2)
    assert commands.dtype == np.float32
    assert commands[:, 0].tolist() == np.repeat([-1.0, -0.5, 0.0, 0.5, 1.0], 3).tolist()
    assert commands[:, 1].tolist() == [-1.0, 0.0, 1.0] * 5


def test_only_the_choice_without_changes_is_no_change() -> None:
    assert np.flatnonzero(ActionGrid(Actions()).no_change).tolist() == [SAME]
    moved = Actions(heading_changes_deg=(0.0, 9.0), speed_changes_kt=(5.0, 0.0))
    assert np.flatnonzero(ActionGrid(moved).no_change).tolist() == [1]


def test_continuous_actions_have_no_commands() -> None:
    assert commands_of(Actions()) is None
    assert commands_of(Actions(kind="discrete")) is not None


@given(st.floats(0.1, 180.0), st.floats(0.0, 1.0))
def test_the_smallest_change_that_counts_is_never_rounded_below_it(largest: float, share: float) -> None:
    smallest = max(share * largest, 1e-3)
    actions = Actions(
        kind="discrete",
        max_heading_change_deg=largest,
        min_heading_change_deg=smallest,
        heading_changes_deg=(-smallest, 0.0),
    )
    turn = float(ActionGrid(actions).commands[0, 0])
    assert turn >= -1.0
    assert -turn * largest >= smallest
    assert -turn * largest == pytest.approx(smallest, rel=1e-6)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"heading_changes_deg": [-9.0, 9.0]}, r"heading_changes_deg: got \[-9.0, 9.0\], wanted .* 0 among them"),
        ({"speed_changes_kt": [0.0, 5.0, 5.0]}, r"speed_changes_kt: got .*, wanted each change once"),
        ({"heading_changes_deg": [0.0, -19.0]}, r"heading_changes_deg: got -19, wanted 0, or 3 to 18 either way"),
        ({"speed_changes_kt": [0.0, 2.0]}, r"speed_changes_kt: got 2, wanted 0, or 3 to 10 either way"),
        ({"speed_changes_kt": []}, "at least 1"),
        ({"kind": "both"}, "'continuous' or 'discrete'"),
    ],
)
def test_a_grid_that_cannot_be_flown_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Actions.from_values({"kind": "discrete", **values})


def test_a_grid_beyond_the_limits_is_no_mistake_where_actions_are_continuous() -> None:
    assert Actions(max_heading_change_deg=5.0).heading_changes_deg[0] == -18.0


def masks(cas_kt: float, **settings: Any) -> np.ndarray:
    """(n,) of one steady aircraft, which flies at 100 to 400 kt."""
    batch = world((0.0, 0.0, 0.0, 0.0, 40.0), cas_kt=cas_kt, **settings)
    return ActionGrid(batch.settings.actions).allowed(batch.worlds)[0, 0]


@pytest.mark.parametrize(
    ("cas_kt", "allowed"),
    [
        (250.0, [True, True, True]),
        (110.0, [True, True, True]),
        (109.0, [False, True, True]),
        (390.0, [True, True, True]),
        (391.0, [True, True, False]),
        (400.0, [True, True, False]),
    ],
)
def test_speeds_beyond_the_aircrafts_range_are_masked_at_every_heading(cas_kt: float, allowed: list[bool]) -> None:
    assert masks(cas_kt).reshape(5, 3).tolist() == [allowed] * 5


def test_outside_of_a_narrowed_range_a_change_back_is_allowed() -> None:
    """Half of 100..400 kt about its middle is 175..325 kt."""
    narrowed = {"disturbance": {"speed_range": 0.5}}
    assert masks(350.0, **narrowed)[[SLOWER, SAME, FASTER]].tolist() == [True, True, False]
    assert masks(150.0, **narrowed)[[SLOWER, SAME, FASTER]].tolist() == [False, True, True]


def test_who_has_arrived_or_never_was_can_only_change_nothing() -> None:
    batch = world((0.0, 0.0, 0.0, 0.0, 1.5), (20.0, 0.0, 0.0, 20.0, 40.0), **DISCRETE)
    grid = ActionGrid(batch.settings.actions)
    assert grid.allowed(batch.worlds)[0].all()
    batch.step(np.zeros((1, 2, 2)))
    assert batch.worlds.arrived[0].tolist() == [True, False]
    assert np.flatnonzero(grid.allowed(batch.worlds)[0, 0]).tolist() == [SAME]
    assert grid.allowed(batch.worlds)[0, 1].all()


@pytest.mark.filterwarnings("ignore:reset.options")
def test_the_discrete_airspace_passes_pettingzoos_api_test() -> None:
    parallel_api_test(envs.make("airspace_v0", **DISCRETE), num_cycles=250)


def test_each_info_says_what_may_be_chosen_next() -> None:
    env = envs.make("airspace_v0", **DISCRETE)
    _, infos = env.reset(seed=0)
    while env.agents:
        for agent, info in infos.items():
            assert info["action_mask"].dtype == np.int8
            np.testing.assert_array_equal(info["action_mask"], env.action_masks()[agent])
            if not info["active"]:
                assert np.flatnonzero(info["action_mask"]).tolist() == [SAME]
        actions = {agent: env.action_space(agent).sample(infos[agent]["action_mask"]) for agent in env.agents}
        *_, infos = env.step(actions)
    assert "action_mask" not in envs.make("airspace_v0").reset(seed=0)[1]["aircraft_0"]


def test_a_choice_flies_as_the_changes_that_it_stands_for() -> None:
    choosing, steering = envs.make("airspace_v0", **DISCRETE), envs.make("airspace_v0")
    rng = np.random.default_rng(0)
    commands = ActionGrid(Actions()).commands
    choosing.reset(seed=5)
    steering.reset(seed=5)
    while choosing.agents:
        choices = {agent: int(rng.integers(15)) for agent in choosing.agents}
        seen, rewards, *_ = choosing.step(choices)
        others, other_rewards, *_ = steering.step({agent: commands[choice] for agent, choice in choices.items()})
        assert rewards == other_rewards
        for agent, obs in seen.items():
            np.testing.assert_array_equal(obs, others[agent])


@pytest.mark.parametrize("action", [15, -1, 2.0, np.zeros(2, np.float32)])
def test_what_is_no_choice_is_refused_by_name(action: Any) -> None:
    env = envs.make("airspace_v0", **DISCRETE)
    env.reset(seed=0)
    with pytest.raises(ValueError, match=r"step: aircraft_0: got .*, wanted a whole number from 0 to 14"):
        env.step(dict.fromkeys(env.agents, action))


def both_roads() -> list[SharedPolicyVecEnv]:
    """Two worlds of one short episode each, by the vectorised face and by SuperSuit."""
    traffic = {"max_aircraft": 3, "min_aircraft": 1, "aircraft_types": ["B744"], "cas_kt": {"low": 330, "high": 345}}
    settings = {**DISCRETE, "episode": {"max_steps": 12}, "procedural": traffic}
    return [vectorize("airspace_v0", settings, 2, 3), general_road(lambda: envs.make("airspace_v0", **settings), 2, 3)]


def test_masks_come_at_once_row_by_row_and_through_the_normaliser_alike() -> None:
    for venv in both_roads():
        outer: VecEnv = ActiveVecNormalize(venv)
        outer.reset()
        rng, seen = np.random.default_rng(0), []
        for _ in range(30):
            at_once = outer.action_masks()  # type: ignore[attr-defined]
            assert at_once.shape == (6, 15)
            np.testing.assert_array_equal(at_once, np.stack(outer.env_method("action_masks")))
            assert (at_once[~venv.active].nonzero()[1] == SAME).all()
            seen.append(at_once[venv.active])
            outer.step(np.array([rng.choice(np.flatnonzero(mask)) for mask in at_once]))
        assert not np.concatenate(seen).all()
        assert np.concatenate(seen).all(1).any()


def test_a_mask_is_that_of_the_rows_own_aircraft() -> None:
    venv = both_roads()[0]
    venv.reset()
    worlds = venv.venv.batch.worlds
    for _ in range(20):
        faster = venv.action_masks()[:, FASTER]
        fits = (worlds.cas + 10.0 <= worlds.cas_range[..., 1]).reshape(-1)
        np.testing.assert_array_equal(faster[venv.active], fits[venv.active])
        venv.step(np.full(6, FASTER))
