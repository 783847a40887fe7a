"""All arrays of W worlds by the names of their fields, and the layouts that episodes begin from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from envs.swarm.simulation.compiled.state import AGENT, NOBODY, REWARD_PARTS, WORLD, Sizes, State, column, make_state
from envs.swarm.simulation.scenario import Scenario
from envs.swarm.simulation.settings import FAMILIES, SwarmSettings

_OF_WORLDS, _OF_AGENTS = frozenset(WORLD.names or ()), frozenset(AGENT.names or ())


class Worlds:
    """Each field of WORLD (W,) and of AGENT (W, A) is an attribute: a view.

    Attributes:
        observation, terminal_observation: (W, A, D) float32. reward: (W, A). reward_sums: (W, A, P), of the episode.
    """

    def __init__(self, num_worlds: int, sizes: Sizes, num_features: int) -> None:
        """Allocate worlds in which nothing is."""
        self.state = make_state(num_worlds, sizes)
        self.observation = np.zeros((num_worlds, sizes.agents, num_features), np.float32)
        self.terminal_observation = np.zeros_like(self.observation)
        self.reward = np.zeros((num_worlds, sizes.agents))
        self.reward_sums = np.zeros((num_worlds, sizes.agents, len(REWARD_PARTS)))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "state":
            raise AttributeError(name)
        if name in _OF_WORLDS:
            return column(self.state.worlds, name)
        if name in _OF_AGENTS:
            return column(self.state.agents, name)
        raise AttributeError(name)


def sizes_of(settings: SwarmSettings, scenarios: Sequence[Scenario], min_agents: int) -> Sizes:
    """Room for what is drawn, where there are no scenarios or `min_agents` asks for it, and for the scenarios."""
    drawn = [
        Sizes(family.teams.high * family.agents.high, family.resources.high, family.teams.high, family.obstacles.high)
        for family in settings.families.drawn()
    ]
    named = [Sizes(len(own.agents), len(own.resources), len(own.hives), len(own.obstacles)) for own in scenarios]
    wanted = [*named, *(drawn if not named or min_agents >= settings.most_drawn else []), Sizes(min_agents, 1, 1, 1)]
    return Sizes(*(max(1, *values) for values in zip(*wanted, strict=True)))


def starts_of(settings: SwarmSettings, scenarios: Sequence[Scenario], sizes: Sizes) -> State:
    """The scenarios as worlds (C,), as they stand when an episode begins.

    Raises:
        ValueError: agents that overlap, or lie in a wall or an obstacle, with the radius that the settings say.
    """
    starts = make_state(len(scenarios), sizes)
    for c, scenario in enumerate(scenarios):
        _lay_out(starts, c, scenario, settings)
        _check(scenario, settings.body.radius_m)
    return starts


def _lay_out(starts: State, c: int, scenario: Scenario, settings: SwarmSettings) -> None:
    world = starts.worlds[c]
    world["family"], world["side_m"], world["returns"] = (
        list(FAMILIES).index(scenario.family),
        scenario.side_m,
        scenario.returns,
    )
    world["num_teams"] = scenario.num_teams
    for kind in ("agents", "resources", "hives", "obstacles"):
        world[f"num_{kind}"] = len(getattr(scenario, kind))
    for agent, own in zip(starts.agents[c], scenario.agents, strict=False):
        agent["team"], agent["x_m"], agent["y_m"], agent["there"] = own.team, own.x_m, own.y_m, True
        agent["mass_kg"], agent["strength"] = settings.body.mass_kg, 1.0
        agent["health"], agent["energy"] = settings.health.full, settings.energy.capacity
    for resource, lying in zip(starts.resources[c], scenario.resources, strict=False):
        resource["x_m"], resource["y_m"], resource["value"] = lying.x_m, lying.y_m, lying.value
        resource["needed"], resource["team"], resource["there"] = lying.carriers, NOBODY, True
    for hive, home in zip(starts.hives[c], scenario.hives, strict=False):
        hive["team"], hive["x_m"], hive["y_m"], hive["radius_m"] = home.team, home.x_m, home.y_m, settings.hive.radius_m
        hive["health"], hive["store"] = settings.hive.health, settings.hive.store
    for obstacle, disc in zip(starts.obstacles[c], scenario.obstacles, strict=False):
        obstacle["x_m"], obstacle["y_m"], obstacle["radius_m"], obstacle["there"] = disc.x_m, disc.y_m, disc.radius_m, 1


def _check(scenario: Scenario, radius_m: float) -> None:
    place = np.array([(agent.x_m, agent.y_m) for agent in scenario.agents])
    apart = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1)) + np.eye(len(place)) * scenario.side_m
    clear = [apart.min() - 2.0 * radius_m, place.min() - radius_m, scenario.side_m - place.max() - radius_m]
    for disc in scenario.obstacles:
        clear.append(np.hypot(*(place - (disc.x_m, disc.y_m)).T).min() - disc.radius_m - radius_m)
    if min(clear) < 0.0:
        wish = f"wanted discs of radius {radius_m:g} m (body.radius_m) that touch nothing"
        raise ValueError(
            f"scenario {scenario.name!r}: agents: got one that overlaps another, a wall or an obstacle, {wish}"
        )
