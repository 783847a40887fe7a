"""The batch's vectorised face: one row per world, for SuperSuit's and Stable-Baselines3's interface."""

from __future__ import annotations

import numpy as np
from gymnasium import spaces

from envs.ground.compiled_world.vector_env import BatchVectorEnv
from envs.triangles.simulation.batch import NUM_CHOICES, TrianglesBatch

COMMANDS = np.arange(NUM_CHOICES, dtype=np.float32)[:, None]
"""Bare choices."""


class TrianglesVectorEnv(BatchVectorEnv):
    """See BatchVectorEnv; a row is done when its game ends (terminated), or is cut off by its step limit."""

    batch: TrianglesBatch

    def __init__(self, batch: TrianglesBatch) -> None:
        super().__init__(batch, observation_space(batch), COMMANDS)

    def action_masks(self) -> np.ndarray:
        """Which of n choices each row has now, (num_envs, n) bool."""
        return self.batch.allowed()[:, 0]


def observation_space(batch: TrianglesBatch) -> spaces.Box:
    """What the player sees: Box(-inf, inf, (D,)); only changes of room are below 0."""
    return spaces.Box(-np.inf, np.inf, batch.observation.shape[2:], np.float32)
