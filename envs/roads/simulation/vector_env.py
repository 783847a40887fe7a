"""The batch's vectorised face: one row per car slot, for SuperSuit's and Stable-Baselines3's interface."""

from __future__ import annotations

import numpy as np
from gymnasium import spaces

from envs.ground.compiled_world.records import Worlds
from envs.ground.compiled_world.vector_env import BatchVectorEnv
from envs.roads.simulation.action_grid import commands_of
from envs.roads.simulation.batch import RoadsBatch
from envs.roads.simulation.compiled.observation import LIMIT_OF_ALL


class RoadsVectorEnv(BatchVectorEnv):
    """See BatchVectorEnv; a row is done once when its car arrives or crashes (terminated), again at its world's end.

    Between the two, before its car has entered, and in empty slots, it is inactive.
    """

    def __init__(self, batch: RoadsBatch) -> None:
        super().__init__(batch, observation_space(batch.worlds), commands_of(batch.settings.actions))


def observation_space(worlds: Worlds) -> spaces.Space:
    """What one car sees: Box(-10, 10, (D,))."""
    return spaces.Box(-LIMIT_OF_ALL, LIMIT_OF_ALL, worlds.observation.shape[2:], np.float32)
