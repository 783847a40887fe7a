"""The batch's vectorised face: one row per seat, for SuperSuit's and Stable-Baselines3's interface."""

from __future__ import annotations

import numpy as np
from gymnasium import spaces

from envs.boards.simulation.batch import BoardsBatch
from envs.ground.compiled_world.vector_env import BatchVectorEnv


class BoardsVectorEnv(BatchVectorEnv):
    """See BatchVectorEnv; both rows of a game are done when it ends (terminated).

    Who waits for its turn is inactive, and is paid what comes of the other's move.
    """

    batch: BoardsBatch

    def __init__(self, batch: BoardsBatch) -> None:
        super().__init__(batch, observation_space(batch), batch.game.commands)

    def action_masks(self) -> np.ndarray:
        """Which of n choices each row has now, (num_envs, n) bool."""
        return self.batch.allowed().reshape(self.num_envs, -1)


def observation_space(batch: BoardsBatch) -> spaces.Box:
    """What a seat sees: Box(0, 1, (D,))."""
    return spaces.Box(0.0, 1.0, batch.observation.shape[2:], np.float32)
