"""The batch's one-world face: a PettingZoo ParallelEnv."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from envs.airspace.simulation.action_grid import ActionGrid, commands_of
from envs.airspace.simulation.batch import DEFAULT_DISCOUNT, AirspaceBatch
from envs.airspace.simulation.compiled.worlds import REWARD_PARTS
from envs.airspace.simulation.disturbance_settings import Wind
from envs.airspace.simulation.entities import entities_of
from envs.airspace.simulation.rules import Performance, built_in_performance
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.scenario import Scenario
from envs.airspace.simulation.vector_env import observation_space
from envs.ground.compiled_world.vector_env import action_space
from envs.ground.rows.dict_rows import Rows, take_row
from envs.ground.rows.one_world import OneWorld


class AirspaceParallelEnv(OneWorld):
    """Aircraft at one flight level that must reach their waypoints and keep 5 NM apart.

    Data sheet:
        agents: aircraft_0 .. aircraft_{A-1}; all that fly stay in `agents` until the world ends
        action: Box(-1, 1, (2,)), normalised heading and speed change, one every 10 s; or a Discrete choice of changes
        observation: Box(-10, 10, (D,)) float32, or a Dict, see docs/airspace.md
        terminated: for all at once when all have arrived; truncated: for all at once at the step limit
        info: active (False from arrival on), arrived, separation_nm, reward_parts, and the world's episode_seed;
            where actions are discrete, action_mask (n,) int8: 1 for what it may choose next

    An obligation: an agent whose info says `active` False is paid nothing and its actions are ignored.
    """

    WORLD = "airspace"
    OPTIONS = ("scenario", "episode_seed", "wind", "disturbances")
    metadata: ClassVar[dict[str, Any]] = {
        "name": "airspace_v0",
        "render_modes": ["human", "rgb_array"],
        "render_fps": 10,
        "is_parallelizable": True,
    }

    def __init__(
        self,
        scenarios: Sequence[Scenario] = (),
        discount: float = DEFAULT_DISCOUNT,
        performance: Performance = built_in_performance,
        types: Sequence[str] = (),
        render_mode: str | None = None,
        **settings: Any,
    ) -> None:
        """Make one world of the given scenarios, or of procedural traffic where there are none.

        Args:
            types: aircraft types that disturbances may name, beside those that fly anyway.
            render_mode: `rgb_array`: `render` returns a picture (H, W, 3) uint8; `human`: a window shows every step.
            settings: sections of AirspaceSettings as plain values, say `episode={"max_steps": 50}`.

        Raises:
            pydantic.ValidationError: a setting that is unknown, mistyped or out of range.
            ValueError: an unknown render mode.
        """
        own = AirspaceSettings.from_values(settings)
        batch = AirspaceBatch(own, 1, 0, scenarios=scenarios, discount=discount, performance=performance, types=types)
        super().__init__(batch, "aircraft", render_mode)
        self._entities = entities_of(self.batch.settings, self.batch.num_slots)
        self._observation_space = observation_space(self.batch.worlds, self._entities)
        self._grid = ActionGrid(self.batch.settings.actions)
        self._commands = commands_of(self.batch.settings.actions)
        self._action_space = action_space(self._commands, 2)

    def _num_playing(self) -> int:
        return int(self.batch.worlds.num_aircraft[0])

    def _is_over(self) -> bool:
        arrived = bool(self.batch.worlds.arrived[0, : len(self.agents)].all())
        return arrived or self.batch.settings.episode.time_limit == "task"

    def action_masks(self) -> dict[str, np.ndarray]:
        """By agent, (n,) bool: which of n discrete actions it has now, see ActionGrid.allowed."""
        return dict(zip(self.possible_agents, self._grid.allowed(self.batch.worlds)[0], strict=True))

    def _normalised(self, actions: Mapping[str, Any]) -> np.ndarray:
        """The agents' actions as the batch takes them, (1, A, 2)."""
        array = np.zeros((1, self.batch.num_slots, 2))
        discrete = isinstance(self._action_space, spaces.Discrete)
        for agent, action in actions.items():
            if discrete and not self._action_space.contains(action):
                raise ValueError(
                    f"step: {agent}: got {action!r}, wanted a whole number from 0 to {len(self._grid) - 1}"
                )
            array[0, self.possible_agents.index(agent)] = self._grid.commands[action] if discrete else action
        if not np.isfinite(array).all():
            raise ValueError(f"step: got {actions}, wanted finite numbers")
        return array

    def _shift(self, options: Mapping[str, Any], scenario: int) -> np.ndarray:
        settings = self.batch.settings
        wind = Wind.from_values(options["wind"]) if "wind" in options else settings.wind
        return self.batch.disturbance(wind, *self._disturbed(options, settings.disturbance), scenario)

    def _observations(self) -> dict[str, Rows]:
        rows = self.batch.worlds.observation[0]
        seen = rows.copy() if self._entities is None else self._entities.split(rows)
        return {agent: take_row(seen, a) for a, agent in enumerate(self.agents)}

    def _infos(self) -> dict[str, dict[str, Any]]:
        worlds = self.batch.worlds
        infos: dict[str, dict[str, Any]] = {
            agent: {
                "active": bool(worlds.active[0, a]),
                "arrived": bool(worlds.arrived[0, a]),
                "separation_nm": float(worlds.separation[0, a]),
                "reward_parts": dict(zip(REWARD_PARTS, worlds.reward_parts[0, a].tolist(), strict=True)),
                "episode_seed": int(worlds.episode_seed[0]),
            }
            for a, agent in enumerate(self.agents)
        }
        if isinstance(self._action_space, spaces.Discrete):
            masks = self.action_masks()
            for agent, info in infos.items():
                info["action_mask"] = masks[agent].astype(np.int8)
        return infos
