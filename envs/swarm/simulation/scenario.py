"""Who is where when a named episode begins: teams, resources, hives and obstacles on a plane; and as a document."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, Field, ValidationError

from envs.ground.names import NAME_WISH, is_name
from envs.ground.record import Record, unknown
from envs.swarm.simulation.settings import (
    FAMILIES,
    MAX_CARRIERS,
    MAX_OBSTACLES,
    MAX_RESOURCES,
    MAX_TEAM,
    MAX_TEAMS,
)

_MOST_NOTES = 10_000
_MOST_SIDE_M = 2000.0
_FEWEST_APART_M = 0.2


def _named(text: str) -> str:
    if not is_name(text):
        raise ValueError(text)
    return text


_Along = Annotated[float, Field(ge=0, le=_MOST_SIDE_M, description=f"a number from 0 to {_MOST_SIDE_M:g} (m)")]
_Team = Annotated[int, Field(ge=0, lt=MAX_TEAMS, description=f"a team's number from 0 to {MAX_TEAMS - 1}")]


class Agent(Record):
    """Where an agent begins."""

    team: _Team
    x_m: _Along
    y_m: _Along


class Resource(Record):
    """What lies where, what it is worth in all, and how many carry it."""

    x_m: _Along
    y_m: _Along
    value: Annotated[float, Field(gt=0, le=1000, description="a number above 0 up to 1000")]
    carriers: Annotated[int, Field(ge=1, le=MAX_CARRIERS, description=f"a whole number from 1 to {MAX_CARRIERS}")]


class Hive(Record):
    """Where a team is at home."""

    team: _Team
    x_m: _Along
    y_m: _Along


class Obstacle(Record):
    """A disc that nobody passes."""

    x_m: _Along
    y_m: _Along
    radius_m: Annotated[float, Field(ge=0.2, le=10, description="a number from 0.2 to 10 (m)")]


class Scenario(Record):
    """A named episode, as its document has it; compare two with `digest`.

    Raises:
        pydantic.ValidationError: a team without agents, beyond the walls, or two agents in one place.
    """

    scenario_name: Annotated[str, AfterValidator(_named), Field(description=NAME_WISH)]
    family: Annotated[str, Field(description=f"one of {', '.join(FAMILIES)}")]
    side_m: Annotated[float, Field(ge=30, le=_MOST_SIDE_M, description=f"a number from 30 to {_MOST_SIDE_M:g} (m)")]
    returns: Annotated[bool, Field(description="true or false")]
    agents: Annotated[
        tuple[Agent, ...], Field(min_length=1, max_length=MAX_TEAM, description=f"a list of 1 to {MAX_TEAM} agents")
    ]
    hives: Annotated[
        tuple[Hive, ...], Field(max_length=MAX_TEAMS, description=f"a list of at most {MAX_TEAMS} hives")
    ] = ()
    resources: Annotated[
        tuple[Resource, ...], Field(max_length=MAX_RESOURCES, description=f"a list of at most {MAX_RESOURCES}")
    ] = ()
    obstacles: Annotated[
        tuple[Obstacle, ...], Field(max_length=MAX_OBSTACLES, description=f"a list of at most {MAX_OBSTACLES}")
    ] = ()
    notes: Annotated[
        str, Field(max_length=_MOST_NOTES, description=f"a text of at most {_MOST_NOTES:,} characters")
    ] = ""

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.scenario_name

    @property
    def num_teams(self) -> int:
        """How many sides there are."""
        return 1 + max(agent.team for agent in self.agents)

    def digest(self) -> str:
        """The SHA-256 (hex) of all that it holds."""
        return hashlib.sha256(json.dumps(self.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()

    def model_post_init(self, _: Any) -> None:
        """See Raises."""
        mistake = _mistake(self)
        if mistake:
            raise ValueError(mistake)


def _mistake(scenario: Scenario) -> str:
    """What is wrong with a scenario as a whole: `field: got .., wanted ..`; '' where nothing is."""
    if scenario.family not in FAMILIES:
        return f"family: {unknown(scenario.family, FAMILIES)}"
    teams = [agent.team for agent in scenario.agents]
    if set(teams) != set(range(scenario.num_teams)) or teams != sorted(teams):
        return f"agents: got teams {sorted(set(teams))}, wanted all from 0 on, one after the other"
    if any(hive.team >= scenario.num_teams for hive in scenario.hives):
        return "hives: got a team without agents, wanted one with some"
    if scenario.resources and not scenario.hives:
        return "resources: got some without a hive, wanted one to bring them to"
    for kind in ("agents", "hives", "resources", "obstacles"):
        for n, thing in enumerate(getattr(scenario, kind)):
            if max(thing.x_m, thing.y_m) > scenario.side_m:
                return f"{kind}[{n}]: got ({thing.x_m:g}, {thing.y_m:g}), wanted a place within {scenario.side_m:g} m"
    place = np.array([(agent.x_m, agent.y_m) for agent in scenario.agents])
    apart = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1)) + np.eye(len(place)) * _MOST_SIDE_M
    if apart.min() < _FEWEST_APART_M:
        return f"agents: got two {apart.min():.2f} m apart, wanted {_FEWEST_APART_M} m at least"
    return ""


_WISHES: Mapping[str, str] = {
    name: str(info.description)
    for model in (Agent, Resource, Hive, Obstacle, Scenario)
    for name, info in model.model_fields.items()
}


def scenario_from(document: Any, source: str) -> Scenario:
    """The scenario that a document says, as JSON has it.

    Raises:
        ValueError: a line per mistake, each naming `source`, field, what came and what was wanted.
    """
    if not isinstance(document, dict):
        wish = f"wanted an object with {', '.join(Scenario.model_fields)}"
        raise ValueError(f"{source}: got {str(document)[:40]}, {wish}")
    try:
        return Scenario.from_values(document)
    except ValidationError as error:
        raise ValueError("\n".join(f"{source}: {_told(fault)}" for fault in error.errors())) from error
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from error


def _told(fault: Any) -> str:
    """One of pydantic's errors as `field: got .., wanted ..`."""
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in fault["loc"]).lstrip(".")
    if fault["type"] == "value_error" and not fault["loc"]:
        return str(fault["msg"]).removeprefix("Value error, ")
    names = [step for step in fault["loc"] if isinstance(step, str)]
    wish = _WISHES.get(names[-1], "an object") if names else "an object"
    if fault["type"] == "extra_forbidden":
        return f"{where}: {unknown(names[-1], tuple(_WISHES))}"
    if fault["type"] == "missing":
        return f"{where}: missing, wanted {wish}"
    return f"{where}: got {str(fault['input'])[:40]!r}, wanted {wish}"


def document_of(scenario: Scenario, source: str) -> dict[str, Any]:
    """A scenario as plain values; whatever there is, `scenario_from` reads."""
    return scenario.model_dump(mode="json")
