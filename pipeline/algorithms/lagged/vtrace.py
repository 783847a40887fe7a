"""V-trace: what to learn from steps that were chosen by other weights (Espeholt et al., 2018, section 4.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
import torch

from pipeline.algorithms.on_policy import ActiveRolloutBuffer


class Path(NamedTuple):
    """What rows were paid, (steps, rows), and where their episodes begin and end.

    Attributes:
        active: bool, steps at which the row acted.
        rewards: with what is to come where a row was cut off.
        starts: whether the row's episode began with this step.
        dones: (rows,) whether the row's episode ended with the last step.
    """

    active: np.ndarray
    rewards: np.ndarray
    starts: np.ndarray
    dones: np.ndarray


@dataclass(frozen=True)
class Trace:
    """How far what comes later counts.

    Attributes:
        gamma, decay: the discount, and lambda of remark 2: 1 looks to the end, 0 one step ahead.
        clip_rho: the largest ratio of probabilities that a step's surprise is weighed by: it decides what is learned.
        clip_c: the largest that what comes after a step is weighed by: it decides how fast.
    """

    gamma: float
    decay: float
    clip_rho: float
    clip_c: float

    def targets(
        self, path: Path, values: np.ndarray, last_values: np.ndarray, ratios: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """What values should have been, v, and the advantages rho (r + gamma v' - V), (steps, rows) of active steps.

        A row's successor is its next active step of the episode; what it is paid while it waits counts to its last one.

        Args:
            values: V (steps, rows), by the weights that learn.
            last_values: (rows,) of what is seen after the last step, 0 where it is not acted on.
            ratios: (steps, rows) of the probabilities of what was done, by who learns to by who played.
        """
        rho, c = np.minimum(ratios, self.clip_rho), self.decay * np.minimum(ratios, self.clip_c)
        found, advantages = np.zeros_like(values), np.zeros_like(values)
        value = target = last_values.astype(values.dtype)
        goes_on, waited = 1.0 - path.dones.astype(values.dtype), np.zeros_like(value)
        for step in reversed(range(len(values))):
            active, begins = path.active[step], 1.0 - path.starts[step]
            rewards, discount, own = path.rewards[step] + waited, self.gamma * goes_on, values[step]
            surprise = rho[step] * (rewards + discount * value - own)
            found[step] = own + surprise + discount * c[step] * (target - value)
            advantages[step] = rho[step] * (rewards + discount * target - own)
            value, target = np.where(active, own, value), np.where(active, found[step], target)
            goes_on = np.where(active, begins, goes_on * begins)
            waited = np.where(active, 0.0, rewards) * begins
        return found, advantages


class PlayedBuffer(ActiveRolloutBuffer):
    """A rollout that holds what it takes to be judged later, by weights that had not played it.

    Attributes:
        dones, playing: (rows,) bool, whose episode ended with the last step, and who plays on after it.
        last_obs: (rows, D), what is seen then.
        cut_steps, cut_rows, cut_obs: (n,), (n,), (n, D) of the rows cut off, what they saw last.
    """

    dones: np.ndarray
    playing: np.ndarray
    last_obs: np.ndarray
    cut_steps: np.ndarray
    cut_rows: np.ndarray
    cut_obs: np.ndarray
    _PLAYED = ("observations", "actions", "log_probs")
    _WHOLE = ("active", "rewards", "episode_starts", "dones", "playing", "last_obs", "cut_steps", "cut_rows", "cut_obs")

    def reset(self) -> None:
        """See ActiveRolloutBuffer.reset."""
        super().reset()
        self.cut_steps, self.cut_rows = np.zeros(0, np.int64), np.zeros(0, np.int64)
        self.cut_obs = np.zeros((0, *self.obs_shape), self.observations.dtype)

    def cut(self, rows: np.ndarray, obs: np.ndarray) -> None:
        """Remember of the step to be added next that these rows (n,) are cut off, and what they saw last (n, D)."""
        self.cut_steps = np.append(self.cut_steps, np.full(len(rows), self.pos))
        seen = np.asarray(obs, self.cut_obs.dtype)
        self.cut_rows, self.cut_obs = np.append(self.cut_rows, rows), np.concatenate([self.cut_obs, seen])

    def compute_returns_and_advantage(self, last_values: torch.Tensor, dones: np.ndarray) -> None:
        """Nothing yet, for that takes the values of the weights that learn."""
        self.dones = np.array(dones)

    def state(self) -> dict[str, Any]:
        """What `restore` needs."""
        played = {name: getattr(self, name)[self.active] for name in self._PLAYED}
        return played | {name: getattr(self, name) for name in self._WHOLE}

    def restore(self, state: dict[str, Any]) -> Self:
        """Become the rollout of a `state`."""
        self.reset()
        self.__dict__.update({name: state[name] for name in self._WHOLE})
        for name in self._PLAYED:
            getattr(self, name)[self.active] = state[name]
        self.pos, self.full = self.buffer_size, True
        return self
