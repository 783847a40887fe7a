"""Episodes that evaluate draws for itself: by the number of agents, and contests against rules."""

from __future__ import annotations

import math
from typing import Any

from pydantic import ValidationError

from envs.ground.evaluating import Axis
from envs.swarm.evaluation.settings import EvaluationSettings
from envs.swarm.simulation.compiled.choosing import KINDS
from envs.swarm.simulation.settings import FAMILIES, SwarmSettings

Values = dict[str, Any]


def axes(swarm: SwarmSettings, wanted: EvaluationSettings) -> tuple[Axis, ...]:
    """By number of agents, and by the rule that has the other sides; one of which nothing is listed is left out.

    Raises:
        ValueError: what nobody can draw; the message begins with the key.
    """
    return tuple(axis for axis in (by_number(swarm, wanted), by_rule(swarm, wanted)) if axis.sets)


def by_number(swarm: SwarmSettings, wanted: EvaluationSettings) -> Axis:
    """Teams of exactly so many agents, with as much plane, resources and obstacles for each as drawn teams have."""
    own = wanted.numbers
    family = swarm.families.all()[own.family]
    usual = 0.5 * (family.agents.low + family.agents.high)
    sets = {}
    for number in own.num_agents:
        more, values = number / usual, _alone(swarm, own.family)
        values["families"][own.family]["agents"] = {"low": number, "high": number}
        for kind in ("resources", "obstacles"):
            ends = values["families"][own.family][kind]
            values["families"][own.family][kind] = {end: round(more * ends[end]) for end in ends}
        sides = values["arena"]["side_m"]
        values["arena"]["side_m"] = {end: max(30.0, math.sqrt(more) * sides[end]) for end in sides}
        sets[float(number)] = (_checked(values, f"numbers.num_agents {number}"), own.num_episodes)
    words = f"value per agent and minute, {own.family}"
    return Axis("agents", "agents in a team", "agents", "value_per_agent_minute", words, sets)


def by_rule(swarm: SwarmSettings, wanted: EvaluationSettings) -> Axis:
    """Contests against each rule, whose place is its number among all; the seed says which side agents have."""
    own, sets = wanted.contests, {}
    fewest = swarm.families.all()[own.family].teams.low
    if own.rules and fewest < 2:
        raise ValueError(f"contests.family: got {own.family}, of {fewest} team(s), wanted one of 2 or more")
    for rule in own.rules:
        values = _alone(swarm, own.family) | {"opponent": {"kind": rule}}
        values["families"][own.family]["agents"] = {"low": own.num_agents, "high": own.num_agents}
        sets[float(KINDS[rule])] = (_checked(values, f"contests.rules {rule}"), own.num_episodes)
    names = ", ".join(f"{KINDS[rule]} {rule}" for rule in own.rules)
    return Axis("rule", f"rule of the other sides ({names})", "", "points", "points: won, and half of drawn", sets)


def _alone(swarm: SwarmSettings, family: str) -> Values:
    """The settings with one family alone, as plain values."""
    values = swarm.model_dump(mode="json")
    for name in FAMILIES:
        values["families"][name]["weight"] = float(name == family)
    return values


def _checked(values: Values, place: str) -> SwarmSettings:
    try:
        return SwarmSettings.from_values(values)
    except ValidationError as error:
        said = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise ValueError(f"{place}: {said}") from None
