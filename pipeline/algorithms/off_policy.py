"""Off-policy learning of one shared policy: Stable-Baselines3's algorithms, which replay what active rows did.

A transition is remembered only of a row whose agent acted. One that ended with the step limit leads to its last
observation and is no end, so its value is learned from there; an agent whose task has ended has no next value. That of
an agent that waits for its turn leads to the observation that it acts on next, and is paid what comes in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import torch
from gymnasium import spaces
from sb3_contrib import TQC, CrossQ
from stable_baselines3 import DDPG, SAC, TD3
from stable_baselines3.common.buffers import ReplayBuffer
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.noise import ActionNoise
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm
from stable_baselines3.common.type_aliases import RolloutReturn, Schedule, TrainFreq
from stable_baselines3.common.vec_env import VecEnv

from pipeline.algorithms.sb3 import SharedPolicy


class ActiveReplayBuffer(ReplayBuffer):
    """The last `buffer_size` transitions of active rows, as they were flown: neither normalised nor by row."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("observations", "next_observations", "actions", "rewards", "dones")

    def __init__(
        self,
        buffer_size: int,
        observation_space: spaces.Space,
        action_space: spaces.Space,
        device: torch.device | str = "auto",
        n_envs: int = 1,
        optimize_memory_usage: bool = False,
    ) -> None:
        """See ReplayBuffer; n_envs is the number of rows, inactive ones included.

        Raises:
            ValueError: no room for one step of all rows, or observations are no Box.
        """
        if not isinstance(observation_space, spaces.Box):
            raise ValueError(f"observations: ActiveReplayBuffer wanted rows of numbers (Box), got {observation_space}")
        if buffer_size < n_envs:
            raise ValueError(f"buffer_size: got {buffer_size}, wanted {n_envs} or more: one step of all rows")
        super().__init__(buffer_size, observation_space, action_space, device, 1, optimize_memory_usage, False)

    def add_active(self, active: np.ndarray, step: dict[str, np.ndarray]) -> None:
        """Add one step, in place of the oldest transitions where there is no room.

        Args:
            active: (rows,) bool, rows that acted.
            step: for all COLUMNS (rows, ...); actions in [-1, 1], dones where the agent's task has ended.
        """
        places = (self.pos + np.arange(active.sum())) % self.buffer_size
        for name in self.COLUMNS:
            self.__dict__[name][places, 0] = step[name][active]
        self.full = self.full or self.pos + len(places) >= self.buffer_size
        self.pos = (self.pos + len(places)) % self.buffer_size

    def state(self) -> dict[str, Any]:
        """What is remembered, as tensors that share the buffer's memory."""
        columns = {name: torch.from_numpy(self.__dict__[name][: self.size()]) for name in self.COLUMNS}
        return {"pos": self.pos, "full": self.full, "columns": columns}

    def restore(self, state: dict[str, Any]) -> None:
        """Remember just what `state` says."""
        for name, column in state["columns"].items():
            self.__dict__[name][: len(column)] = column.numpy()
        self.pos, self.full = state["pos"], state["full"]


class SharedOffPolicy(SharedPolicy, OffPolicyAlgorithm):
    """Mixed into an off-policy algorithm: active rows act, are remembered, and count as timesteps."""

    GIVEN: ClassVar[dict[str, Any]] = {"replay_buffer_class": ActiveReplayBuffer}
    WITHHELD = frozenset({"replay_buffer_kwargs", "optimize_memory_usage", "action_noise", "n_steps"})
    SET_EACH_TIME = frozenset({"ent_coef", "tau"})
    SCHEDULED = SharedPolicy.SCHEDULED | SET_EACH_TIME
    LEARNED = frozenset({"ent_coef"})
    replay_buffer: ActiveReplayBuffer
    _LAST = (*SharedPolicy._LAST, "_begun")
    _begun: Mapping[str, np.ndarray] = MappingProxyType({})

    def collect_rollouts(
        self,
        env: VecEnv,
        callback: BaseCallback,
        train_freq: TrainFreq,
        replay_buffer: ReplayBuffer,
        action_noise: ActionNoise | None = None,
        learning_starts: int = 0,
        log_interval: int | None = None,
    ) -> RolloutReturn:
        """Fly and remember `train_freq` steps of all rows; logs when each row has ended `log_interval` times or so."""
        self.policy.set_training_mode(False)
        callback.on_rollout_start()
        before, ended = self.num_timesteps, self._episode_num
        self._update_current_progress_remaining(before, self._total_timesteps)
        for _ in range(train_freq.frequency):
            active, acted = np.asarray(env.active), np.asarray(env.acted)  # type: ignore[attr-defined]
            actions = self._act(env, active)
            new_obs, rewards, dones, _ = env.step(self._commands(actions))
            self.num_timesteps += int(active.sum())
            self._episode_num += int(dones[active | acted].sum())
            step = {"actions": actions, "next_observations": np.asarray(new_obs), "rewards": rewards, "dones": dones}
            self._remember(env, active, acted & ~active, step)
            self._last_obs = new_obs  # type: ignore[assignment]
            self._update_current_progress_remaining(self.num_timesteps, self._total_timesteps)
        self._after_rollout(before)
        callback.on_rollout_end()
        generation = (log_interval or 1) * env.num_envs
        if self._episode_num // generation > ended // generation:
            self.dump_logs()
        return RolloutReturn(self.num_timesteps - before, self._episode_num - ended, continue_training=True)

    def train(self, gradient_steps: int, batch_size: int = 64) -> None:
        """Learn from what is remembered, with the coefficients that are due now."""
        if self.replay_buffer.size() == 0:  # all wait for their second turn
            return
        self.set_followed()
        if "ent_coef" in self.followed:
            self.ent_coef_tensor.fill_(self.ent_coef)  # type: ignore[attr-defined]
        super().train(gradient_steps, batch_size)

    def _after_rollout(self, before: int) -> None:
        """What is due when a rollout has ended that began after so many timesteps; nothing here."""

    def _act(self, env: VecEnv, active: np.ndarray) -> np.ndarray:
        """Actions in [-1, 1] (rows, ...): the policy's, at first drawn uniformly; zero for inactive rows."""
        assert isinstance(self._last_obs, np.ndarray)
        shape = self.action_space.shape or ()
        actions = np.zeros((len(active), *shape), np.float32)
        if self.num_timesteps < self.learning_starts:
            actions[active] = 2.0 * torch.rand(int(active.sum()), *shape).numpy() - 1.0
        else:
            with torch.no_grad():
                actions[active] = self._explore(torch.as_tensor(self._last_obs[active], device=self.device)).cpu()
        return actions

    def _explore(self, seen: torch.Tensor) -> torch.Tensor:
        """Actions (N, K) in [-1, 1] for what is seen (N, D), drawn from the policy."""
        return self.actor(seen, deterministic=False)

    def _commands(self, actions: np.ndarray) -> np.ndarray:
        """What worlds are told (rows, ...) of actions as they are remembered."""
        return self.policy.unscale_action(actions)

    def _remember(self, env: VecEnv, active: np.ndarray, waiting: np.ndarray, step: dict[str, np.ndarray]) -> None:
        """Keep what a step has brought to an end, as it was before normalisation, which goes on changing.

        Args:
            active, waiting: (rows,) bool, rows that acted, and rows that acted before and waited.
            step: next_observations (rows, D), rewards and dones (rows,) as `env` gave them; actions (rows, ...).
        """
        normalizer, last_obs, worlds = self._vec_normalize_env, self._last_obs, env
        if normalizer is not None:
            last_obs, worlds = self._last_original_obs, normalizer.venv
            step = step | {
                "next_observations": np.asarray(normalizer.get_original_obs()),
                "rewards": normalizer.get_original_reward(),
            }
        begun = {"observations": np.asarray(last_obs), "actions": step["actions"], "rewards": step["rewards"]}
        if waiting.any():
            begun["rewards"] = begun["rewards"] + np.where(waiting, self._begun["rewards"], 0.0)
            for name in ("observations", "actions"):
                begun[name] = np.where(waiting[:, None], self._begun[name], begun[name])
        ended, truncated = step["dones"], worlds.truncated  # type: ignore[attr-defined]
        reached = np.where(ended[:, None], worlds.terminal_obs, step["next_observations"])  # type: ignore[attr-defined]
        known = {**begun, "next_observations": reached, "dones": ended & ~truncated}
        playing, moves_now = active | waiting, np.asarray(worlds.active)  # type: ignore[attr-defined]
        self._keep(worlds, playing & (ended | moves_now), known)
        if (playing & ~ended & ~moves_now).any():
            self._begun = {name: np.array(part) for name, part in begun.items()}
        self._last_original_obs = step["next_observations"]

    def _keep(self, worlds: Any, rows: np.ndarray, transitions: dict[str, np.ndarray]) -> None:
        """Remember those transitions whose row is named in rows (rows,) bool; `worlds` have just been stepped."""
        self.replay_buffer.add_active(rows, transitions)

    def state(self) -> dict[str, Any]:
        """See SharedPolicy.state; what is remembered belongs to it, all of it: batches are drawn from the whole."""
        return super().state() | {"replay": self.replay_buffer.state()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """See SharedPolicy.restore."""
        super().restore(state)
        self.replay_buffer.restore(state["replay"])


class SharedSAC(SharedOffPolicy, SAC):
    """SAC (Haarnoja et al., 2018) over active rows."""


class SharedTQC(SharedOffPolicy, TQC):
    """TQC (Kuznetsov et al., 2020) over active rows."""


class SharedCrossQ(SharedOffPolicy, CrossQ):
    """CrossQ (Bhatt et al., 2024) over active rows: SAC without target networks, by normalised batches."""


class SharedDeterministic(SharedOffPolicy):
    """Mixed into an algorithm whose policy draws nothing: it explores by noise beside its actions.

    `action_noise` is the deviation of normal noise on actions in [-1, 1], which are clipped there again; 0 where
    nothing is said, as in Stable-Baselines3.
    """

    WITHHELD = SharedOffPolicy.WITHHELD - {"action_noise"}
    ADDED = frozenset({"action_noise"})
    SCHEDULED = SharedOffPolicy.SCHEDULED | ADDED
    noise: Schedule = staticmethod(lambda remaining: 0.0)

    def follow(self, schedules: Mapping[str, Schedule]) -> None:
        """See SharedPolicy.follow; Stable-Baselines3 has an object of its own in the place of `action_noise`."""
        self.noise = schedules.get("action_noise", self.noise)
        super().follow({name: own for name, own in schedules.items() if name != "action_noise"})

    def _explore(self, seen: torch.Tensor) -> torch.Tensor:
        """See SharedOffPolicy."""
        actions = self.actor(seen)
        deviation = self.noise(self._current_progress_remaining)
        return (actions + deviation * torch.randn(actions.shape).to(actions.device)).clamp(-1.0, 1.0)


class SharedTD3(SharedDeterministic, TD3):
    """TD3 (Fujimoto et al., 2018) over active rows."""


class SharedDDPG(SharedDeterministic, DDPG):
    """DDPG (Lillicrap et al., 2016) over active rows: TD3 without its three additions."""
