"""The airspace's third room as its door shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from envs.airspace.baselines.settings import BaselineSettings
from envs.airspace.scenarios.closest import TOLD, if_nobody_acts
from envs.airspace.scenarios.plan_search import PlanSpace, difficulty
from envs.airspace.scenarios.settings import AirspaceScenarioSettings, VariedTraffic
from envs.airspace.scenarios.suite import SUITE
from envs.airspace.scenarios.ways import METHODS, rules, searched, steering_of
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.scenario import Scenario
from envs.airspace.simulation.traffic.traffic_settings import FAMILIES
from envs.ground.play import Episodes, Space
from envs.ground.rooms import Way
from envs.ground.steering import Steering


class AirspaceScenarios:
    """See envs/ground/rooms.py: Scenarios."""

    settings = AirspaceScenarioSettings
    told: Mapping[str, str] = TOLD
    methods: Mapping[str, str] = METHODS
    hard = (
        "-log10 of the share of random joint plans that are conflict-free and let everybody arrive: "
        "0, anything works; 1, one in ten; 3, one in a thousand"
    )

    def suite(self) -> Mapping[str, Scenario]:
        """See Scenarios.suite."""
        return SUITE

    def varied(self, simulation: AirspaceSettings, wanted: VariedTraffic) -> dict[str, Any]:
        """See Scenarios.varied: with the set's families alone, of which none is held out."""
        values = simulation.model_dump(mode="json")
        if wanted.families:
            drawn = values["procedural"]
            drawn["families"] = {family: float(family in wanted.families) for family in FAMILIES}
            held_out = drawn["held_out"]["families"]
            drawn["held_out"]["families"] = [held for held in held_out if held not in wanted.families]
        return values

    def no_proof(self, simulation: AirspaceSettings) -> str:
        """See Scenarios.no_proof."""
        return "" if simulation.traffic == "families" else "a sector does not end with everybody's arrival"

    def ways(self, settings: AirspaceScenarioSettings, baselines: BaselineSettings) -> Iterator[Way]:
        """See Scenarios.ways; those of the baselines are not asked, so that tuning them draws no other sets."""
        return rules(settings.proof.mvp)

    def search(
        self, settings: AirspaceScenarioSettings, space: Space, episodes: Episodes, seed: int
    ) -> list[Way | None]:
        """See Scenarios.search."""
        return searched(_plan_space(settings, space, seed), episodes, settings.proof.search)

    def steering_of(self, ways: Sequence[Way]) -> Steering:
        """See Scenarios.steering_of."""
        return steering_of(ways)

    def nothing_done(self, settings: AirspaceScenarioSettings, space: Space, episodes: Episodes) -> pd.DataFrame:
        """See Scenarios.nothing_done."""
        return if_nobody_acts(space, episodes, settings.worlds_per_block)

    def difficulty(
        self, settings: AirspaceScenarioSettings, space: Space, episodes: Episodes, seed: int, *, named: bool
    ) -> np.ndarray:
        """See Scenarios.difficulty, and that of envs/airspace/scenarios/plan_search.py."""
        sample = settings.proof.difficulty.named if named else settings.proof.difficulty.drawn
        return difficulty(_plan_space(settings, space, seed), episodes, sample)


def _plan_space(settings: AirspaceScenarioSettings, space: Space, seed: int) -> PlanSpace:
    return PlanSpace(space, settings.proof.plans, seed, settings.worlds_per_block)


SCENARIOS = AirspaceScenarios()
