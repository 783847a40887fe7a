"""Tiny environments for tests: one whose script says how each agent's time ends, and a vectorised face by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv

DEFAULT_SCRIPT = {"a": (2, "terminated"), "b": (3, "inactive"), "c": (5, "truncated")}
"""Agent -> (the step in which it ends, how): leaves `terminated`, `truncated` or `vanished`; stays, `inactive`.

`absent` (step 0) is an agent that never enters, `waiting` (step 0) one that enters inactive.
"""


class Leaving(ParallelEnv):
    """Agents with a script. The world ends when no agent is left, or truncated at `max_steps`.

    Data sheet:
        observation: Box (2,), the step and a number drawn for the agent at the reset
        action: Box (1,); reward: 1 + action
        info: step, the number of steps so far; `active` only for agents scripted as inactive or waiting
    """

    metadata: ClassVar[dict[str, Any]] = {"name": "leaving_v0", "render_modes": ["rgb_array"]}

    def __init__(self, script: Mapping[str, tuple[int, str]] = DEFAULT_SCRIPT, max_steps: int = 6) -> None:
        self.script = dict(script)
        self.max_steps = max_steps
        self.render_mode: str | None = "rgb_array"
        self.possible_agents = list(self.script)
        self.agents: list[str] = []
        self.passed: list[dict[str, float]] = []  # the actions of each step
        self.bonus = 0.0
        self.num_renders = 0

    def observation_space(self, agent: str) -> spaces.Space:
        """(2,)."""
        return spaces.Box(-10.0, 10.0, (2,), np.float32)

    def action_space(self, agent: str) -> spaces.Space:
        """(1,)."""
        return spaces.Box(-1.0, 1.0, (1,), np.float32)

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict, dict]:
        """Begin; `seed` decides the agents' numbers and stands in the first infos."""
        rng = np.random.default_rng(seed)
        self.numbers = {agent: rng.uniform(-1, 1) for agent in self.possible_agents}
        self.step_count = 0
        self.passed = []
        self.agents = [agent for agent, (_, how) in self.script.items() if how != "absent"]
        first = {"seed": seed, "options": options, "step": 0}
        return self._observations(), {agent: {**info, **first} for agent, info in self._infos().items()}

    def step(self, actions: dict[str, np.ndarray]) -> tuple[dict, dict, dict, dict, dict]:
        """Advance everybody by one step."""
        self.passed.append({agent: float(action[0]) for agent, action in actions.items()})
        self.step_count += 1
        observations, infos = self._observations(), self._infos()
        rewards = {agent: 1.0 + self.bonus + self.passed[-1][agent] for agent in self.agents}
        terminations = {agent: self._ends(agent, "terminated") for agent in self.agents}
        time_out = self.step_count == self.max_steps
        truncations = {agent: time_out or self._ends(agent, "truncated") for agent in self.agents}
        gone = {agent for agent in self.agents if terminations[agent] or truncations[agent]}
        gone |= {agent for agent in self.agents if self._ends(agent, "vanished")}
        self.agents = [agent for agent in self.agents if agent not in gone]
        return observations, rewards, terminations, truncations, infos

    def action_masks(self) -> dict[str, np.ndarray]:
        """A mask for each agent that is present."""
        return {agent: np.array([True, agent == "a"]) for agent in self.agents}

    def render(self) -> np.ndarray:
        """A picture as bright as the step."""
        self.num_renders += 1
        return np.full((4, 4, 3), self.step_count, dtype=np.uint8)

    def _ends(self, agent: str, how: str) -> bool:
        return self.script[agent] == (self.step_count, how)

    def _observations(self) -> dict[str, np.ndarray]:
        return {agent: np.array([self.step_count, self.numbers[agent]], np.float32) for agent in self.agents}

    def _infos(self) -> dict[str, dict[str, Any]]:
        return {agent: {"step": self.step_count, **self._flag(agent)} for agent in self.agents}

    def _flag(self, agent: str) -> dict[str, bool]:
        step, how = self.script[agent]
        return {"active": self.step_count < step} if how in ("inactive", "waiting") else {}


class Ticks:
    """A vector face by hand: rows count their steps; row 1 terminates at step 2, worlds are truncated at step 3.

    Like a compiled batch it returns views of its own buffers and no infos.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": []}
    render_mode = None

    def __init__(self, settings: Mapping[str, Any], num_worlds: int, seed: int) -> None:
        self.num_worlds, self.num_agents, self.num_envs = num_worlds, 2, 2 * num_worlds
        self.observation_space = spaces.Box(-np.inf, np.inf, (2,), np.float32)
        self.action_space = spaces.Box(-1.0, 1.0, (1,), np.float32)
        self.settings, self.rng = settings, np.random.default_rng(seed)
        self.obs = np.zeros((self.num_envs, 2), np.float32)
        self.terminal_obs = np.zeros((self.num_envs, 2), np.float32)
        self.active = np.ones(self.num_envs, bool)

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, list]:
        if seed is not None:
            self.rng = np.random.default_rng(seed)
        self.obs[:, 0], self.obs[:, 1] = 0, self.rng.uniform(size=self.num_envs)
        self.active[:] = True
        return self.obs, []

    def step_async(self, actions: np.ndarray) -> None:
        self.actions = actions

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, list]:
        rewards = np.where(self.active, 1.0 + self.actions[:, 0], 0.0)
        self.obs[:, 0] += 1
        self.terminal_obs[:] = self.obs
        odd, step = np.arange(self.num_envs) % 2 == 1, self.obs[0, 0]
        terminations, truncations = odd & (step >= 2), np.full(self.num_envs, step == 3)
        self.active[terminations] = False
        if step == 3:
            self.reset()
        return self.obs, rewards, terminations, truncations, []

    def get_state(self) -> dict[str, Any]:
        return {"obs": self.obs.copy(), "active": self.active.copy(), "rng": self.rng.bit_generator.state}

    def set_state(self, state: dict[str, Any]) -> None:
        self.obs[:], self.active[:], self.rng.bit_generator.state = state["obs"], state["active"], state["rng"]

    def env_is_wrapped(self, wrapper_class: type) -> list[bool]:
        return [False] * self.num_envs

    def render(self) -> None: ...
    def close(self) -> None: ...


class LeavingFast(Leaving):
    """An environment that says it has a vectorised face."""

    vector_env = Ticks
