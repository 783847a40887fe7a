"""The roads' first room as its door shows it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from envs.ground.compiled_world.simulation import CompiledSimulation
from envs.ground.outcomes import Outcome
from envs.ground.record import Record
from envs.ground.world import Slots
from envs.roads.simulation.action_grid import commands_of
from envs.roads.simulation.batch import RoadsBatch
from envs.roads.simulation.compiled.observation import layout
from envs.roads.simulation.geometry.documents import document_of, scenario_from
from envs.roads.simulation.geometry.scenario import Scenario
from envs.roads.simulation.settings import STEP_S, RoadsSettings

if TYPE_CHECKING:
    from envs.roads.simulation.parallel_env import RoadsParallelEnv
    from envs.roads.simulation.vector_env import RoadsVectorEnv

OUTCOMES = (
    Outcome("failed", "episodes with a crash, a car off the road or over a red light", "failure", short="failed"),
    Outcome("arrived", "cars that arrive", "share"),
)
_SLOT = "neighbour_"


class RoadsSimulation(CompiledSimulation):
    """See envs/ground/world.py: Simulation."""

    settings: type[Record] = RoadsSettings
    step_s = STEP_S
    agent = "car"
    units: Mapping[str, str] = {
        "action": "acceleration and offset to the left (or steering angle), each in [-1, 1] of settings.actions' most",
        "distance": "m",
        "speed": "m/s",
        "angle": "radians, 0 east, counterclockwise",
        "time": "s",
    }

    def batch(
        self,
        settings: RoadsSettings,
        num_worlds: int,
        *,
        seed: int = 0,
        scenarios: Sequence[Scenario] = (),
        discount: float = 1.0,
        room: int = 0,
        extras: Collection[str] = (),
    ) -> RoadsBatch:
        """See Simulation.batch; no part of the reward asks for `discount`, and there are no `extras`."""
        return RoadsBatch(settings, num_worlds, seed, scenarios=scenarios, min_slots=room)

    def rows(self, batch: RoadsBatch) -> RoadsVectorEnv:
        """See CompiledSimulation.rows."""
        from envs.roads.simulation.vector_env import RoadsVectorEnv

        return RoadsVectorEnv(batch)

    def environment(
        self,
        settings: RoadsSettings,
        *,
        scenarios: Sequence[Scenario] = (),
        render_mode: str | None = None,
        **others: Any,
    ) -> RoadsParallelEnv:
        """See Simulation.environment; `others` as RoadsParallelEnv has them."""
        from envs.roads.simulation.parallel_env import RoadsParallelEnv

        values = settings.model_dump(mode="json")
        return RoadsParallelEnv(scenarios=scenarios, render_mode=render_mode, **others, **values)

    def outcomes(self, settings: RoadsSettings) -> tuple[Outcome, ...]:
        """See Simulation.outcomes."""
        return OUTCOMES

    def room(self, settings: RoadsSettings) -> int:
        """See Simulation.room."""
        return settings.most_drawn

    def size(self, scenario: Scenario) -> int:
        """See Simulation.size."""
        return scenario.num_cars

    def features(self, settings: RoadsSettings) -> tuple[str, ...]:
        """See Simulation.features."""
        return layout(settings.observation)

    def slots(self, settings: RoadsSettings) -> tuple[Slots, ...]:
        """See Simulation.slots: the nearest neighbours."""
        names = layout(settings.observation)
        width = sum(name.startswith(f"{_SLOT}0_") for name in names)
        first = names.index(f"{_SLOT}0_presence")
        return (Slots("neighbour", first, settings.observation.num_neighbours, width, presence=0),)

    def actions(self, settings: RoadsSettings) -> tuple[str, ...]:
        """See Simulation.actions."""
        return ("acceleration", "steering" if settings.actions.kind == "bicycle" else "offset")

    def commands(self, settings: RoadsSettings) -> np.ndarray | None:
        """See Simulation.commands."""
        return commands_of(settings.actions)

    def scenario_from(self, document: Any, source: str) -> Scenario:
        """See Simulation.scenario_from."""
        return scenario_from(document, source)

    def document_of(self, scenario: Scenario, source: str) -> dict[str, Any]:
        """See Simulation.document_of."""
        return document_of(scenario, source)


SIMULATION = RoadsSimulation()
