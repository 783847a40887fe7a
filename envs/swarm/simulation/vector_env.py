"""The batch's vectorised face: one row per agent, for SuperSuit's and Stable-Baselines3's interface."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from envs.swarm.simulation.batch import SwarmBatch
from envs.swarm.simulation.compiled.observation import LIMIT_OF_ALL


class SwarmVectorEnv:
    """W worlds of A slots as W * A rows (row = world * A + slot); a world that ends begins anew in the same step.

    Who died and may return waits: it is inactive, but its next action follows upon its last one. Who died for good is
    done at once (terminated), and inactive, with reward 0, until its world's end, as are empty slots and a rule's.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": []}
    render_mode = None

    def __init__(self, batch: SwarmBatch) -> None:
        self.batch = batch
        self.num_worlds, self.num_agents = batch.num_worlds, batch.num_slots
        self.num_envs = self.num_worlds * self.num_agents
        self.observation_space, self.action_space = observation_space(batch), action_space()
        self.truncations = np.zeros(self.num_envs, bool)
        self._actions = np.zeros((self.num_worlds, self.num_agents, 3))

    @property
    def active(self) -> np.ndarray:
        """(num_envs,) bool: rows whose next action counts."""
        return self.batch.worlds.active.reshape(-1).copy()

    @property
    def terminal_obs(self) -> np.ndarray:
        """Last observations of the rows done in the last step."""
        return self.batch.worlds.terminal_observation.reshape(self.num_envs, -1)

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
        """Keep the rows' actions, (num_envs, 3), for `step_wait`."""
        self._actions = actions.reshape(self.num_worlds, self.num_agents, 3)

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, list[dict]]:
        """Step all worlds; observations of ended worlds are already those of their next episode."""
        worlds = self.batch.worlds
        self.batch.step(self._actions)
        rewards = self.batch.reward.reshape(-1).astype(np.float32)
        terminations, self.truncations = self._ends()
        ended = np.flatnonzero(worlds.done)
        if len(ended):
            self.batch.reset(ended)
        return self._observations(), rewards, terminations, self.truncations, []

    def _ends(self) -> tuple[np.ndarray, np.ndarray]:
        worlds, present = self.batch.worlds, self.batch.present
        terminated = np.where(present, worlds.row_terminated, worlds.done[:, None])
        return terminated.reshape(-1), (worlds.row_truncated & present).reshape(-1)

    def _observations(self) -> np.ndarray:
        return self.batch.worlds.observation.reshape(self.num_envs, -1)

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
        """Thousands of worlds have no picture; use the PettingZoo face."""

    def close(self) -> None:
        """Nothing to close."""


def action_space() -> spaces.Box:
    """What one agent may do: Box(-1, 1, (3,)), push east, push north, grip."""
    return spaces.Box(-1.0, 1.0, (3,), np.float32)


def observation_space(batch: SwarmBatch) -> spaces.Box:
    """What one agent sees: Box(-5, 5, (D,))."""
    return spaces.Box(-LIMIT_OF_ALL, LIMIT_OF_ALL, batch.observation.shape[2:], np.float32)
