"""The environment of the world WORLD: agents walk to goals on a line."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv

_STEP = 0.2
_WIDTH, _HEIGHT = 160, 24


class Environment(ParallelEnv):
    """Agents on a line from -1 to 1, each with a goal of its own.

    Data sheet:
        observation: Box(-2, 2, (2,)) float32: own place, and where the goal lies from there
        action: Box(-1, 1, (1,)) float32: how far to walk, in steps of 0.2
        reward: minus the distance to the goal, each step
        terminated: an agent within `reach` of its goal leaves; info: reached
    """

    metadata: ClassVar[dict[str, Any]] = {"name": "WORLD_v0", "render_modes": ["rgb_array"]}

    def __init__(self, num_agents: int = 2, reach: float = 0.1, render_mode: str | None = None) -> None:
        """Make one world; no episode has begun."""
        self.possible_agents = [f"walker_{a}" for a in range(num_agents)]
        self.agents: list[str] = []
        self.reach, self.render_mode = reach, render_mode
        self._sees = spaces.Box(-2.0, 2.0, (2,), np.float32)
        self._does = {agent: spaces.Box(-1.0, 1.0, (1,), np.float32) for agent in self.possible_agents}

    def observation_space(self, agent: str) -> spaces.Space:
        """(2,)."""
        return self._sees

    def action_space(self, agent: str) -> spaces.Space:
        """(1,)."""
        return self._does[agent]

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict, dict]:
        """Draw places and goals."""
        rng = np.random.default_rng(seed)
        self.agents = list(self.possible_agents)
        self.place = dict(zip(self.agents, rng.uniform(-1.0, 1.0, len(self.agents)), strict=True))
        self.goal = dict(zip(self.agents, rng.uniform(-1.0, 1.0, len(self.agents)), strict=True))
        return self._observations(), {agent: {"reached": False} for agent in self.agents}

    def step(self, actions: dict[str, np.ndarray]) -> tuple[dict, dict, dict, dict, dict]:
        """Walk."""
        for agent, action in actions.items():
            self.place[agent] = float(np.clip(self.place[agent] + _STEP * float(action[0]), -1.0, 1.0))
        distance = {agent: abs(self.goal[agent] - self.place[agent]) for agent in self.agents}
        reached = {agent: bool(far <= self.reach) for agent, far in distance.items()}
        seen, infos = self._observations(), {agent: {"reached": there} for agent, there in reached.items()}
        rewards = {agent: -far for agent, far in distance.items()}
        cut_off = dict.fromkeys(self.agents, False)
        self.agents = [agent for agent in self.agents if not reached[agent]]
        return seen, rewards, reached, cut_off, infos

    def _observations(self) -> dict[str, np.ndarray]:
        return {
            agent: np.array([self.place[agent], self.goal[agent] - self.place[agent]], np.float32)
            for agent in self.agents
        }

    def render(self) -> np.ndarray:
        """A picture (H, W, 3) uint8: goals green, walkers blue."""
        picture = np.full((_HEIGHT, _WIDTH, 3), 255, np.uint8)
        for places, colour in ((self.goal, (18, 154, 127)), (self.place, (47, 127, 193))):
            for place in places.values():
                column = int((place + 1.0) / 2.0 * (_WIDTH - 5))
                picture[4:-4, column : column + 5] = colour
        return picture
