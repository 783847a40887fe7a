"""A batch's vectorised face: one row per slot, for SuperSuit's and Stable-Baselines3's interface."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from envs.ground.compiled_world.batch import CompiledBatch
from envs.ground.rows.dict_rows import Rows


class BatchVectorEnv:
    """W worlds of A slots as W * A rows (row = world * A + slot); a world that ends begins anew in the same step.

    A row is done at its world's end, and before that where its agent has ended for itself; then it is inactive: reward
    0, actions ignored, as are those of empty slots.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": []}
    render_mode = None

    def __init__(self, batch: CompiledBatch, seen: spaces.Space, commands: np.ndarray | None) -> None:
        """The face of a batch.

        Args:
            seen: what one agent sees.
            commands: (n, K) what each of n choices does; None: actions are K numbers in [-1, 1].
        """
        self.batch = batch
        self.num_worlds, self.num_agents = batch.num_worlds, batch.num_slots
        self.num_envs = self.num_worlds * self.num_agents
        self.observation_space = seen
        self.action_space = action_space(commands, batch.num_actions)
        self.truncations = np.zeros(self.num_envs, bool)
        self._commands = commands
        self._shape = (self.num_worlds, self.num_agents, batch.num_actions)
        self._actions = np.zeros(self._shape)

    @property
    def active(self) -> np.ndarray:
        """(num_envs,) bool: rows whose next action counts."""
        return self.batch.active.reshape(-1).copy()

    @property
    def team(self) -> np.ndarray:
        """(num_envs,) int64: of each row in its present episode."""
        return self.batch.team.reshape(-1).copy()

    @property
    def terminal_obs(self) -> Rows:
        """Last observations of the rows done in the last step."""
        return self._rows(self.batch.terminal_observation)

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Rows, list[dict]]:
        """Begin new episodes in all worlds, reseeded where a seed is given.

        Raises:
            ValueError: there are options, of which this face knows none.
        """
        if options:
            raise ValueError(f"reset(options): got {sorted(options)}, wanted none")
        if seed is not None:
            self.batch.seed(seed)
        self.batch.reset()
        return self._rows(self.batch.observation), []

    def step_async(self, actions: np.ndarray) -> None:
        """Keep the rows' actions, (num_envs, K) or choices (num_envs,), for `step_wait`."""
        self._actions = (actions if self._commands is None else self._commands[actions]).reshape(self._shape)

    def step_wait(self) -> tuple[Rows, np.ndarray, np.ndarray, np.ndarray, list[dict]]:
        """Step all worlds; observations of ended worlds are already those of their next episode."""
        self.batch.step(self._actions)
        rewards = self.batch.reward.reshape(-1).astype(np.float32)
        terminations, self.truncations = (ends.reshape(-1) for ends in self.batch.ends())
        ended = np.flatnonzero(self.batch.done)
        if len(ended):
            self._count(ended)
            self.batch.reset(ended)
        return self._rows(self.batch.observation), rewards, terminations, self.truncations, []

    def _rows(self, observations: np.ndarray) -> Rows:
        """Observations (W, A, D) as rows, without a copy."""
        return observations.reshape(self.num_envs, -1)

    def _count(self, ended: np.ndarray) -> None:
        """Take note of the worlds `ended` (N,) before they begin anew."""

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


def action_space(commands: np.ndarray | None, num_actions: int) -> spaces.Space:
    """What one agent may do: K numbers in [-1, 1], or one of the choices (n, K)."""
    bounds = spaces.Box(-1.0, 1.0, (num_actions,), np.float32)
    return bounds if commands is None else spaces.Discrete(len(commands))
