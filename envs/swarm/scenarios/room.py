"""The third room of the swarm as its door shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from envs.ground.defaults import DefaultScenarios
from envs.ground.play import Episodes, Space
from envs.ground.world import DRAWN_NAME
from envs.swarm.scenarios.settings import SwarmScenarioSettings, VariedSwarm
from envs.swarm.scenarios.suite import SUITE
from envs.swarm.simulation.scenario import Scenario
from envs.swarm.simulation.settings import FAMILIES, SwarmSettings


class SwarmScenarios(DefaultScenarios):
    """See envs/ground/rooms.py: Scenarios. Nothing is proven: the yardstick `assign` says what can be had."""

    settings = SwarmScenarioSettings
    told: Mapping[str, str] = {"teams": "sides", "resources": "resources", "obstacles": "obstacles"}

    def suite(self) -> Mapping[str, Scenario]:
        """See Scenarios.suite."""
        return SUITE

    def varied(  # type: ignore[override]
        self, simulation: SwarmSettings, wanted: VariedSwarm
    ) -> dict[str, Any]:
        """See Scenarios.varied: with the set's families alone, each as often."""
        values = simulation.model_dump(mode="json")
        if wanted.families:
            for family in FAMILIES:
                values["families"][family]["weight"] = float(family in wanted.families)
        return values

    def no_proof(self, simulation: SwarmSettings) -> str:
        """See Scenarios.no_proof."""
        return "this world proves nothing: `assign`, which sees the whole plane, says what can be had"

    def nothing_done(self, settings: SwarmScenarioSettings, space: Space, episodes: Episodes) -> pd.DataFrame:
        """See Scenarios.nothing_done: as episodes begin; they are not played, and something is to be done in all."""
        names = np.array([*(scenario.name for scenario in space.scenarios), DRAWN_NAME], object)[episodes.scenario]
        table = pd.DataFrame({"scenario": names, "episode_seed": episodes.seed})
        blocks = range(0, len(episodes), settings.worlds_per_block)
        parts = [_begun(space, episodes.take(slice(first, first + settings.worlds_per_block))) for first in blocks]
        columns = ("family", "num_agents", "teams", "resources", "obstacles")
        begun = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(columns))
        return pd.concat([table, begun], axis=1).assign(conflicting=True)


def _begun(space: Space, block: Episodes) -> pd.DataFrame:
    """A row for each episode of a block, as it begins."""
    batch = space.batch(len(block))
    batch.begin(np.arange(len(block)), block.scenario, block.seed)
    worlds = batch.worlds
    return pd.DataFrame(
        {
            "family": np.array(list(FAMILIES), object)[worlds.family],
            "num_agents": worlds.num_agents,
            "teams": worlds.num_teams,
            "resources": worlds.num_resources,
            "obstacles": worlds.num_obstacles,
        }
    )


SCENARIOS = SwarmScenarios()
