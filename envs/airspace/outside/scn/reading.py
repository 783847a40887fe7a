"""The start that a BlueSky file describes, as a scenario; what that cannot hold is left out and told, or refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import numpy as np

from envs.airspace.outside.bluesky import named_place
from envs.airspace.outside.scn.choices import Choices
from envs.airspace.outside.scn.commands import OURS, Command, commands
from envs.airspace.outside.scn.fitting import Fitting
from envs.airspace.outside.scn.places import Navigation, Places
from envs.airspace.outside.scn.quantities import shown
from envs.airspace.outside.scn.start import Start
from envs.airspace.simulation.traffic.documents import scenario_from
from envs.ground.json_text import parse_json
from envs.ground.outside import Taken

_OF_A_FILE = ("scenario_name", "seed", "notes", "center")


def scenario_of_scn(text: str, source: str, choices: Mapping[str, str], navigation: Navigation = named_place) -> Taken:
    """The start that the text of a BlueSky scenario file describes, and what of the file it leaves out.

    Where the file does not say so in a comment of ours, name is that of SCEN or of the file, notes are what was left
    out, and the centre lies amid all starts and waypoints. The start is the time of the first CRE, and 10 s from there.

    Args:
        choices: what a person decided, by the names of `choices.WORDS`.
        navigation: where names such as EHAM are.

    Raises:
        ValueError: naming file and line, for what would change the encounter, with the choice that takes it
            nevertheless; and for values that a scenario file refuses.
    """
    chosen, places = Choices.of(choices), Places(navigation)
    start = Start(chosen, places)
    described: dict[str, Any] = {}
    for command in commands(text, source):
        if command.name == OURS:
            described = _read_ours(command)
        else:
            start.take(command)
    fitting = Fitting(chosen, places, start.remarks, bring_nearer="center" not in described)
    aircraft = fitting.select(start.aircraft)
    if not aircraft:
        raise ValueError(f"{source}: got no aircraft, wanted at least one CRE")
    fitting.check_levels(aircraft)
    start.remarks.resolve(len(aircraft))
    agents = fitting.agents(aircraft)
    left_out = start.remarks.sentences()
    named = {"scenario_name": start.name or PurePath(source).stem, "seed": 0, "center": _centre(agents)}
    document = named | {"notes": _notes(left_out, choices)} | described | {"sim_dt_s": 1.0, "agents": agents}
    return Taken(_checked(document, [one.place for one in aircraft], source), left_out)


def _read_ours(command: Command) -> dict[str, Any]:
    """Name, seed, notes and centre, as our own comment has them."""
    found = parse_json(command.arguments[0], f"{command.place}: after {OURS.strip()!r}", "an object")
    if not isinstance(found, dict) or not set(found) <= set(_OF_A_FILE):
        command.refuse(f"got {shown(str(found))}, wanted an object of {', '.join(_OF_A_FILE)}")
    return found


def _notes(left_out: tuple[str, ...], choices: Mapping[str, str]) -> str:
    chosen = [f"read with {', '.join(f'{name}={value}' for name, value in choices.items())}"] if choices else []
    return "; ".join([*chosen, *left_out])


def _checked(document: dict[str, Any], places: list[str], source: str) -> Any:
    """The scenario, checked as any file is; mistakes are told by the line that created the aircraft."""
    try:
        return scenario_from(document, source)
    except ValueError as error:
        own = re.escape(source)
        told = re.sub(rf"{own}: agents\[(\d+)\]\.?", lambda found: f"{places[int(found[1])]}: ", str(error))
        raise ValueError(told) from None


def _centre(agents: list[dict[str, Any]]) -> dict[str, float]:
    """The middle of all starts and waypoints on the sphere, at the level of all."""
    points = [point for agent in agents for point in (agent, agent["waypoint"])]
    lat, lon = np.radians([point["lat"] for point in points]), np.radians([point["lon"] for point in points])
    middle = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]).mean(1)
    lat_deg, lon_deg = np.degrees([np.arctan2(middle[2], np.hypot(*middle[:2])), np.arctan2(middle[1], middle[0])])
    return {"lat": float(lat_deg), "lon": float(lon_deg), "alt_ft": agents[0]["alt_ft"]}
