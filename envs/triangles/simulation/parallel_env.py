"""The batch's PettingZoo face: one puzzle as a ParallelEnv."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from envs.ground.compiled_world.vector_env import action_space
from envs.ground.rows.one_world import OneWorld
from envs.triangles.simulation.batch import TrianglesBatch
from envs.triangles.simulation.scenario import Scenario
from envs.triangles.simulation.settings import TrianglesSettings
from envs.triangles.simulation.vector_env import COMMANDS, observation_space


class TrianglesParallelEnv(OneWorld):
    """One player who lays shapes of triangles on a hexagon of 96; full lines vanish.

    Data sheet:
        agents: player_0
        action: Discrete(360), slot * 120 + place of the shape's upper left corner, row by row of 15
        observation: Box(-inf, inf, (D,)) float32, see TrianglesBatch
        terminated: when no shape on offer fits; truncated: at `episode.max_steps`
        info: active (its game goes on), action_mask (360,) int8, and the world's episode_seed

    An obligation: a choice that cannot be laid ends the game.
    """

    WORLD = "triangles"
    OPTIONS = ("scenario", "episode_seed")
    metadata: ClassVar[dict[str, Any]] = {
        "name": "triangles_v0",
        "render_modes": ["human", "rgb_array"],
        "render_fps": 4,
        "is_parallelizable": True,
    }

    def __init__(self, scenarios: Sequence[Scenario] = (), render_mode: str | None = None, **settings: Any) -> None:
        """Make one world of the given positions, or of drawn streams of shapes where there are none.

        Args:
            render_mode: `rgb_array`: `render` returns a picture (H, W, 3) uint8; `human`: a window shows every step.
            settings: sections of TrianglesSettings as plain values, say `shapes={"most_cells": 5}`.

        Raises:
            pydantic.ValidationError: a setting that is unknown, mistyped or out of range.
            ValueError: an unknown render mode.
        """
        batch = TrianglesBatch(TrianglesSettings.from_values(settings), 1, 0, scenarios)
        super().__init__(batch, "player", render_mode)
        self._observation_space = observation_space(batch)
        self._action_space = action_space(COMMANDS, 1)

    def action_masks(self) -> dict[str, np.ndarray]:
        """Which of 360 choices the player has, (360,) bool."""
        return dict(zip(self.agents, self.batch.allowed()[0], strict=False))

    def _num_playing(self) -> int:
        return 1

    def _is_over(self) -> bool:
        return not bool(self.batch.records["cut_off"][0])

    def _normalised(self, actions: Mapping[str, Any]) -> np.ndarray:
        """The player's choice as the batch takes it, (1, 1, 1)."""
        array = np.zeros((1, 1, 1))
        for agent, action in actions.items():
            if not self._action_space.contains(action):
                wish = f"wanted a whole number from 0 to {self.batch.num_choices - 1}"
                raise ValueError(f"step: {agent}: got {action!r}, {wish}")
            array[0, 0, 0] = action
        return array

    def _shift(self, options: Mapping[str, Any], scenario: int) -> np.ndarray:
        return np.zeros(())

    def _observations(self) -> dict[str, np.ndarray]:
        return {agent: self.batch.observation[0, a].copy() for a, agent in enumerate(self.agents)}

    def _infos(self) -> dict[str, dict[str, Any]]:
        active, allowed = self.batch.active[0], self.batch.allowed()[0]
        return {
            agent: {
                "active": bool(active[a]),
                "action_mask": (allowed[a] & active[a]).astype(np.int8),
                "episode_seed": int(self.batch.episode_seed[0]),
            }
            for a, agent in enumerate(self.agents)
        }
