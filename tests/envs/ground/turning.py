"""A tiny environment for tests in which agents move by turns, as a script says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv


class Turning(ParallelEnv):
    """Agents a and b. In step t, counted from 0, those of `turns[t]` move; the others wait.

    Data sheet:
        observation: Box (2,), the step and a number drawn for the agent at the reset
        action: Box (1,); reward: t + 1 for a, ten times that for b
        info: waiting, whether it is not the agent's turn
        end: after the last turn, both as `how` says: terminated or truncated
    """

    metadata: ClassVar[dict[str, Any]] = {"name": "turning_v0", "render_modes": []}

    def __init__(self, turns: Sequence[str] = ("a", "b", "a", "b"), how: str = "terminated") -> None:
        self.turns, self.how = tuple(turns), how
        self.render_mode: str | None = None
        self.possible_agents = ["a", "b"]
        self.agents: list[str] = []

    def observation_space(self, agent: str) -> spaces.Space:
        """(2,)."""
        return spaces.Box(-10.0, 10.0, (2,), np.float32)

    def action_space(self, agent: str) -> spaces.Space:
        """(1,)."""
        return spaces.Box(-1.0, 1.0, (1,), np.float32)

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict, dict]:
        """Begin; `seed` decides the agents' numbers."""
        rng = np.random.default_rng(seed)
        self.numbers = {agent: rng.uniform(-1, 1) for agent in self.possible_agents}
        self.step_count, self.agents = 0, list(self.possible_agents)
        return self._observations(), self._infos()

    def step(self, actions: dict[str, np.ndarray]) -> tuple[dict, dict, dict, dict, dict]:
        """One turn."""
        self.step_count += 1
        over = self.step_count == len(self.turns)
        rewards = {agent: _PAID[agent] * self.step_count for agent in self.agents}
        terminations, truncations = (dict.fromkeys(self.agents, over and self.how == how) for how in _ENDS)
        observations, infos = self._observations(), self._infos()
        self.agents = [] if over else self.agents
        return observations, rewards, terminations, truncations, infos

    def _observations(self) -> dict[str, np.ndarray]:
        return {agent: np.array([self.step_count, self.numbers[agent]], np.float32) for agent in self.agents}

    def _infos(self) -> dict[str, dict[str, Any]]:
        moving = self.turns[self.step_count] if self.step_count < len(self.turns) else ""
        return {agent: {"waiting": agent not in moving} for agent in self.agents}


_PAID = {"a": 1.0, "b": 10.0}
_ENDS = ("terminated", "truncated")
