"""BlueSky's scenario files (.scn): commands with times, of which those that describe a start can be read and written.

A scenario becomes CRE for each aircraft and ADDWPT for its waypoint, all at time 0. What BlueSky has no command for
(seed, notes, the frame's centre) stands in a comment, which BlueSky skips.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any, NamedTuple, NoReturn

import numpy as np

from envs.airspace.simulation.traffic.documents import document_of, scenario_from
from envs.airspace.simulation.traffic.scenario import Scenario
from envs.ground.json_text import parse_json

_START = "00:00:00.00"
_OURS = "# murmuration: "
_OUR_KEYS = ("scenario_name", "seed", "notes", "center")
_MOST_SHOWN = 60
_CALLSIGN = re.compile(r"[A-Z0-9][A-Z0-9_/-]*")
_COMMAND = re.compile(r"\s*(\d+):(\d+):(\d+(?:\.\d*)?)\s*>\s*(.*)")
_SHOWN_ONLY = ("PAN", "ZOOM", "SCEN", "ECHO", "OP", "HOLD", "FF", "SWRAD", "TRAIL")
"""Commands that change what is shown or how fast it runs; they are read over."""
_ALIASES = {"CREATE": "CRE"}
_FIELDS = "callsign, type, latitude, longitude, heading, altitude, speed"


class _Line(NamedTuple):
    """One command of a file: its place, for messages, its name and its arguments."""

    place: str
    name: str
    arguments: list[str]


def scenario_of_scn(text: str, source: str) -> Scenario:
    """The start that the text of a BlueSky scenario file describes: CRE, and one ADDWPT or DEST for each aircraft.

    Where the file does not say so in a comment of ours, name is that of SCEN or of the file, and the centre lies
    amid all starts and waypoints.

    Raises:
        ValueError: naming file and line, for what a scenario cannot hold: commands at later times, commands of other
            names, positions that need BlueSky's navigation data, Mach, magnetic headings, several waypoints or none,
            different levels; and for values that a scenario file refuse.
    """
    agents: dict[str, dict[str, Any]] = {}
    places: dict[str, str] = {}
    described: dict[str, Any] = {"scenario_name": PurePath(source).stem, "seed": 0, "notes": "", "sim_dt_s": 1.0}
    for line in _lines(text, source):
        if line.name == _OURS:
            described |= _read_ours(line)
        elif line.name == "SCEN" and line.arguments:
            described.setdefault("scen", " ".join(line.arguments))
        elif line.name == "CRE":
            agent = _read_aircraft(line, agents)
            agents[agent["id"]], places[agent["id"]] = agent, line.place
        elif line.name in ("ADDWPT", "DEST"):
            _read_waypoint(line, agents)
        elif line.name not in _SHOWN_ONLY:
            _refuse(line, f"{line.name} cannot be represented, wanted CRE, ADDWPT or DEST")
    return _scenario(described, agents, places, source)


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
    ours = {key: document[key] for key in _OUR_KEYS}
    commands = [command for agent in document["agents"] for command in _commands(agent)]
    lines = [_OURS + json.dumps(ours), *(f"{_START}>{command}" for command in commands)]
    return "\n".join(lines) + "\n"


def _commands(agent: dict[str, Any]) -> Iterator[str]:
    """The commands that create an aircraft and give it its waypoint."""
    numbers = (agent[key] for key in ("lat", "lon", "hdg_deg", "alt_ft", "spd_kt"))
    yield ",".join([f"CRE {agent['id']}", agent["type"], *map(_number, numbers)])
    yield ",".join([f"ADDWPT {agent['id']}", _number(agent["waypoint"]["lat"]), _number(agent["waypoint"]["lon"])])


def _number(value: float) -> str:
    """All digits that the number needs, never with an exponent: BlueSky takes an E for east."""
    return np.format_float_positional(value, trim="0")


def _lines(text: str, source: str) -> Iterator[_Line]:
    """The commands of a file, and our own comment under its own name; empty lines and other comments are left out."""
    for number, line in enumerate(text.splitlines(), 1):
        place = f"{source}: line {number}"
        if line.startswith(_OURS):
            yield _Line(place, _OURS, [line.removeprefix(_OURS)])
        content = line.split("#")[0].strip()
        if not content:
            continue
        found = _COMMAND.fullmatch(content)
        if not found or content.endswith("\\"):
            raise ValueError(
                f"{place}: got {content[:_MOST_SHOWN]!r}, wanted one command such as {_START}>CRE {_FIELDS}"
            )
        words = [word for word in re.split(r"[,\s]+", found[4]) if word]
        name = words[0].upper() if words else ""
        command = _Line(place, _ALIASES.get(name, name), words[1:])
        if any(float(part) for part in found.groups()[:3]):
            _refuse(command, f"{command.name} at {content.split('>')[0].strip()} cannot be represented, wanted time 0")
        yield command


def _read_ours(line: _Line) -> dict[str, Any]:
    found = parse_json(line.arguments[0], f"{line.place}: after {_OURS.strip()!r}", "an object")
    if not isinstance(found, dict) or set(found) - set(_OUR_KEYS):
        _refuse(line, f"got {str(found)[:_MOST_SHOWN]!r}, wanted an object of {', '.join(_OUR_KEYS)}")
    return found


def _read_aircraft(line: _Line, agents: dict[str, dict[str, Any]]) -> dict[str, Any]:
    if len(line.arguments) != 7:
        _refuse(line, f"CRE: got {len(line.arguments)} values, wanted 7: {_FIELDS}")
    callsign, kind, lat, lon, heading, altitude, speed = line.arguments
    if callsign.upper() in agents:
        _refuse(line, f"CRE: got {callsign.upper()!r}, which is there already, wanted a callsign of its own")
    return {
        "id": callsign.upper(),
        "type": kind.upper(),
        "lat": _angle(line, lat, "NS"),
        "lon": _angle(line, lon, "EW"),
        "hdg_deg": _quantity(line, "heading", heading.upper().removesuffix("T").removeprefix("T"), "degrees true"),
        "spd_kt": _speed(line, speed),
        "alt_ft": _altitude(line, altitude),
    }


def _read_waypoint(line: _Line, agents: dict[str, dict[str, Any]]) -> None:
    callsign = line.arguments[0].upper() if line.arguments else ""
    if callsign not in agents:
        _refuse(line, f"{line.name}: got {callsign!r}, wanted the callsign of an aircraft created before")
    if len(line.arguments) != 3:
        given = " ".join(line.arguments[1:])
        _refuse(line, f"{line.name}: got {given!r}, wanted latitude and longitude, nothing else")
    if "waypoint" in agents[callsign]:
        _refuse(line, f"{line.name}: a second waypoint of {callsign} cannot be represented, wanted one")
    lat, lon = line.arguments[1:]
    agents[callsign]["waypoint"] = {"lat": _angle(line, lat, "NS"), "lon": _angle(line, lon, "EW")}


def _angle(line: _Line, text: str, sides: str) -> float:
    """Degrees of a number, or of N52.5, S52'30 or E004'30'15.5 (degrees, minutes, seconds)."""
    found = re.fullmatch(rf"([{sides}]?)(-?)([\d.]+(?:['\"°][\d.]*){{0,3}})", text.upper())
    parts = [part for part in re.split("['\"°]", found[3]) if part] if found else []
    try:
        degrees = sum(float(part) / 60.0**power for power, part in enumerate(parts))
    except ValueError:
        found = None
    if not found or not parts:
        _refuse(line, f"{line.name}: got {text[:_MOST_SHOWN]!r}, wanted degrees; names need BlueSky's navigation data")
    return -degrees if found[2] or found[1] == sides[1] else degrees


def _altitude(line: _Line, text: str) -> float:
    level = text.upper()
    if level.startswith("FL"):
        return 100.0 * _quantity(line, "altitude", level.removeprefix("FL"), "FL and hundreds of feet")
    return _quantity(line, "altitude", level, "feet")


def _speed(line: _Line, text: str) -> float:
    """Calibrated airspeed; below 1, or with an M, BlueSky takes a number for Mach."""
    if "M" in text.upper() or re.fullmatch(r"0*\.\d+", text):
        _refuse(line, f"CRE: speed: got Mach {text[:_MOST_SHOWN]!r}, wanted calibrated airspeed in kt")
    return _quantity(line, "speed", text, "kt")


def _quantity(line: _Line, what: str, text: str, wish: str) -> float:
    if not re.fullmatch(r"-?(\d+\.?\d*|\.\d+)", text):
        _refuse(line, f"{line.name}: {what}: got {text[:_MOST_SHOWN]!r}, wanted a number ({wish})")
    return float(text)


def _refuse(line: _Line, why: str) -> NoReturn:
    raise ValueError(f"{line.place}: {why}")


def _scenario(
    described: dict[str, Any], agents: dict[str, dict[str, Any]], places: dict[str, str], source: str
) -> Scenario:
    """The scenario, checked as any file is; mistakes are told by the line that created the aircraft."""
    for callsign, agent in agents.items():
        if "waypoint" not in agent:
            raise ValueError(f"{places[callsign]}: CRE: {callsign} has no waypoint, wanted ADDWPT {callsign},lat,lon")
    if not agents:
        raise ValueError(f"{source}: got no aircraft, wanted at least one CRE")
    name = described.pop("scen", None)
    if "center" not in described:
        described |= {"center": _centre(list(agents.values())), "scenario_name": name or described["scenario_name"]}
    order = list(places.values())
    try:
        return scenario_from(described | {"agents": list(agents.values())}, source)
    except ValueError as error:
        told = re.sub(rf"{re.escape(source)}: agents\[(\d+)\]\.", lambda found: f"{order[int(found[1])]}: ", str(error))
        raise ValueError(told) from None


def _centre(agents: list[dict[str, Any]]) -> dict[str, float]:
    """The middle of all starts and waypoints on the sphere, at the level of the first aircraft."""
    points = [point for agent in agents for point in (agent, agent["waypoint"])]
    lat, lon = np.radians([point["lat"] for point in points]), np.radians([point["lon"] for point in points])
    middle = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]).mean(1)
    lat_deg, lon_deg = np.degrees([np.arctan2(middle[2], np.hypot(*middle[:2])), np.arctan2(middle[1], middle[0])])
    return {"lat": float(lat_deg), "lon": float(lon_deg), "alt_ft": agents[0]["alt_ft"]}
