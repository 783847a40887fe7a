"""The third room of the triangles as its door shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from envs.ground.defaults import DefaultScenarios
from envs.ground.play import Episodes, Space
from envs.ground.sets import ScenarioSettings
from envs.ground.world import DRAWN_NAME
from envs.triangles.scenarios.suite import SUITE
from envs.triangles.simulation.scenario import Scenario
from envs.triangles.simulation.settings import TrianglesSettings


class TrianglesScenarios(DefaultScenarios):
    """See envs/ground/rooms.py: Scenarios. Nothing is proven: the yardstick `beam` says what can be had."""

    told: Mapping[str, str] = {"taken": "cells taken at first"}

    def suite(self) -> Mapping[str, Scenario]:
        """See Scenarios.suite."""
        return SUITE

    def no_proof(self, simulation: TrianglesSettings) -> str:
        """See Scenarios.no_proof."""
        return "this world proves nothing: `beam`, which searches the shapes on offer, says what can be had"

    def nothing_done(self, settings: ScenarioSettings, space: Space, episodes: Episodes) -> pd.DataFrame:
        """See Scenarios.nothing_done: as episodes begin; they are not played, and something is to be done in all."""
        named: list[Any] = [*space.scenarios, None]
        begun = [named[index] for index in episodes.scenario]
        return pd.DataFrame(
            {
                "scenario": np.array([DRAWN_NAME if own is None else own.name for own in begun], object),
                "episode_seed": episodes.seed,
                "family": "",
                "num_agents": 1,
                "conflicting": True,
                "taken": np.array([0 if own is None else len(own.taken) for own in begun], np.int64),
            }
        )


SCENARIOS = TrianglesScenarios()
