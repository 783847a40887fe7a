"""The airspace's third room as its door shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from envs.airspace.scenarios.settings import ScenarioSettings, VariedTraffic
from envs.airspace.scenarios.suite import SUITE
from envs.airspace.scenarios.varied import varied_values
from envs.airspace.simulation.scenario import Scenario
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.record import Record


class AirspaceScenarios:
    """See envs/ground/rooms.py: Scenarios."""

    settings: type[Record] = ScenarioSettings

    def suite(self) -> Mapping[str, Scenario]:
        """See Scenarios.suite."""
        return SUITE

    def varied(self, simulation: AirspaceSettings, wanted: VariedTraffic) -> dict[str, Any]:
        """See Scenarios.varied."""
        return varied_values(simulation, wanted)


SCENARIOS = AirspaceScenarios()
