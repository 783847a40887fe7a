"""The batch's PettingZoo face: one game as a ParallelEnv."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from envs.boards.simulation.batch import BoardsBatch
from envs.boards.simulation.scenario import Scenario
from envs.boards.simulation.settings import BoardsSettings
from envs.boards.simulation.vector_env import observation_space
from envs.ground.compiled_world.vector_env import action_space
from envs.ground.rows.one_world import OneWorld


class BoardsParallelEnv(OneWorld):
    """Two players who put stones on a board by turns; a row of one's own stones wins.

    Data sheet:
        agents: player_0, who moves first, and player_1; both stay in `agents` until the game ends. Where an opponent
            plays, one of them is never active
        action: Discrete(n), a column (connect four) or a cell, column by column (tic-tac-toe)
        observation: Box(0, 1, (2 * rows * columns,)) float32, planes of own stones and of the other's
        terminated: for both when the game ends
        info: active (it is its turn), action_mask (n,) int8, and the world's episode_seed

    An obligation: a choice that cannot be played ends the game, and who made it is paid -1.
    """

    WORLD = "boards"
    OPTIONS = ("scenario", "episode_seed")
    metadata: ClassVar[dict[str, Any]] = {
        "name": "boards_v0",
        "render_modes": ["human", "rgb_array"],
        "render_fps": 2,
        "is_parallelizable": True,
    }

    def __init__(self, scenarios: Sequence[Scenario] = (), render_mode: str | None = None, **settings: Any) -> None:
        """Make one world of the given positions, or of drawn openings where there are none.

        Args:
            render_mode: `rgb_array`: `render` returns a picture (H, W, 3) uint8; `human`: a window shows every step.
            settings: sections of BoardsSettings as plain values, say `game="tic_tac_toe"`.

        Raises:
            pydantic.ValidationError: a setting that is unknown, mistyped or out of range.
            ValueError: an unknown render mode, or a position of another game.
        """
        batch = BoardsBatch(BoardsSettings.from_values(settings), 1, 0, scenarios)
        super().__init__(batch, "player", render_mode)
        self._observation_space = observation_space(batch)
        self._action_space = action_space(batch.game.commands, 1)

    def action_masks(self) -> dict[str, np.ndarray]:
        """Which of n choices each agent has, (n,) bool; all, of who waits."""
        return dict(zip(self.agents, self.batch.allowed()[0], strict=False))

    def _num_playing(self) -> int:
        return 2

    def _is_over(self) -> bool:
        return True

    def _normalised(self, actions: Mapping[str, Any]) -> np.ndarray:
        """The agents' choices as the batch takes them, (1, 2, 1)."""
        array = np.zeros((1, 2, 1))
        for agent, action in actions.items():
            if not self._action_space.contains(action):
                wish = f"wanted a whole number from 0 to {self.batch.num_choices - 1}"
                raise ValueError(f"step: {agent}: got {action!r}, {wish}")
            array[0, self.possible_agents.index(agent)] = action
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
