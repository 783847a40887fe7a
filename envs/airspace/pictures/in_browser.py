"""What the folder scripts needs to fly the airspace's own rules in a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from envs.airspace.simulation.disturbance_settings import Disturbance
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.aircraft import AircraftType
from envs.airspace.simulation.traffic.performance import aircraft_type
from envs.airspace.simulation.traffic.scenario import Centre
from envs.ground.rooms import Begun, InBrowser
from envs.ground.scene import Look

SCRIPTS = ("rules.js", "observation.js", "flight.js", "world.js")
_LAYOUTS = ("relative", "relative_cpa", "intent", "courses")
_TYPE = "A320"
"""Of aircraft that are drawn by hand."""


def in_browser(look: Look, settings: AirspaceSettings, begun: Mapping[str, Begun]) -> InBrowser:
    """See Pictures.in_browser."""
    _check(settings)
    starts = {name: _start(own) for name, own in begun.items()}
    alt_ft = Centre().alt_ft
    pairs = {(one["type"], start["alt_ft"]) for start in starts.values() for one in start["agents"]}
    data = {
        "settings": settings.model_dump(mode="json", include={"actions", "observation", "episode", "wind"}),
        "types": _types({*pairs, (_TYPE, alt_ft)}),
        "type": _key(_TYPE, alt_ft),
        "alt_ft": alt_ft,
    }
    for start in starts.values():
        for one in start["agents"]:
            one["type"] = _key(one["type"], start["alt_ft"])
    return InBrowser(look, SCRIPTS, data, starts)


def _check(settings: AirspaceSettings) -> None:
    """Raise ValueError where settings ask for rules that the scripts do not know."""
    layout, kind, traffic = settings.observation.layout, settings.actions.kind, settings.traffic
    if layout not in _LAYOUTS:
        raise ValueError(f"observation.layout: got {layout}, wanted one of {', '.join(_LAYOUTS)}")
    if kind != "continuous":
        raise ValueError(f"actions.kind: got {kind}, wanted continuous")
    if traffic != "families":
        raise ValueError(f"traffic: got {traffic}, wanted families")
    if settings.disturbance != Disturbance():
        raise ValueError("disturbance: wanted none of it")
    if settings.observation.pending_actions:
        raise ValueError(f"observation.pending_actions: got {settings.observation.pending_actions}, wanted 0")


def _start(begun: Begun) -> dict[str, Any]:
    first = begun.recording[begun.recording["step"] == begun.recording["step"].min()]
    rows = first[first["present"].astype(bool)].to_dict("records")
    return {
        "alt_ft": begun.scenario.centre.alt_ft if begun.scenario else Centre().alt_ft,
        "seed": str(begun.seed),  # more than a number of JavaScript holds
        "agents": [
            {
                "id": str(row["agent"]),
                "type": str(row["type"]),
                "place": [float(row["east_nm"]), float(row["north_nm"])],
                "heading": float(row["heading_deg"]),
                "cas": float(row["cas_kt"]),
                "goal": [float(row["waypoint_east_nm"]), float(row["waypoint_north_nm"])],
            }
            for row in rows
        ],
    }


def _types(pairs: Iterable[tuple[str, float]]) -> dict[str, Any]:
    return {_key(name, alt_ft): _type(aircraft_type(name, alt_ft)) for name, alt_ft in sorted(pairs)}


def _key(name: str, alt_ft: float) -> str:
    return f"{name} at {alt_ft:g} ft"


def _type(kind: AircraftType) -> dict[str, Any]:
    lowest_kt, step_kt = kind.tas_grid_kt
    return {
        "cas_kt": [kind.cas_min_kt, kind.cas_max_kt],
        "lowest_kt": lowest_kt,
        "step_kt": step_kt,
        "mps2": list(kind.acceleration_mps2),
    }
