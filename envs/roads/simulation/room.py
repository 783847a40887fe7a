"""The roads' first room as its door shows it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from envs.ground.outcomes import Outcome
from envs.ground.record import Record
from envs.ground.world import Slots
from envs.roads.simulation.action_grid import commands_of
from envs.roads.simulation.batch import RoadsBatch, set_num_threads
from envs.roads.simulation.compiled.observation import layout
from envs.roads.simulation.geometry.documents import document_of, scenario_from
from envs.roads.simulation.geometry.scenario import Scenario
from envs.roads.simulation.settings import STEP_S, RoadsSettings

if TYPE_CHECKING:
    from envs.ground.rows.vectorize import SharedPolicyVecEnv
    from envs.roads.simulation.parallel_env import RoadsParallelEnv

OUTCOMES = (
    Outcome("failed", "episodes with a crash, a car off the road or over a red light", "failure", short="failed"),
    Outcome("arrived", "cars that arrive", "share"),
)
_SLOT = "neighbour_"
_SEEN_AND_DONE = ("observation", "actions")
_NOT_OF_THE_EPISODE = (*_SEEN_AND_DONE, "reward")


class RoadsSimulation:
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

    def vectorized(
        self,
        settings: RoadsSettings,
        num_worlds: int,
        *,
        seed: int,
        scenarios: Sequence[Scenario] = (),
        discount: float = 1.0,
        room: int = 0,
        num_processes: int = 1,
    ) -> SharedPolicyVecEnv:
        """See Simulation.vectorized.

        Raises:
            ValueError: several processes, for threads step all worlds here.
        """
        from envs.ground.rows.vectorize import SharedPolicyVecEnv
        from envs.roads.simulation.vector_env import RoadsVectorEnv

        if num_processes != 1:
            wish = "wanted 1: train.environment_threads step these worlds together"
            raise ValueError(f"train.num_processes: got {num_processes}, {wish}")
        worlds: Any = RoadsVectorEnv(self.batch(settings, num_worlds, seed=seed, scenarios=scenarios, room=room))
        return SharedPolicyVecEnv(worlds, [worlds] * num_worlds)

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

    def planes(self, settings: RoadsSettings) -> None:
        """No part of the row is an image."""

    def roles(self, settings: RoadsSettings) -> None:
        """All cars have one."""

    def actions(self, settings: RoadsSettings) -> tuple[str, ...]:
        """See Simulation.actions."""
        return ("acceleration", "steering" if settings.actions.kind == "bicycle" else "offset")

    def commands(self, settings: RoadsSettings) -> np.ndarray | None:
        """See Simulation.commands."""
        return commands_of(settings.actions)

    def refuses_to_learn(self, settings: RoadsSettings) -> str:
        """All that is seen can be learned from."""
        return ""

    def same_seen_and_done(self, ours: RoadsSettings, theirs: RoadsSettings) -> str:
        """See Simulation.same_seen_and_done."""
        return next((key for key in _SEEN_AND_DONE if getattr(ours, key) != getattr(theirs, key)), "")

    def same_episodes(self, ours: RoadsSettings, theirs: RoadsSettings) -> str:
        """See Simulation.same_episodes."""
        keys = [key for key in RoadsSettings.model_fields if key not in _NOT_OF_THE_EPISODE]
        return next((key for key in keys if getattr(ours, key) != getattr(theirs, key)), "")

    def ends(self, settings: RoadsSettings) -> str:
        """Every episode ends: all cars enter, and arrive or crash."""
        return ""

    def scenario_from(self, document: Any, source: str) -> Scenario:
        """See Simulation.scenario_from."""
        return scenario_from(document, source)

    def document_of(self, scenario: Scenario, source: str) -> dict[str, Any]:
        """See Simulation.document_of."""
        return document_of(scenario, source)

    def sources(self, settings: RoadsSettings) -> tuple[str, ...]:
        """All of it stands here."""
        return ()

    def set_num_threads(self, num_threads: int) -> None:
        """See Simulation.set_num_threads."""
        set_num_threads(num_threads)


SIMULATION = RoadsSimulation()
