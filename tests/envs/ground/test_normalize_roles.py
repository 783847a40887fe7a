"""The normaliser of each role: its numbers are those of its own rows alone, and roles stay to be seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from gymnasium import spaces

from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.rows.normalize_roles import RoleVecNormalize
from envs.ground.rows.vectorize import general_road
from envs.ground.world import Roles
from tests.envs.ground.turning import Turning

ROLES = Roles(2, ("first", "second"))
TURNS = ("ab", "a", "b", "ab")


class TurningRoles(Turning):
    """Turning, whose agents are of two roles: b sees ten times what a sees."""

    def observation_space(self, agent: str) -> spaces.Space:
        return spaces.Box(-100.0, 100.0, (4,), np.float32)

    def _observations(self) -> dict[str, np.ndarray]:
        role = {"a": [1, 0], "b": [0, 1]}
        size = {"a": 1.0, "b": 10.0}
        return {
            agent: np.append(seen * size[agent], role[agent]).astype(np.float32)
            for agent, seen in super()._observations().items()
        }


def normalized(**settings: Any) -> RoleVecNormalize:
    """Two worlds of which twelve steps were made."""
    venv = RoleVecNormalize(general_road(lambda: TurningRoles(TURNS), 2, seed=0), ROLES, gamma=0.5, **settings)
    venv.reset()
    for _ in range(12):
        venv.step(np.zeros((4, 1)))
    return venv


def alone(role: int) -> Any:
    """The usual normaliser, which counts rows of one role only."""
    own: Any = ActiveVecNormalize(general_road(lambda: TurningRoles(TURNS), 2, seed=0), gamma=0.5)
    rows, update = np.array([0, 1, 0, 1]) == role, own._learn_observations
    own._learn_observations = lambda obs, active: update(obs, active & rows) if (active & rows).any() else None
    inner = own._learn_returns
    own._learn_returns = lambda counted: inner(counted & rows) if (counted & rows).any() else None
    own.reset()
    for _ in range(12):
        own.step(np.zeros((4, 1)))
    return own


@pytest.mark.parametrize("role", [0, 1])
def test_each_roles_numbers_are_those_of_its_rows_alone(role: int) -> None:
    both, own = normalized(), alone(role)
    assert both.seen[role].count == own.obs_rms.count
    np.testing.assert_array_equal(both.seen[role].mean[:2], own.obs_rms.mean[:2])
    np.testing.assert_array_equal(both.seen[role].var[:2], own.obs_rms.var[:2])
    assert (both.paid[role].mean, both.paid[role].var) == (own.ret_rms.mean, own.ret_rms.var)
    assert both.seen[0].var[1] < both.seen[1].var[1]
    assert both.paid[0].var < both.paid[1].var


def test_rows_and_rewards_are_scaled_by_their_own_role_and_the_columns_of_roles_stay() -> None:
    venv = normalized()
    obs, rewards, *_ = venv.step(np.zeros((4, 1)))
    raw, paid = np.asarray(venv.get_original_obs()), venv.get_original_reward()
    assert obs[:, 2:].tolist() == [[1, 0], [0, 1]] * 2
    for row in range(4):
        own, worth = venv.seen[row % 2], venv.paid[row % 2]
        wanted = (raw[row, :2] - own.mean[:2]) / np.sqrt(own.var[:2] + venv.epsilon)
        np.testing.assert_allclose(obs[row, :2], wanted, rtol=1e-6)
        assert rewards[row] == pytest.approx(paid[row] / np.sqrt(worth.var + venv.epsilon), rel=1e-6)


def test_rows_are_left_as_they_are_where_that_is_wanted() -> None:
    venv = normalized(norm_obs=False, norm_reward=False)
    obs, rewards, *_ = venv.step(np.zeros((4, 1)))
    np.testing.assert_array_equal(obs, venv.get_original_obs())
    np.testing.assert_array_equal(rewards, venv.get_original_reward())
    assert set(venv.statistics()) == {"ret_mean", "ret_var", "ret_count"}


def test_a_state_and_statistics_come_back() -> None:
    venv = normalized()
    other: Any = RoleVecNormalize(general_road(lambda: TurningRoles(TURNS), 2, seed=1), ROLES, gamma=0.5)
    other.reset()
    assert other.take_statistics(venv.statistics())
    for name, value in venv.statistics().items():
        np.testing.assert_array_equal(other.statistics()[name], value)
    assert not other.take_statistics(alone(0).statistics())
    other.restore(venv.state())
    for _ in range(6):
        for one, same in zip(venv.step(np.zeros((4, 1)))[:3], other.step(np.zeros((4, 1)))[:3], strict=True):
            np.testing.assert_array_equal(one, same)


def test_a_role_is_a_column_and_a_row_that_tells_none_is_of_the_first() -> None:
    rows = np.array([[5, 5, 0, 1], [9, 9, 1, 0], [0, 0, 0, 0]])
    assert ROLES.of(rows).tolist() == [1, 0, 0]
    assert ROLES.of(rows[None]).tolist() == [[1, 0, 0]]
