"""Running means of observations and rewards of each role by itself: what one role sees and is paid moves no other's."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np

from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.rows.vectorize import SharedPolicyVecEnv
from envs.ground.world import Roles


class RoleVecNormalize(ActiveVecNormalize):
    """An ActiveVecNormalize with statistics of its own for each role; the columns that tell roles stay as they are.

    An agent keeps its row, so a row's role is the one that it last told.

    Attributes:
        seen, paid: the statistics of observations and of returns, role by role, in place of `obs_rms` and `ret_rms`.
    """

    KEPT = ("seen", "paid", "_role", *(key for key in ActiveVecNormalize.KEPT if key not in ("obs_rms", "ret_rms")))

    def __init__(self, venv: SharedPolicyVecEnv, roles: Roles, **settings: Any) -> None:
        """See ActiveVecNormalize."""
        super().__init__(venv, **settings)
        self.roles = roles
        self.seen: list[Any] = [copy.deepcopy(self.obs_rms) for _ in roles.names if self.norm_obs]
        self.paid = [copy.deepcopy(self.ret_rms) for _ in roles.names]
        self._role = np.zeros(self.num_envs, np.int64)

    def normalize_obs(self, obs: Any) -> Any:
        """Of rows (N, D), each by its own role."""
        if not self.norm_obs:
            return obs
        role = self.roles.of(obs)
        mean, variance = (np.stack([getattr(own, part) for own in self.seen])[role] for part in ("mean", "var"))
        scaled = (obs - mean) / np.sqrt(variance + self.epsilon)
        return np.clip(scaled, -self.clip_obs, self.clip_obs).astype(np.float32)

    def normalize_reward(self, reward: np.ndarray) -> np.ndarray:
        """Of all rows (rows,), each by its own role."""
        if self.norm_reward:
            variance = np.array([float(own.var) for own in self.paid])[self._role]
            reward = np.clip(reward / np.sqrt(variance + self.epsilon), -self.clip_reward, self.clip_reward)
        return reward.astype(np.float32)

    def _observe(self, obs: np.ndarray) -> None:
        """See ActiveVecNormalize; also keeps what rows tell of their roles."""
        self._role = np.where(obs[:, self.roles.columns].any(1), self.roles.of(obs), self._role)
        super()._observe(obs)

    def _learn_observations(self, obs: np.ndarray, active: np.ndarray) -> None:
        for role, own in enumerate(self.seen):
            rows = active & (self._role == role)
            if rows.any():
                own.update(obs[rows])
                own.mean[self.roles.columns], own.var[self.roles.columns] = 0.0, 1.0

    def _learn_returns(self, counted: np.ndarray) -> None:
        for role, own in enumerate(self.paid):
            rows = counted & (self._role == role)
            if rows.any():
                own.update(self.returns[rows])

    def statistics(self) -> dict[str, np.ndarray]:
        """See ActiveVecNormalize.statistics; of all roles, the first axis."""
        both = {"obs": self.seen, "ret": self.paid} if self.norm_obs else {"ret": self.paid}
        return {
            f"{name}_{part}": np.stack([getattr(own, part) for own in known])
            for name, known in both.items()
            for part in ("mean", "var", "count")
        }

    def take_statistics(self, known: Mapping[str, np.ndarray]) -> bool:
        """See ActiveVecNormalize.take_statistics."""
        own = self.statistics()
        if own.keys() != known.keys() or any(np.shape(known[name]) != own[name].shape for name in own):
            return False
        for name, values in known.items():
            whose, part = name.split("_")
            for mine, value in zip({"obs": self.seen, "ret": self.paid}[whose], values, strict=True):
                setattr(mine, part, np.array(value) if np.ndim(value) else float(value))
        return True
