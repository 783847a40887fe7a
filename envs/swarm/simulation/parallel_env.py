"""The batch's PettingZoo face: one plane as a ParallelEnv."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from envs.ground.compiled_world.vector_env import action_space
from envs.ground.rows.one_world import OneWorld
from envs.swarm.simulation.batch import SwarmBatch
from envs.swarm.simulation.compiled.observation import LIMIT_OF_ALL
from envs.swarm.simulation.compiled.state import REWARD_PARTS
from envs.swarm.simulation.scenario import Scenario
from envs.swarm.simulation.settings import Disturbance, SwarmSettings


class SwarmParallelEnv(OneWorld):
    """Teams of discs that carry resources home, fight, and hold hives.

    Data sheet:
        agents: agent_0 .. agent_{A-1}, team after team; all of an episode stay in `agents` until it ends
        action: Box(-1, 1, (3,)): push east, push north, and grip (above 0: hold on), each 0.5 s
        observation: Box(-5, 5, (D,)) float32, see docs/swarm.md; zeros of who is dead
        terminated: for all at once when all is brought home, or a contest is decided; truncated: at the step limit
        info: active (it lives: its next action counts), team, reward_parts, and the world's episode_seed

    An obligation: an agent whose info says `active` False has its actions ignored. One that died may come back.
    """

    WORLD = "swarm"
    OPTIONS = ("scenario", "episode_seed", "disturbances")
    metadata: ClassVar[dict[str, Any]] = {
        "name": "swarm_v0",
        "render_modes": ["human", "rgb_array"],
        "render_fps": 4,
        "is_parallelizable": True,
    }

    def __init__(self, scenarios: Sequence[Scenario] = (), render_mode: str | None = None, **settings: Any) -> None:
        """Make one world of the given scenarios, or of drawn episodes where there are none.

        Args:
            render_mode: `rgb_array`: `render` returns a picture (H, W, 3) uint8; `human`: a window shows every step.
            settings: sections of SwarmSettings as plain values, say `episode={"max_steps": 50}`.

        Raises:
            pydantic.ValidationError: a setting that is unknown, mistyped or out of range.
            ValueError: an unknown render mode.
        """
        batch = SwarmBatch(SwarmSettings.from_values(settings), 1, 0, scenarios=scenarios)
        super().__init__(batch, "agent", render_mode)
        self._observation_space, self._action_space = observation_space(batch), action_space(None, batch.num_actions)

    def _num_playing(self) -> int:
        return int(self.batch.worlds.num_agents[0])

    def _is_over(self) -> bool:
        return bool(self.batch.worlds.over[0])

    def _normalised(self, actions: Mapping[str, Any]) -> np.ndarray:
        """The agents' actions as the batch takes them, (1, A, 3)."""
        array = np.zeros((1, self.batch.num_slots, 3))
        for agent, action in actions.items():
            array[0, self.possible_agents.index(agent)] = action
        if not np.isfinite(array).all():
            raise ValueError(f"step: got {actions}, wanted finite numbers")
        return array

    def _shift(self, options: Mapping[str, Any], scenario: int) -> np.ndarray:
        told = options.get("disturbances", self.batch.settings.disturbance.model_dump(mode="json"))
        return self.batch.disturbance(Disturbance.from_values(told))

    def _observations(self) -> dict[str, np.ndarray]:
        return {agent: self.batch.observation[0, a].copy() for a, agent in enumerate(self.agents)}

    def _infos(self) -> dict[str, dict[str, Any]]:
        worlds = self.batch.worlds
        return {
            agent: {
                "active": bool(worlds.active[0, a]),
                "team": int(worlds.team[0, a]),
                "reward_parts": dict(zip(REWARD_PARTS, worlds.state.parts[0, a].tolist(), strict=True)),
                "episode_seed": int(worlds.episode_seed[0]),
            }
            for a, agent in enumerate(self.agents)
        }


def observation_space(batch: SwarmBatch) -> spaces.Box:
    """What one agent sees: Box(-5, 5, (D,))."""
    return spaces.Box(-LIMIT_OF_ALL, LIMIT_OF_ALL, batch.observation.shape[2:], np.float32)
