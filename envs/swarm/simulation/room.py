"""The swarm's first room as its door shows it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from envs.ground.outcomes import Outcome
from envs.ground.record import Record
from envs.ground.world import Slots
from envs.swarm.simulation.batch import SwarmBatch, set_num_threads
from envs.swarm.simulation.compiled.observation import GROUPS, layout, numbers_of
from envs.swarm.simulation.scenario import Scenario, document_of, scenario_from
from envs.swarm.simulation.settings import STEP_S, SwarmSettings

if TYPE_CHECKING:
    from envs.ground.rows.vectorize import SharedPolicyVecEnv
    from envs.swarm.simulation.parallel_env import SwarmParallelEnv

OUTCOMES = (
    Outcome("achieved", "value brought home, or points of a contest", "share"),
    Outcome("survivors", "agents that live at the end", "share", weight=0.2),
)
_SEEN_AND_DONE = ("observation",)
_NOT_OF_THE_EPISODE = (*_SEEN_AND_DONE, "reward", "opponent")


class SwarmSimulation:
    """See envs/ground/world.py: Simulation."""

    settings: type[Record] = SwarmSettings
    step_s = STEP_S
    agent = "agent"
    units: Mapping[str, str] = {
        "action": "push east and north, within a disc of radius 1, of body.force_n; grip: above 0 it holds on",
        "distance": "of observation.sight_m; places of hives of 50 m",
        "speed": "4 m/s",
        "time": "s",
    }

    def batch(
        self,
        settings: SwarmSettings,
        num_worlds: int,
        *,
        seed: int = 0,
        scenarios: Sequence[Scenario] = (),
        discount: float = 1.0,
        room: int = 0,
        extras: Collection[str] = (),
    ) -> SwarmBatch:
        """See Simulation.batch; no part of the reward asks for `discount`, and there are no `extras`."""
        return SwarmBatch(settings, num_worlds, seed, scenarios=scenarios, min_slots=room)

    def vectorized(
        self,
        settings: SwarmSettings,
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
        from envs.swarm.simulation.vector_env import SwarmVectorEnv

        if num_processes != 1:
            wish = "wanted 1: train.environment_threads step these worlds together"
            raise ValueError(f"train.num_processes: got {num_processes}, {wish}")
        worlds: Any = SwarmVectorEnv(self.batch(settings, num_worlds, seed=seed, scenarios=scenarios, room=room))
        return SharedPolicyVecEnv(worlds, [worlds] * num_worlds)

    def environment(
        self,
        settings: SwarmSettings,
        *,
        scenarios: Sequence[Scenario] = (),
        render_mode: str | None = None,
        **others: Any,
    ) -> SwarmParallelEnv:
        """See Simulation.environment; `others` as SwarmParallelEnv has them."""
        from envs.swarm.simulation.parallel_env import SwarmParallelEnv

        values = settings.model_dump(mode="json")
        return SwarmParallelEnv(scenarios=scenarios, render_mode=render_mode, **others, **values)

    def outcomes(self, settings: SwarmSettings) -> tuple[Outcome, ...]:
        """See Simulation.outcomes."""
        return OUTCOMES

    def room(self, settings: SwarmSettings) -> int:
        """See Simulation.room."""
        return settings.most_drawn

    def size(self, scenario: Scenario) -> int:
        """See Simulation.size."""
        return len(scenario.agents)

    def features(self, settings: SwarmSettings) -> tuple[str, ...]:
        """See Simulation.features."""
        return layout(settings.observation)

    def slots(self, settings: SwarmSettings) -> tuple[Slots, ...]:
        """See Simulation.slots: mates, others, resources, hives, obstacles."""
        names, numbers = layout(settings.observation), numbers_of(settings.observation)
        return tuple(
            Slots(group, names.index(f"{group}_0_presence"), numbers[group], len(told), presence=0)
            for group, told in GROUPS.items()
        )

    def planes(self, settings: SwarmSettings) -> None:
        """No part of the row is an image."""

    def roles(self, settings: SwarmSettings) -> None:
        """All agents have one: sides are alike, each sees who is with it and who is not."""

    def actions(self, settings: SwarmSettings) -> tuple[str, ...]:
        """See Simulation.actions."""
        return ("push_x", "push_y", "grip")

    def commands(self, settings: SwarmSettings) -> None:
        """Actions are numbers."""

    def refuses_to_learn(self, settings: SwarmSettings) -> str:
        """All that is seen can be learned from."""
        return ""

    def same_seen_and_done(self, ours: SwarmSettings, theirs: SwarmSettings) -> str:
        """See Simulation.same_seen_and_done."""
        return next((key for key in _SEEN_AND_DONE if getattr(ours, key) != getattr(theirs, key)), "")

    def same_episodes(self, ours: SwarmSettings, theirs: SwarmSettings) -> str:
        """See Simulation.same_episodes."""
        keys = [key for key in SwarmSettings.model_fields if key not in _NOT_OF_THE_EPISODE]
        return next((key for key in keys if getattr(ours, key) != getattr(theirs, key)), "")

    def ends(self, settings: SwarmSettings) -> str:
        """Every episode can end: by bringing all home, or by a contest that is decided."""
        return ""

    def scenario_from(self, document: Any, source: str) -> Scenario:
        """See Simulation.scenario_from."""
        return scenario_from(document, source)

    def document_of(self, scenario: Scenario, source: str) -> dict[str, Any]:
        """See Simulation.document_of."""
        return document_of(scenario, source)

    def sources(self, settings: SwarmSettings) -> tuple[str, ...]:
        """All of it stands here."""
        return ()

    def set_num_threads(self, num_threads: int) -> None:
        """See Simulation.set_num_threads."""
        set_num_threads(num_threads)


SIMULATION = SwarmSimulation()
