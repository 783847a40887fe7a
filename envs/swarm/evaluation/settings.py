"""Typed records of swarm.evaluation: what is played besides the test sets."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from envs.ground.evaluation_settings import ShiftedKey
from envs.ground.record import Count, Record, unknown
from envs.swarm.simulation.compiled.choosing import KINDS
from envs.swarm.simulation.settings import FAMILIES, MAX_TEAM, Disturbance


def _known_family(family: str) -> str:
    if family not in FAMILIES:
        raise ValueError(unknown(family, FAMILIES))
    return family


class Numbers(Record):
    """Drawn episodes of a family by the number of agents in a team; the plane and what lies on it grow with it."""

    family: str
    num_agents: tuple[Annotated[int, Field(ge=1, le=MAX_TEAM)], ...]
    num_episodes: Count

    _family = field_validator("family")(_known_family)


class Contests(Record):
    """Contests of a family against rules, which have the other sides; so many agents in each team."""

    family: str
    num_agents: Annotated[int, Field(ge=1, le=MAX_TEAM)]
    rules: tuple[str, ...]
    num_episodes: Count

    _family = field_validator("family")(_known_family)

    @field_validator("rules")
    @classmethod
    def _rules(cls, rules: tuple[str, ...]) -> tuple[str, ...]:
        for rule in rules:
            if rule not in KINDS:
                raise ValueError(unknown(rule, KINDS))
        return rules


class Jitter(Record):
    """By how much the suite is varied."""

    place_m: Annotated[float, Field(ge=0, le=5)]


class ShiftFamily(ShiftedKey):
    """All agents are shifted alike."""

    DISTURBANCE = Disturbance
    PLACE = "swarm.simulation.disturbance"


class Shifts(Record):
    """What is shifted, by how much, and how often each shift is played."""

    scenarios: tuple[str, ...]
    repetitions: Count
    families: dict[str, ShiftFamily]


class EvaluationSettings(Record):
    """The whole of swarm.evaluation."""

    numbers: Numbers
    contests: Contests
    jitter: Jitter
    shifts: Shifts
