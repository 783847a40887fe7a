"""Running means of observations and rewards, in which rows of nobody count for nothing."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.running_mean_std import RunningMeanStd
from stable_baselines3.common.vec_env import VecNormalize

from envs.ground.rows.tally import Tally
from envs.ground.rows.vectorize import SharedPolicyVecEnv


class ActiveVecNormalize(VecNormalize):
    """Stable-Baselines3's VecNormalize over a `SharedPolicyVecEnv`, in which inactive rows count for nothing.

    Observations enter the statistics where the row's next action counts, rewards where its last action did; what a row
    is paid while it waits for its turn counts to the step that it acted in last. Box observations only. `terminal_obs`
    is normalised, as the infos' `terminal_observation` is; all else is inherited.
    """

    venv: SharedPolicyVecEnv
    KEPT: tuple[str, ...] = ("obs_rms", "ret_rms", "returns", "old_obs", "old_reward", "terminal_obs", "tally")

    def __init__(self, venv: SharedPolicyVecEnv, **settings: Any) -> None:
        """See VecNormalize; raises ValueError where observations are no Box."""
        if not isinstance(venv.observation_space, spaces.Box):
            raise ValueError(
                f"observations: ActiveVecNormalize wanted rows of numbers (Box), got {venv.observation_space}"
            )
        super().__init__(venv, **settings)
        self.tally = Tally(self.num_envs)

    def reset(self) -> np.ndarray:
        """Begin new episodes and return the normalised observations."""
        obs = self.old_obs = np.asarray(self.venv.reset())
        self.returns = np.zeros(self.num_envs)
        self.tally.begin()
        self._observe(obs)
        return np.asarray(self.normalize_obs(obs))

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Return normalised observations and rewards, dones and infos."""
        acting, acted = self.venv.active, self.venv.acted
        seen, rewards, dones, infos = self.venv.step_wait()
        obs = self.old_obs = np.asarray(seen)
        self.old_reward = rewards
        self.tally.add(rewards, acting, dones)
        self._observe(obs)
        if self.training:
            self._update_returns(rewards, acting, acted, acting | (acted & dones))
        self.returns[dones] = 0.0
        self._normalize_terminal_obs(dones, infos)
        return np.asarray(self.normalize_obs(obs)), self.normalize_reward(rewards), dones, infos

    def normalize_obs(self, obs: Any) -> Any:
        """Normalised by the statistics, unclipped and uncopied where observations are left as they are."""
        return super().normalize_obs(obs) if self.norm_obs else obs

    def _observe(self, obs: np.ndarray) -> None:
        active = self.venv.active
        if self.training and self.norm_obs and active.any():
            self._learn_observations(obs, active)

    def _learn_observations(self, obs: np.ndarray, active: np.ndarray) -> None:
        """Let the statistics know observations (rows, D) of active rows (rows,)."""
        assert isinstance(self.obs_rms, RunningMeanStd)
        self.obs_rms.update(obs[active])

    def _update_returns(self, rewards: np.ndarray, acting: np.ndarray, acted: np.ndarray, counted: np.ndarray) -> None:
        """Add rewards (rows,) of rows that act, and of those that acted in this episode and wait."""
        waited = np.where(acted, self.returns + rewards, 0.0)
        self.returns = np.where(acting, self.returns * self.gamma + rewards, waited)
        if counted.any():
            self._learn_returns(counted)

    def _learn_returns(self, counted: np.ndarray) -> None:
        """Let the statistics know the returns of rows that count (rows,)."""
        self.ret_rms.update(self.returns[counted])

    def _normalize_terminal_obs(self, dones: np.ndarray, infos: list[dict[str, Any]]) -> None:
        if dones.any():
            self.terminal_obs = np.asarray(self.normalize_obs(self.venv.terminal_obs))
        if self.norm_obs:
            for row in np.flatnonzero(dones):
                infos[row]["terminal_observation"] = self.terminal_obs[row]

    def statistics(self) -> dict[str, np.ndarray]:
        """What is known of observations and returns: mean, variance and count of both."""
        both = {"obs": self.obs_rms, "ret": self.ret_rms} if self.norm_obs else {"ret": self.ret_rms}
        return {
            f"{name}_{part}": np.array(getattr(known, part))
            for name, known in both.items()
            for part in ("mean", "var", "count")
        }

    def take_statistics(self, known: Mapping[str, np.ndarray]) -> bool:
        """Take over another's `statistics`, where they are of the same kind and size; says whether they were."""
        own = self.statistics()
        if own.keys() != known.keys() or any(np.shape(known[name]) != np.shape(own[name]) for name in own):
            return False
        for name, value in known.items():
            whose, part = name.split("_")
            setattr(getattr(self, f"{whose}_rms"), part, np.array(value) if np.ndim(value) else float(value))
        return True

    def state(self) -> dict[str, Any]:
        """Return what `restore` needs to continue with equal bits: statistics, returns, last step and worlds."""
        kept = {key: self.__dict__[key] for key in self.KEPT if key in self.__dict__}
        return {"normalizer": copy.deepcopy(kept), "inner": self.venv.state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from a `state`."""
        self.venv.restore(state["inner"])
        self.__dict__.update(copy.deepcopy(state["normalizer"]))
