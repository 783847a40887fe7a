"""The batch's PettingZoo face: one junction as a ParallelEnv."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from envs.ground.compiled_world.vector_env import action_space
from envs.ground.rows.one_world import OneWorld
from envs.roads.simulation.action_grid import commands_of
from envs.roads.simulation.batch import RoadsBatch
from envs.roads.simulation.compiled.worlds import REWARD_PARTS
from envs.roads.simulation.geometry.scenario import Scenario
from envs.roads.simulation.recording import STATUS_WORDS
from envs.roads.simulation.settings import RoadsSettings
from envs.roads.simulation.vector_env import observation_space


class RoadsParallelEnv(OneWorld):
    """Cars that must get through a junction without touching each other, the road's edge or a red light.

    Data sheet:
        agents: car_0 .. car_{S-1}; all of an episode stay in `agents` until it ends
        action: Box(-1, 1, (2,)), normalised acceleration and offset (or steering), each 0.2 s; or a Discrete choice
        observation: Box(-10, 10, (D,)) float32, see docs/roads.md; zeros of who does not drive
        terminated: for all at once when all have arrived or crashed; truncated: for all at once at the step limit
        info: active (it drives: its next action counts), status, reward_parts, and the world's episode_seed

    An obligation: an agent whose info says `active` False is paid nothing and its actions are ignored.
    """

    WORLD = "roads"
    OPTIONS = ("scenario", "episode_seed", "disturbances")
    metadata: ClassVar[dict[str, Any]] = {
        "name": "roads_v0",
        "render_modes": ["human", "rgb_array"],
        "render_fps": 10,
        "is_parallelizable": True,
    }

    def __init__(self, scenarios: Sequence[Scenario] = (), render_mode: str | None = None, **settings: Any) -> None:
        """Make one world of the given scenarios, or of drawn cars where there are none.

        Args:
            render_mode: `rgb_array`: `render` returns a picture (H, W, 3) uint8; `human`: a window shows every step.
            settings: sections of RoadsSettings as plain values, say `episode={"max_steps": 50}`.

        Raises:
            pydantic.ValidationError: a setting that is unknown, mistyped or out of range.
            ValueError: an unknown render mode.
        """
        super().__init__(RoadsBatch(RoadsSettings.from_values(settings), 1, 0, scenarios=scenarios), "car", render_mode)
        self._commands = commands_of(self.batch.settings.actions)
        self._observation_space = observation_space(self.batch.worlds)
        self._action_space = action_space(self._commands, 2)

    def _num_playing(self) -> int:
        return int(self.batch.worlds.num_cars[0])

    def _is_over(self) -> bool:
        return not self.batch.worlds.row_truncated[0].any()

    def _normalised(self, actions: Mapping[str, Any]) -> np.ndarray:
        """The agents' actions as the batch takes them, (1, S, 2)."""
        array = np.zeros((1, self.batch.num_slots, 2))
        for agent, action in actions.items():
            if self._commands is not None and not self._action_space.contains(action):
                wish = f"wanted a whole number from 0 to {len(self._commands) - 1}"
                raise ValueError(f"step: {agent}: got {action!r}, {wish}")
            wanted = action if self._commands is None else self._commands[action]
            array[0, self.possible_agents.index(agent)] = wanted
        if not np.isfinite(array).all():
            raise ValueError(f"step: got {actions}, wanted finite numbers")
        return array

    def _shift(self, options: Mapping[str, Any], scenario: int) -> np.ndarray:
        return self.batch.disturbance(*self._disturbed(options, self.batch.settings.disturbance))

    def _observations(self) -> dict[str, np.ndarray]:
        return {agent: self.batch.worlds.observation[0, a].copy() for a, agent in enumerate(self.agents)}

    def _infos(self) -> dict[str, dict[str, Any]]:
        worlds = self.batch.worlds
        return {
            agent: {
                "active": bool(worlds.active[0, a]),
                "status": STATUS_WORDS[worlds.status[0, a]],
                "reward_parts": dict(zip(REWARD_PARTS, worlds.reward_parts[0, a].tolist(), strict=True)),
                "episode_seed": int(worlds.episode_seed[0]),
            }
            for a, agent in enumerate(self.agents)
        }
