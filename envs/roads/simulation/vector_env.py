"""The batch's vectorised face: one row per aircraft slot, for SuperSuit's and Stable-Baselines3's interface."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from envs.roads.simulation.action_grid import commands_of
from envs.roads.simulation.batch import RoadsBatch
from envs.roads.simulation.compiled.observation import LIMIT_OF_ALL
from envs.roads.simulation.compiled.worlds import Worlds


class RoadsVectorEnv:
    """W worlds of A slots as W * A rows (row = world * A + slot); a world that ends begins anew in the same step.

    A row is done once when its car arrives or crashes (terminated) and again at its world's end; between the two,
    before it has entered, and in empty slots, it is inactive: reward 0, actions ignored.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": []}
    render_mode = None

    def __init__(self, batch: RoadsBatch) -> None:
        worlds = batch.worlds
        self.batch = batch
        self.num_worlds, self.num_agents = batch.num_worlds, batch.num_slots
        self.num_envs = self.num_worlds * self.num_agents
        self.observation_space = observation_space(worlds)
        self._commands = commands_of(batch.settings.actions)
        self.action_space = action_space(self._commands)
        self.truncations = np.zeros(self.num_envs, bool)
        self._actions = np.zeros((self.num_worlds, self.num_agents, 2))

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
        """Keep the rows' actions, (num_envs, 2) or choices (num_envs,), for `step_wait`."""
        normalised = actions if self._commands is None else self._commands[actions]
        self._actions = normalised.reshape(self.num_worlds, self.num_agents, 2)

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, list[dict]]:
        """Step all worlds; observations of ended worlds are already those of their next episode."""
        worlds = self.batch.worlds
        self.batch.step(self._actions)
        rewards = worlds.reward.reshape(-1).astype(np.float32)
        terminations, self.truncations = self._ends()
        ended = np.flatnonzero(worlds.done)
        if len(ended):
            self.batch.reset(ended)
        return self._observations(), rewards, terminations, self.truncations, []

    def _ends(self) -> tuple[np.ndarray, np.ndarray]:
        worlds = self.batch.worlds
        terminated, truncated = worlds.row_terminated.copy(), worlds.row_truncated.copy()
        empty = np.arange(self.num_agents) >= worlds.num_cars[:, None]
        terminated[empty] = np.broadcast_to(worlds.done[:, None], empty.shape)[empty]
        truncated[empty] = False
        return terminated.reshape(-1), truncated.reshape(-1)

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


def action_space(commands: np.ndarray | None) -> spaces.Space:
    """What one car may do: Box(-1, 1, (2,)), or one of the choices (n, 2)."""
    return spaces.Box(-1.0, 1.0, (2,), np.float32) if commands is None else spaces.Discrete(len(commands))


def observation_space(worlds: Worlds) -> spaces.Space:
    """What one car sees: Box(-10, 10, (D,))."""
    return spaces.Box(-LIMIT_OF_ALL, LIMIT_OF_ALL, worlds.observation.shape[2:], np.float32)
