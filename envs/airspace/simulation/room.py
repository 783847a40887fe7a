"""The airspace's first room as its door shows it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from envs.airspace.simulation.action_grid import commands_of
from envs.airspace.simulation.batch import DEFAULT_DISCOUNT, AirspaceBatch
from envs.airspace.simulation.compiled.observation import layout
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.slots import neighbour_slots
from envs.airspace.simulation.traffic.aircraft import performance_of
from envs.airspace.simulation.traffic.documents import document_of, scenario_from
from envs.airspace.simulation.traffic.scenario import Scenario
from envs.airspace.simulation.traffic.traffic_settings import STEP_S
from envs.ground.compiled_world.simulation import CompiledSimulation
from envs.ground.outcomes import Outcome
from envs.ground.record import Record
from envs.ground.world import Slots

if TYPE_CHECKING:
    from envs.airspace.simulation.parallel_env import AirspaceParallelEnv
    from envs.airspace.simulation.vector_env import AirspaceVectorEnv

OUTCOMES = (
    Outcome("los", "episodes with loss of separation", "failure", short="LoS"),
    Outcome("arrived_share", "aircraft that arrive", "share", short="arrived"),
    Outcome(
        "min_separation_nm",
        "smallest separation",
        "number",
        short="smallest separation",
        better="higher",
        unit="NM",
        over="min",
    ),
)


class AirspaceSimulation(CompiledSimulation):
    """See envs/ground/world.py: Simulation."""

    settings: type[Record] = AirspaceSettings
    step_s = STEP_S
    agent = "aircraft"
    units: Mapping[str, str] = {
        "action": "heading change and speed change, each in [-1, 1] of the largest change in settings.actions",
        "distance": "NM",
        "speed": "kt",
        "angle": "degrees, 0 north, clockwise",
        "time": "s",
    }

    def batch(
        self,
        settings: AirspaceSettings,
        num_worlds: int,
        *,
        seed: int = 0,
        scenarios: Sequence[Scenario] = (),
        discount: float = DEFAULT_DISCOUNT,
        room: int = 0,
        extras: Collection[str] = (),
    ) -> AirspaceBatch:
        """See Simulation.batch; `extras` are aircraft types that disturbances may name."""
        return AirspaceBatch(
            settings,
            num_worlds,
            seed,
            scenarios=scenarios,
            discount=discount,
            performance=performance_of,
            min_slots=room,
            types=tuple(extras),
        )

    def rows(self, batch: AirspaceBatch) -> AirspaceVectorEnv:
        """See CompiledSimulation.rows."""
        from envs.airspace.simulation.vector_env import AirspaceVectorEnv

        return AirspaceVectorEnv(batch)

    def environment(
        self,
        settings: AirspaceSettings,
        *,
        scenarios: Sequence[Scenario] = (),
        render_mode: str | None = None,
        **others: Any,
    ) -> AirspaceParallelEnv:
        """See Simulation.environment; `others` as AirspaceParallelEnv has them."""
        from envs.airspace.simulation.parallel_env import AirspaceParallelEnv

        values = settings.model_dump(mode="json")
        return AirspaceParallelEnv(scenarios=scenarios, render_mode=render_mode, **others, **values)

    def outcomes(self, settings: AirspaceSettings) -> tuple[Outcome, ...]:
        """See Simulation.outcomes."""
        return OUTCOMES

    def room(self, settings: AirspaceSettings) -> int:
        """See Simulation.room."""
        return settings.most_drawn

    def size(self, scenario: Scenario) -> int:
        """See Simulation.size."""
        return scenario.num_aircraft

    def features(self, settings: AirspaceSettings) -> tuple[str, ...]:
        """See Simulation.features."""
        return layout(settings)

    def slots(self, settings: AirspaceSettings) -> tuple[Slots, ...]:
        """See Simulation.slots: the nearest neighbours."""
        return neighbour_slots(layout(settings))

    def actions(self, settings: AirspaceSettings) -> tuple[str, ...]:
        """See Simulation.actions."""
        return ("heading_change", "speed_change")

    def commands(self, settings: AirspaceSettings) -> np.ndarray | None:
        """See Simulation.commands."""
        return commands_of(settings.actions)

    def refuses_to_learn(self, settings: AirspaceSettings) -> str:
        """See Simulation.refuses_to_learn."""
        if settings.observation.layout == "entities":
            return "observation.layout: got entities, wanted a flat layout: our learners take no dict"
        return ""

    def ends(self, settings: AirspaceSettings) -> str:
        """See Simulation.ends."""
        return "" if settings.traffic == "families" else f"traffic: got {settings.traffic}, wanted families"

    def scenario_from(self, document: Any, source: str) -> Scenario:
        """See Simulation.scenario_from."""
        return scenario_from(document, source)

    def document_of(self, scenario: Scenario, source: str) -> dict[str, Any]:
        """See Simulation.document_of."""
        return document_of(scenario, source)


SIMULATION = AirspaceSimulation()
