"""The swarm's first room as its door shows it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from envs.ground.compiled_world.simulation import CompiledSimulation
from envs.ground.outcomes import Outcome
from envs.ground.record import Record
from envs.ground.world import Slots
from envs.swarm.simulation.batch import SwarmBatch
from envs.swarm.simulation.compiled.choosing import KINDS
from envs.swarm.simulation.compiled.observation import GROUPS, layout, numbers_of
from envs.swarm.simulation.scenario import Scenario, document_of, scenario_from
from envs.swarm.simulation.settings import STEP_S, SwarmSettings

if TYPE_CHECKING:
    from envs.ground.compiled_world.vector_env import BatchVectorEnv
    from envs.swarm.simulation.parallel_env import SwarmParallelEnv

OUTCOMES = (
    Outcome("achieved", "value brought home, or points of a contest", "share"),
    Outcome("survivors", "agents that live at the end", "share", weight=0.2),
)


class SwarmSimulation(CompiledSimulation):
    """See envs/ground/world.py: Simulation."""

    settings: type[Record] = SwarmSettings
    seen_and_done = ("observation",)
    not_of_the_episode = ("observation", "reward")
    step_s = STEP_S
    agent = "agent"
    team_rules = tuple(KINDS)
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

    def rows(self, batch: SwarmBatch) -> BatchVectorEnv:
        """See CompiledSimulation.rows.

        Who died and may return waits: its row is inactive, but its next action follows upon its last one. Who died for
        good is done at once (terminated), and inactive until its world's end.
        """
        from envs.ground.compiled_world.vector_env import BatchVectorEnv
        from envs.swarm.simulation.parallel_env import observation_space

        return BatchVectorEnv(batch, observation_space(batch), None)

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

    def most_teams(self, settings: SwarmSettings) -> int:
        """See envs/ground/compiled_world/teams.py: OffersTeams; a rule that has the other sides leaves agents one."""
        return max(own.teams.high for own in settings.families.drawn()) if settings.opponent.kind == "self" else 1

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

    def actions(self, settings: SwarmSettings) -> tuple[str, ...]:
        """See Simulation.actions."""
        return ("push_x", "push_y", "grip")

    def commands(self, settings: SwarmSettings) -> None:
        """Actions are numbers."""

    def scenario_from(self, document: Any, source: str) -> Scenario:
        """See Simulation.scenario_from."""
        return scenario_from(document, source)

    def document_of(self, scenario: Scenario, source: str) -> dict[str, Any]:
        """See Simulation.document_of."""
        return document_of(scenario, source)


SIMULATION = SwarmSimulation()
