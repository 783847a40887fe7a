"""The triangles' first room as its door shows it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from envs.ground.compiled_world.simulation import CompiledSimulation
from envs.ground.outcomes import Outcome
from envs.ground.record import Record
from envs.ground.world import Planes
from envs.triangles.simulation.batch import NUM_CHOICES, TrianglesBatch, num_planes
from envs.triangles.simulation.compiled.worlds import OFFERED
from envs.triangles.simulation.lattice import COLUMNS, ROWS
from envs.triangles.simulation.scenario import Scenario, document_of, scenario_from
from envs.triangles.simulation.settings import TrianglesSettings
from envs.triangles.simulation.shapes import WINDOW_COLUMNS, WINDOW_ROWS

if TYPE_CHECKING:
    from envs.triangles.simulation.parallel_env import TrianglesParallelEnv
    from envs.triangles.simulation.vector_env import TrianglesVectorEnv

OUTCOMES = (Outcome("cleared", "cells cleared", "number", better="higher"),)


class TrianglesSimulation(CompiledSimulation):
    """See envs/ground/world.py: Simulation."""

    settings: type[Record] = TrianglesSettings
    step_s = math.nan
    agent = "player"
    seen_and_done = ("observation",)
    not_of_the_episode = ("observation", "reward")
    units: Mapping[str, str] = {
        "action": "the number of a choice: slot * 120 + row * 15 + column of the shape's upper left corner",
        "taken": "1 where nothing can be laid, rows from the top",
        "slot": "0 where the shape does not fit with its corner there, else 0.25 and cells cleared / 8",
        "room": "by how much it changes the places that a drawn shape fits in, on average / 2",
        "shape": "1 where the shape at its first place of the lattice has a cell",
    }

    def batch(
        self,
        settings: TrianglesSettings,
        num_worlds: int,
        *,
        seed: int = 0,
        scenarios: Sequence[Scenario] = (),
        discount: float = 1.0,
        room: int = 0,
        extras: Collection[str] = (),
    ) -> TrianglesBatch:
        """See Simulation.batch; there is one player, and there are no `extras`."""
        return TrianglesBatch(settings, num_worlds, seed, scenarios, discount)

    def rows(self, batch: TrianglesBatch) -> TrianglesVectorEnv:
        """See CompiledSimulation.rows."""
        from envs.triangles.simulation.vector_env import TrianglesVectorEnv

        return TrianglesVectorEnv(batch)

    def environment(
        self,
        settings: TrianglesSettings,
        *,
        scenarios: Sequence[Scenario] = (),
        render_mode: str | None = None,
        **others: Any,
    ) -> TrianglesParallelEnv:
        """See Simulation.environment; `others` as TrianglesParallelEnv has them."""
        from envs.triangles.simulation.parallel_env import TrianglesParallelEnv

        values = settings.model_dump(mode="json")
        return TrianglesParallelEnv(scenarios=scenarios, render_mode=render_mode, **others, **values)

    def outcomes(self, settings: TrianglesSettings) -> tuple[Outcome, ...]:
        """See Simulation.outcomes."""
        return OUTCOMES

    def room(self, settings: TrianglesSettings) -> int:
        """One player."""
        return 1

    def size(self, scenario: Scenario) -> int:
        """One player."""
        return 1

    def features(self, settings: TrianglesSettings) -> tuple[str, ...]:
        """See Simulation.features: planes row by row from the top, then the shapes on offer."""
        slots = range(OFFERED)
        planes = ["taken", *(f"slot{slot}" for slot in slots)]
        planes += [f"room{slot}" for slot in slots] if settings.observation.room else []
        named = [(plane, ROWS, COLUMNS) for plane in planes]
        named += [(f"shape{slot}", WINDOW_ROWS, WINDOW_COLUMNS) for slot in slots]
        cells = ((name, row, column) for name, rows, columns in named for row, column in np.ndindex(rows, columns))
        return tuple(f"{name}_row{row}_column{column}" for name, row, column in cells)

    def planes(self, settings: TrianglesSettings) -> Planes:
        """See Simulation.planes: all but the shapes on offer."""
        return Planes(0, num_planes(settings), ROWS, COLUMNS)

    def actions(self, settings: TrianglesSettings) -> tuple[str, ...]:
        """See Simulation.actions."""
        return ("choice",)

    def commands(self, settings: TrianglesSettings) -> np.ndarray:
        """See Simulation.commands: bare choices."""
        return np.arange(NUM_CHOICES, dtype=np.float32)[:, None]

    def ends(self, settings: TrianglesSettings) -> str:
        """See Simulation.ends."""
        return "a puzzle is never solved: it goes on until nothing fits"

    def scenario_from(self, document: Any, source: str) -> Scenario:
        """See Simulation.scenario_from."""
        return scenario_from(document, source)

    def document_of(self, scenario: Scenario, source: str) -> dict[str, Any]:
        """See Simulation.document_of."""
        return document_of(scenario, source)


SIMULATION = TrianglesSimulation()
