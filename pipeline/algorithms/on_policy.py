"""On-policy learning of one shared policy: Stable-Baselines3's algorithms, fed with active rows only.

A row is one agent's slot in one world. Rows whose agent has left (or never was) are neither evaluated by the network,
nor part of advantages, losses or the step count. A row cut off by the step limit is bootstrapped with the value of its
last observation, in one forward pass for all such rows. A row that waits for its turn takes no step either: its next
action of the episode follows upon its last one, which is also paid what comes in between.
"""

from __future__ import annotations

import copy
from collections.abc import Generator
from typing import Any, ClassVar, Self

import numpy as np
import torch
from gymnasium import spaces
from sb3_contrib import TRPO, MaskablePPO
from sb3_contrib.common.maskable.buffers import MaskableRolloutBufferSamples
from stable_baselines3 import A2C
from stable_baselines3.common.buffers import RolloutBuffer
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm
from stable_baselines3.common.type_aliases import RolloutBufferSamples
from stable_baselines3.common.vec_env import VecEnv

from pipeline.algorithms.by_role import DividedPolicy
from pipeline.policies.dead_band import beyond

_FEWEST_ROWS = 2
"""Of a role, to learn from: advantages are normalised by their deviation."""
torch.distributions.Distribution.set_default_validate_args(False)  # costs a tenth of a step and finds nothing here


class ActiveRolloutBuffer(RolloutBuffer):
    """A rollout of shape (steps, rows) that hands out active rows only."""

    active: np.ndarray
    SAMPLES: ClassVar[type] = RolloutBufferSamples
    COLUMNS: ClassVar[tuple[str, ...]] = ("observations", "actions", "values", "log_probs", "advantages", "returns")

    def __init__(self, buffer_size: int, observation_space: spaces.Space, *others: Any, **settings: Any) -> None:
        """See RolloutBuffer.

        Raises:
            ValueError: observations are no Box.
        """
        if not isinstance(observation_space, spaces.Box):
            raise ValueError(f"observations: ActiveRolloutBuffer wanted rows of numbers (Box), got {observation_space}")
        super().__init__(buffer_size, observation_space, *others, **settings)

    def reset(self) -> None:
        """Forget the rollout; nothing is active until it is added."""
        super().reset()
        self.active = np.zeros((self.buffer_size, self.n_envs), bool)

    def add_active(self, active: np.ndarray, obs: np.ndarray, starts: np.ndarray, step: dict[str, Any]) -> None:
        """Add one step.

        Args:
            active: (rows,) bool, rows that acted.
            obs: (rows, D) the observations acted on.
            starts: (rows,) whether the row's episode began with this step.
            step: actions (N, ...), values, log_probs (N,) of the N active rows, and rewards (rows,), 0 of rows that do
                not play.
        """
        at = self.pos
        self.active[at] = active
        self.observations[at], self.episode_starts[at] = obs, starts
        self.rewards[at] = step["rewards"]
        self.actions[at][active] = step["actions"].reshape(-1, self.action_dim)
        self.values[at][active] = step["values"]
        self.log_probs[at][active] = step["log_probs"]
        self.pos += 1
        self.full = self.pos == self.buffer_size

    def compute_returns_and_advantage(self, last_values: torch.Tensor, dones: np.ndarray) -> None:
        """Advantages by GAE, and returns, of active steps; a row's successor is its next active step of the episode.

        What a row is paid while it waits for its turn counts to its last active step.

        Args:
            last_values: (rows,) of the observations after the last step, 0 where they are not acted on.
            dones: (rows,) whether the row's episode ended with the last step.
        """
        value = last_values.clone().cpu().numpy().flatten()
        goes_on = 1.0 - dones.astype(np.float32)
        advantage, waited = np.zeros(self.n_envs, np.float32), np.zeros(self.n_envs, np.float32)
        for step in reversed(range(self.buffer_size)):
            active, begins = self.active[step], 1.0 - self.episode_starts[step]
            rewards = self.rewards[step] + waited
            delta = rewards + self.gamma * value * goes_on - self.values[step]
            advantage = np.where(active, delta + self.gamma * self.gae_lambda * goes_on * advantage, advantage)
            self.advantages[step] = advantage
            value = np.where(active, self.values[step], value)
            goes_on = np.where(active, begins, goes_on * begins)
            waited = np.where(active, 0.0, rewards) * begins
        self.returns = self.advantages + self.values

    def only(self, chosen: np.ndarray) -> Self:
        """The same whole rollout, that hands out no step of a row but those chosen, (steps, rows) bool."""
        own = copy.copy(self)
        own.active = self.active & chosen
        return own

    def get(self, batch_size: int | None = None) -> Generator[RolloutBufferSamples, None, None]:
        """Minibatches of all active rows, see `deal`."""
        if not self.generator_ready:
            for name in self.COLUMNS:
                self.__dict__[name] = self.__dict__[name][self.active]
            self.generator_ready = True
        columns = [torch.as_tensor(self.__dict__[name], device=self.device) for name in self.COLUMNS]
        for batch in deal(len(columns[0]), batch_size):
            yield self.SAMPLES(*(column.index_select(0, batch.to(self.device)) for column in columns))


def deal(num_rows: int, batch_size: int | None) -> tuple[torch.Tensor, ...]:
    """All rows in random order, in minibatches as equal in size as their number allows.

    Args:
        batch_size: wanted size; the last minibatch is not left short, the rows are spread over all.
    """
    return torch.tensor_split(torch.randperm(num_rows), num_batches(num_rows, batch_size))


def num_batches(num_rows: int, batch_size: int | None) -> int:
    """Into how many minibatches rows are dealt; None: all in one."""
    return 1 if batch_size is None else max(1, round(num_rows / batch_size))


class MaskedRolloutBuffer(ActiveRolloutBuffer):
    """An ActiveRolloutBuffer that remembers which discrete actions the active rows had."""

    action_space: spaces.Discrete
    action_masks: np.ndarray
    SAMPLES = MaskableRolloutBufferSamples
    COLUMNS = (*ActiveRolloutBuffer.COLUMNS, "action_masks")

    def reset(self) -> None:
        """See ActiveRolloutBuffer.reset."""
        super().reset()
        self.action_masks = np.zeros((self.buffer_size, self.n_envs, int(self.action_space.n)), bool)

    def add_active(self, active: np.ndarray, obs: np.ndarray, starts: np.ndarray, step: dict[str, Any]) -> None:
        """See ActiveRolloutBuffer.add_active; `step` also holds action_masks (N, n)."""
        self.action_masks[self.pos][active] = step["action_masks"]
        super().add_active(active, obs, starts, step)


class SharedOnPolicy(DividedPolicy, OnPolicyAlgorithm):
    """Mixed into an on-policy algorithm: rollouts over active rows, truncation bootstrapped."""

    GIVEN: ClassVar[dict[str, Any]] = {"rollout_buffer_class": ActiveRolloutBuffer}
    WITHHELD = frozenset({"rollout_buffer_kwargs"})
    ADDED = frozenset({"dead_band"})
    SET_EACH_TIME = frozenset({"ent_coef", "vf_coef", "max_grad_norm", "target_kl"})
    SCHEDULED = DividedPolicy.SCHEDULED | SET_EACH_TIME | {"clip_range", "clip_range_vf"}
    rollout_buffer: ActiveRolloutBuffer

    def collect_rollouts(
        self, env: VecEnv, callback: BaseCallback, rollout_buffer: RolloutBuffer, n_rollout_steps: int
    ) -> bool:
        """Fill the buffer with `n_rollout_steps` steps of all rows; counts active rows as timesteps."""
        assert isinstance(rollout_buffer, ActiveRolloutBuffer)
        assert self._last_obs is not None
        self.policy.set_training_mode(False)
        rollout_buffer.reset()
        callback.on_rollout_start()
        self._forget(self._last_episode_starts)  # type: ignore[arg-type]
        dones = np.zeros(env.num_envs, bool)
        for _ in range(n_rollout_steps):
            active, playing = np.asarray(env.active), playing_rows(env)  # type: ignore[attr-defined]
            step = self._act(env, active)
            new_obs, rewards, dones, _ = env.step(step.pop("commands"))
            self.num_timesteps += int(active.sum())
            step["rewards"] = self._bootstrap(env, np.where(playing, rewards, 0.0), playing, new_obs)
            rollout_buffer.add_active(active, self._last_obs, self._last_episode_starts, step)  # type: ignore[arg-type]
            self._last_obs, self._last_episode_starts = new_obs, dones  # type: ignore[assignment]
            self._forget(dones)
        playing, values = playing_rows(env), np.zeros(env.num_envs, np.float32)
        values[playing] = self._value(self._last_obs, np.flatnonzero(playing))  # type: ignore[arg-type]
        rollout_buffer.compute_returns_and_advantage(last_values=torch.as_tensor(values), dones=dones)
        callback.on_rollout_end()
        return True

    def train(self) -> None:
        """Learn from the rollout, with the coefficients that are due now; each role's policy from its own rows."""
        self.set_followed()
        if self.roles is None:
            self._learn()
            return
        whole = self.rollout_buffer
        told = self.roles.of(whole.observations)
        for role in self.each_role():
            self.rollout_buffer = whole.only(told == role)
            if self.rollout_buffer.active.sum() >= _FEWEST_ROWS:
                self._learn()
                self._call_figures(self.roles.names[role])
        self.rollout_buffer = whole

    def _learn(self) -> None:
        """Learn from the buffer in place, by the policy in place."""
        super().train()

    def _call_figures(self, role: str) -> None:
        """Let figures of learning be called by the role that they are of."""
        values = self.logger.name_to_value
        for name in [name for name in values if name.startswith("train/")]:
            values[f"{role}/{name}"] = values.pop(name)

    def _act(self, env: VecEnv, active: np.ndarray) -> dict[str, Any]:
        """Actions, values, log-probabilities and limits of the active rows, and commands (rows, ...) for all."""
        assert isinstance(self._last_obs, np.ndarray)
        limits = self._limits(env, active)
        obs = self._last_obs
        actions, values, log_probs = self.ask(
            obs,
            np.flatnonzero(active),
            lambda rows, own: self._choose(obs, rows, {name: limit[own] for name, limit in limits.items()}),
        )
        space = env.action_space
        commands = np.zeros((env.num_envs, *(space.shape or ())), space.dtype)
        if isinstance(space, spaces.Box):
            commands[active] = beyond(np.clip(actions, space.low, space.high), self.dead_band)
        else:
            commands[active] = actions
        chosen = {"actions": actions, "values": values, "log_probs": log_probs, "commands": commands}
        return chosen | limits

    def _value(self, obs: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Values (n,) of these rows (n,) of obs (N, D), by whichever policy is theirs."""
        return self.ask(obs, rows, lambda rows, own: (self._judge(obs, rows),))[0]

    def _choose(
        self, obs: np.ndarray, rows: np.ndarray, limits: dict[str, np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Actions (n, ...), values (n,) and log-probabilities (n,) of these rows (n,) of obs (N, D)."""
        with torch.no_grad():
            seen = torch.as_tensor(obs[rows], device=self.device)
            actions, values, log_probs = (tensor.cpu().numpy() for tensor in self.policy(seen, **limits))
        return actions, values.reshape(-1), log_probs

    def _judge(self, obs: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Values (n,) of these rows (n,) of obs (N, D)."""
        with torch.no_grad():
            values = self.policy.predict_values(torch.as_tensor(obs[rows], device=self.device))
        return values.cpu().numpy().reshape(-1)

    def _forget(self, ended: np.ndarray) -> None:
        """Forget what the policy remembers of rows whose episode has ended (rows,); nothing, unless it has memory."""

    def _limits(self, env: VecEnv, active: np.ndarray) -> dict[str, np.ndarray]:
        """What else the policy is told about the active rows; nothing, unless the algorithm says otherwise."""
        return {}

    def _bootstrap(self, env: VecEnv, rewards: np.ndarray, playing: np.ndarray, new_obs: Any) -> np.ndarray:
        """Rewards (rows,), plus gamma * V(last observation) where a row that played was cut off by the step limit."""
        cut = np.flatnonzero(env.truncated & playing)  # type: ignore[attr-defined]
        if len(cut) == 0:
            return rewards
        rewards = rewards.copy()
        rewards[cut] += self.gamma * self._value(env.terminal_obs, cut)  # type: ignore[arg-type, attr-defined]
        return rewards


def playing_rows(env: VecEnv) -> np.ndarray:
    """Rows (rows,) that act now, or acted in this episode and wait for their turn: what they are paid counts."""
    return np.asarray(env.active | env.acted)  # type: ignore[attr-defined]


class SharedA2C(SharedOnPolicy, A2C):
    """A2C, the synchronous form of A3C (Mnih et al., 2016), over active rows."""


class SharedTRPO(SharedOnPolicy, TRPO):
    """TRPO (Schulman et al., 2015) over active rows."""


class SharedMaskablePPO(SharedOnPolicy, MaskablePPO):
    """PPO with impossible actions masked (Huang and Ontanon, 2022) over active rows."""

    GIVEN: ClassVar[dict[str, Any]] = {"rollout_buffer_class": MaskedRolloutBuffer}
    rollout_buffer: MaskedRolloutBuffer  # type: ignore[assignment]

    def collect_rollouts(
        self,
        env: VecEnv,
        callback: BaseCallback,
        rollout_buffer: RolloutBuffer,
        n_rollout_steps: int,
        use_masking: bool = True,
    ) -> bool:
        """See SharedOnPolicy.collect_rollouts."""
        assert use_masking, "a policy that flies with masks learns with masks"
        return super().collect_rollouts(env, callback, rollout_buffer, n_rollout_steps)

    def _limits(self, env: VecEnv, active: np.ndarray) -> dict[str, np.ndarray]:
        """Which discrete actions the active rows have, (N, n) bool."""
        return {"action_masks": env.action_masks()[active]}  # type: ignore[attr-defined]
