"""The batch's vectorised face: one row per seat, for SuperSuit's and Stable-Baselines3's interface."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from envs.boards.simulation.batch import BoardsBatch


class BoardsVectorEnv:
    """W games as 2 * W rows (row = world * 2 + seat); a game that ends begins anew in the same step.

    Both rows of a game are done when it ends (terminated). Who waits for its turn is inactive, and is paid what comes
    of the other's move.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": []}
    render_mode = None
    num_agents = 2

    def __init__(self, batch: BoardsBatch) -> None:
        self.batch, self.num_worlds = batch, batch.num_worlds
        self.num_envs = 2 * batch.num_worlds
        self.observation_space = observation_space(batch)
        self.action_space: spaces.Space = spaces.Discrete(batch.num_choices)
        self.terminal_obs = np.zeros((self.num_envs, batch.observation.shape[2]), np.float32)
        self._choices = np.zeros((batch.num_worlds, 2, 1))

    @property
    def active(self) -> np.ndarray:
        """(num_envs,) bool: rows whose turn it is."""
        return self.batch.active.reshape(-1)

    def action_masks(self) -> np.ndarray:
        """Which of n choices each row has now, (num_envs, n) bool."""
        return self.batch.allowed().reshape(self.num_envs, -1)

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, list[dict]]:
        """Begin new episodes in all worlds, reseeded where a seed is given.

        Raises:
            ValueError: there are options, of which this face knows none.
        """
        if options:
            raise ValueError(f"reset(options): got {sorted(options)}, wanted none")
        if seed is not None:
            self.batch.seed(seed)
        self.batch.reset()
        return self._observations(), []

    def step_async(self, actions: np.ndarray) -> None:
        """Keep the rows' choices (num_envs,) for `step_wait`."""
        self._choices = np.asarray(actions).reshape(self.num_worlds, 2, 1)

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, list[dict]]:
        """Step all worlds; observations of ended worlds are already those of their next episode."""
        self.batch.step(self._choices)
        rewards = self.batch.reward.reshape(-1).astype(np.float32)
        ended = self.batch.done.copy()
        terminations = np.repeat(ended, 2)
        if ended.any():
            self.terminal_obs[terminations] = self._observations()[terminations]
            self.batch.reset(np.flatnonzero(ended))
        return self._observations(), rewards, terminations, np.zeros(self.num_envs, bool), []

    def _observations(self) -> np.ndarray:
        return self.batch.observation.reshape(self.num_envs, -1)

    def get_state(self) -> dict[str, Any]:
        """Everything needed to go on bit for bit."""
        return {"worlds": self.batch.get_state()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from `get_state`."""
        self.batch.set_state(state["worlds"])

    def env_is_wrapped(self, wrapper_class: type) -> list[bool]:
        """No row is wrapped in anything."""
        return [False] * self.num_envs

    def render(self) -> None:
        """Many games have no picture; use the PettingZoo face."""

    def close(self) -> None:
        """Nothing to close."""


def observation_space(batch: BoardsBatch) -> spaces.Box:
    """What a seat sees: Box(0, 1, (D,))."""
    return spaces.Box(0.0, 1.0, batch.observation.shape[2:], np.float32)
