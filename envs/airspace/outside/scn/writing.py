"""A scenario as a file that BlueSky loads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from envs.airspace.outside.scn.commands import OURS, START
from envs.airspace.simulation.traffic.documents import document_of
from envs.airspace.simulation.traffic.scenario import Scenario

_CALLSIGN = re.compile(r"[A-Z0-9][A-Z0-9_/-]*")


def scn_of(scenario: Scenario, source: str) -> str:
    """A scenario as the text of a BlueSky file, which `scenario_of_scn` reads back with the same numbers.

    Raises:
        ValueError: a callsign that BlueSky would not keep as it is, or a scenario that could not be read back.
    """
    document = document_of(scenario, source)
    for agent in document["agents"]:
        if not _CALLSIGN.fullmatch(agent["id"]):
            wish = "capital letters, digits, _, / and -"
            raise ValueError(f"{source}: ids: got {agent['id']!r}, wanted a callsign that BlueSky keeps: {wish}")
    ours = {key: document[key] for key in ("scenario_name", "seed", "notes", "center")}
    commands = [command for agent in document["agents"] for command in _commands(agent)]
    lines = [OURS + json.dumps(ours), *(f"{START}>{command}" for command in commands)]
    return "\n".join(lines) + "\n"


def _commands(agent: dict[str, Any]) -> Iterator[str]:
    """The commands that create an aircraft and give it its waypoint."""
    numbers = (agent[key] for key in ("lat", "lon", "hdg_deg", "alt_ft", "spd_kt"))
    yield ",".join([f"CRE {agent['id']}", agent["type"], *map(_number, numbers)])
    yield ",".join([f"ADDWPT {agent['id']}", _number(agent["waypoint"]["lat"]), _number(agent["waypoint"]["lon"])])


def _number(value: float) -> str:
    """All digits that the number needs, never with an exponent: BlueSky takes an E for east."""
    return np.format_float_positional(value, trim="0")
