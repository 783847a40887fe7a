"""What reports say of the swarm in its own words."""

from __future__ import annotations

from collections.abc import Mapping

from envs.ground.evaluating import Figure
from envs.swarm.evaluation.settings import Shifts
from envs.swarm.simulation.settings import SwarmSettings

FIGURES = (
    Figure("achieved", "value brought home, or points of a contest", better="higher", percent=True),
    Figure("survivors", "agents that live at the end", better="higher", percent=True),
    Figure("delivered", "value brought home", better="higher", percent=True),
    Figure("of_assign", "value, of what assign brings home", better="higher", percent=True),
    Figure("points", "points of contests", better="higher", percent=True),
    Figure("value_per_agent_minute", "value per agent and minute", "1/min", "higher"),
    Figure("shared_value", "value that several carried", percent=True),
    Figure("deaths_per_agent", "deaths per agent", better="lower"),
    Figure("dealt_over_taken", "health taken of others over lost to them", better="higher"),
    Figure("captures_per_contest", "hives captured per contest"),
    Figure("metres_per_value", "metres per value", "m", "lower"),
    Figure("value", "value brought home per episode", better="higher"),
    Figure("deaths", "deaths per episode", better="lower"),
    Figure("minutes", "minutes per episode", "min", "lower"),
)

TABLES: Mapping[str, tuple[str, ...]] = {
    "rates": (
        "achieved",
        "survivors",
        "of_assign",
        "points",
        "value_per_agent_minute",
        "shared_value",
        "deaths_per_agent",
        "dealt_over_taken",
        "captures_per_contest",
        "metres_per_value",
    ),
    "scenarios": ("achieved", "survivors", "value"),
    "agents": ("achieved", "value_per_agent_minute", "metres_per_value"),
    "rule": ("points", "survivors", "dealt_over_taken", "captures_per_contest"),
}

SENTENCES: Mapping[str, str] = {
    "scope": "Scope: discs on a plane drawn by us. Everything here was played in simulation.",
    "closing": "Planes drawn by us, simulated.",
    "unseen": "unseen planes",
    "solved": "ended with all brought home or the contest won, and everybody alive",
    "bad.achieved": "on the suite not all is achieved",
    "bad.survivors": "on the suite not everybody survives",
    "failed.achieved": "not all achieved{seeds}",
    "failed.survivors": "not all survived{seeds}",
    "weakest": "it achieves least in",
    "varied": "the suite with other starts",
    "varied_how": "Each scenario with agents, resources and hives moved a little, played deterministic.",
    "closeness": "share achieved",
    "rates_note": "Achieved: of one team alone the share of all value that it brings home, of a contest 1 for a win "
    "and 0.5 for a draw; the other sides are a rule's. Of assign: value over what the rule with full sight brings home "
    "in the same episodes of one team alone.",
    "axes": "By number of agents, and contests against rules",
    "axes_note": "By number: plane, resources and obstacles grow with it. Contests: the other sides are a rule's, the "
    "seed says which side agents have.",
    "axis.agents": "{places} agents in a team",
    "axis.rule": "rules {places}",
    "red": "Red: not all achieved with some seed.",
    "drawn_only": "drawn planes only",
    "score": "The score is the share achieved on unseen planes.",
    "intended_use": "research on learning together, in simulation",
    "not_tested": "anything but discs on a plane",
}


def envelope(swarm: SwarmSettings) -> str:
    """What is drawn: families, agents, the plane."""
    drawn = {name: family for name, family in swarm.families.all().items() if family.weight}
    each = [f"{name} ({family.agents.low} to {family.agents.high} a team)" for name, family in drawn.items()]
    side = swarm.arena.side_m
    return f"{', '.join(each)}; planes of {side.low:g} to {side.high:g} m, sight {swarm.observation.sight_m:g} m"


def shifts_told(shifts: Shifts) -> str:
    """All shifts by family."""
    told = ((name, (*family.micro, *family.macro)) for name, family in shifts.families.items())
    return "; ".join(f"{name} {', '.join(f'{value:g}' for value in values)}" for name, values in told)
