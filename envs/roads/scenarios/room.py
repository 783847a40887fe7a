"""The third room of the roads as its door shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from envs.ground.play import Episodes, Space, play
from envs.ground.rooms import Way
from envs.ground.steering import Steering
from envs.roads.baselines.rules import Hold
from envs.roads.baselines.settings import BaselineSettings, Idm
from envs.roads.scenarios.orders import PassInOrder, alone, search, stacked
from envs.roads.scenarios.settings import RoadsScenarioSettings, VariedRoads
from envs.roads.scenarios.suite import SUITE
from envs.roads.simulation.geometry.road_settings import FAMILIES
from envs.roads.simulation.geometry.scenario import Scenario
from envs.roads.simulation.settings import RoadsSettings

_GENERAL = ["scenario", "episode_seed", "family", "num_agents"]


class RoadsScenarios:
    """See envs/ground/rooms.py: Scenarios."""

    settings = RoadsScenarioSettings
    told: Mapping[str, str] = {"hold_failed": "somebody is lost", "hold_arrived": "cars that arrive"}
    methods: Mapping[str, str] = {"passage": "an order of passage"}
    hard = (
        "seconds that two cars would spend in the first 15 m of a stretch that they share, were each alone, "
        "summed over pairs: 0, nobody meets"
    )

    def suite(self) -> Mapping[str, Scenario]:
        """See Scenarios.suite."""
        return SUITE

    def varied(self, simulation: RoadsSettings, wanted: VariedRoads) -> dict[str, Any]:
        """See Scenarios.varied: with the set's families alone."""
        values = simulation.model_dump(mode="json")
        if wanted.families:
            values["roads"]["families"] = {family: float(family in wanted.families) for family in FAMILIES}
        return values

    def no_proof(self, simulation: RoadsSettings) -> str:
        """See Scenarios.no_proof: all can be proven."""
        return ""

    def ways(self, settings: RoadsScenarioSettings, baselines: BaselineSettings) -> Iterator[Way]:
        """See Scenarios.ways: none holds for all episodes, an order is of its episode's cars."""
        return iter(())

    def search(self, settings: RoadsScenarioSettings, space: Space, episodes: Episodes, seed: int) -> list[Way | None]:
        """See Scenarios.search."""
        proof = settings.proof
        found = search(space, episodes, proof.idm, proof.search, seed, settings.worlds_per_block)
        return [None if order is None else _way(proof.idm, order) for order in found]

    def steering_of(self, ways: Sequence[Way]) -> Steering:
        """See Scenarios.steering_of: all of the same settings, but own orders."""
        idm = Idm.from_values(ways[0].arguments["idm"])
        return PassInOrder(idm, stacked([way.arguments["order"] for way in ways]))

    def nothing_done(self, settings: RoadsScenarioSettings, space: Space, episodes: Episodes) -> pd.DataFrame:
        """See Scenarios.nothing_done: all keep their speeds along their routes."""
        table = play(space, episodes, Hold(), worlds_per_block=settings.worlds_per_block).episodes
        told = {"hold_failed": table["failed"], "hold_arrived": table["arrived"]}
        return table[_GENERAL].assign(conflicting=table["failed"].astype(bool), **told)

    def difficulty(
        self, settings: RoadsScenarioSettings, space: Space, episodes: Episodes, seed: int, *, named: bool
    ) -> np.ndarray:
        """See Scenarios.difficulty."""
        return alone(space, episodes, settings.proof.idm, settings.worlds_per_block).shared_s


def _way(idm: Idm, order: np.ndarray) -> Way:
    return Way("passage", {"order": order[order >= 0].tolist(), "idm": idm.model_dump()})


SCENARIOS = RoadsScenarios()
