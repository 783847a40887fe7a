"""Scenarios as documents: in latitude and longitude, one traffic situation each, checked field by field when read."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from envs.airspace.simulation.traffic.aircraft import performance_of
from envs.airspace.simulation.traffic.atmosphere import HIGHEST_ALT_FT
from envs.airspace.simulation.traffic.geodesy import convergence_deg, frame_from_lat_lon, lat_lon_from_frame
from envs.airspace.simulation.traffic.scenario import START_SEPARATION_NM, Centre, Scenario, close_starts
from envs.airspace.simulation.traffic.traffic_settings import MAX_ENTRIES
from envs.ground.names import LONGEST_NAME, NAME_WISH, WORD_WISH, is_name, is_word

FARTHEST_NM = 500.0
"""Starts and waypoints lie within this distance of the centre: the frame is flat."""

_TICK_S = 1.0
_MOST_NOTES = 10_000
_MOST_SEED = 2**32 - 1


def _is(accepted: Callable[[str], bool]) -> AfterValidator:
    def check(text: str) -> str:
        if not accepted(text):
            raise ValueError(text)
        return text

    return AfterValidator(check)


_Name = Annotated[str, _is(is_name), Field(description=NAME_WISH)]
_Word = Annotated[str, _is(is_word), Field(description=WORD_WISH)]
_Type = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, description="an aircraft type, say A320")]
_Heading = Annotated[float, Field(ge=-360.0, le=360.0, description="a number from -360 to 360 (degrees true)")]
_Speed = Annotated[float, Field(gt=0.0, le=1000.0, description="a number above 0, at most 1000 (kt)")]
_Lat = Annotated[float, Field(ge=-90.0, le=90.0, description="a number from -90 to 90 (degrees north)")]
_Lon = Annotated[float, Field(ge=-180.0, le=180.0, description="a number from -180 to 180 (degrees east)")]
_Level = Annotated[float, Field(ge=0.0, le=HIGHEST_ALT_FT, description=f"a number from 0 to {HIGHEST_ALT_FT:g} (ft)")]


class _Record(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class _Point(_Record):
    lat: _Lat
    lon: _Lon


class _Center(_Point):
    alt_ft: _Level


class _Agent(_Point):
    id: _Word
    type: _Type
    hdg_deg: _Heading
    spd_kt: _Speed
    alt_ft: _Level
    waypoint: Annotated[_Point, Field(description="an object of lat and lon")]


class _File(_Record):
    scenario_name: _Name
    seed: Annotated[int, Field(ge=0, le=_MOST_SEED, description=f"a whole number from 0 to {_MOST_SEED}")]
    notes: Annotated[str, Field(max_length=_MOST_NOTES, description=f"a text of at most {_MOST_NOTES:,} characters")]
    center: Annotated[_Center, Field(description="an object of lat, lon and alt_ft")]
    sim_dt_s: Annotated[float, Field(description=f"{_TICK_S:g} (s), the tick of the simulation")]
    agents: Annotated[
        list[_Agent], Field(min_length=1, max_length=MAX_ENTRIES, description=f"a list of 1 to {MAX_ENTRIES} aircraft")
    ]


_MODELS: dict[str, type[_Record]] = {"": _File, "agents": _Agent, "center": _Center, "waypoint": _Point}
_WISHES = {name: info.description for model in _MODELS.values() for name, info in model.model_fields.items()}


def scenario_from(document: Any, source: str) -> Scenario:
    """The scenario that a document says, as JSON has it.

    Raises:
        ValueError: a line per mistake, each naming `source`, field, what came and what was wanted.
    """
    content = _check(document, source)
    centre = Centre(content.center.lat, content.center.lon, content.center.alt_ft)
    position_nm, waypoint_nm = _places_nm(content)
    turn_deg = convergence_deg(*_lat_lon(content.agents), centre)
    return Scenario(
        name=content.scenario_name,
        ids=tuple(agent.id for agent in content.agents),
        types=tuple(agent.type for agent in content.agents),
        position_nm=position_nm,
        heading_deg=_wrapped(np.array([agent.hdg_deg for agent in content.agents]) - turn_deg),
        cas_kt=np.array([agent.spd_kt for agent in content.agents]),
        waypoint_nm=waypoint_nm,
        centre=centre,
        notes=content.notes,
        seed=content.seed,
    )


def document_of(scenario: Scenario, source: str) -> dict[str, Any]:
    """A scenario as plain values for a file; raises ValueError, naming `source`, where `scenario_from` would."""
    document = _document(scenario)
    _check(document, source)
    return document


def _document(scenario: Scenario) -> dict[str, Any]:
    centre = scenario.centre
    lat, lon = lat_lon_from_frame(scenario.position_nm, centre)
    waypoint_lat, waypoint_lon = lat_lon_from_frame(scenario.waypoint_nm, centre)
    heading_deg = _wrapped(scenario.heading_deg + convergence_deg(lat, lon, centre))
    agents = [
        {
            "id": scenario.ids[a],
            "type": scenario.types[a],
            "lat": float(lat[a]),
            "lon": float(lon[a]),
            "hdg_deg": float(heading_deg[a]),
            "spd_kt": float(scenario.cas_kt[a]),
            "alt_ft": centre.alt_ft,
            "waypoint": {"lat": float(waypoint_lat[a]), "lon": float(waypoint_lon[a])},
        }
        for a in range(scenario.num_aircraft)
    ]
    return {
        "scenario_name": scenario.name,
        "seed": scenario.seed,
        "notes": scenario.notes,
        "center": {"lat": centre.lat_deg, "lon": centre.lon_deg, "alt_ft": centre.alt_ft},
        "sim_dt_s": _TICK_S,
        "agents": agents,
    }


def _check(document: Any, source: str) -> _File:
    """Return the checked content of a file, or raise ValueError with a line for each of its mistakes."""
    try:
        content = _File.model_validate(document)
    except ValidationError as error:
        raise ValueError("\n".join(f"{source}: {_explain(detail)}" for detail in error.errors())) from error
    mistakes = list(_mistakes(content))
    if mistakes:
        raise ValueError("\n".join(f"{source}: {mistake}" for mistake in mistakes))
    return content


def _explain(error: ErrorDetails) -> str:
    """Return one of pydantic's errors as `field: got ..., wanted ...`."""
    place = error["loc"]
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")
    last = place[-1] if place else None
    wish = _WISHES.get(last, "an object") if isinstance(last, str) else "an object"
    if error["type"] == "extra_forbidden":
        return f"{where}: unknown key{_did_you_mean(str(last), _keys_at(place))}"
    if error["type"] == "missing":
        return f"{where}: missing, wanted {wish}"
    got = repr(error["input"])
    return f"{where + ': ' if where else ''}got {got if len(got) <= 60 else got[:57] + '...'}, wanted {wish}"


def _keys_at(place: tuple[int | str, ...]) -> list[str]:
    """Return the keys that the object around a place may have."""
    around = ["", *(step for step in place[:-1] if isinstance(step, str))]
    return list(_MODELS[around[-1]].model_fields)


def _did_you_mean(word: str, known: list[str]) -> str:
    longer_or_shorter = [key for key in known if key.startswith(word) or word.startswith(key)]
    near = longer_or_shorter or difflib.get_close_matches(word, known, n=1)
    return (f", did you mean {near[0]!r}?" if near else ",") + f" known: {', '.join(known)}"


def _mistakes(content: _File) -> Iterator[str]:
    """Find what is wrong with fields that are well formed one by one."""
    if content.sim_dt_s != _TICK_S:
        yield f"sim_dt_s: got {content.sim_dt_s:g}, wanted {_WISHES['sim_dt_s']}"
    first: dict[str, int] = {}
    for a, agent in enumerate(content.agents):
        if first.setdefault(agent.id, a) != a:
            yield f"agents[{a}].id: got {agent.id!r}, the id of agents[{first[agent.id]}], wanted one of its own"
        if agent.alt_ft != content.center.alt_ft:
            yield f"agents[{a}].alt_ft: got {agent.alt_ft:g}, wanted center.alt_ft, {content.center.alt_ft:g} (ft)"
        yield from _performance_mistakes(a, agent, content.center.alt_ft)
    yield from _place_mistakes(content)


def _performance_mistakes(a: int, agent: _Agent, alt_ft: float) -> Iterator[str]:
    try:
        kind = performance_of(agent.type, alt_ft)
    except ValueError as error:
        yield f"agents[{a}].type: {error}"
        return
    if not kind.cas_min_kt <= agent.spd_kt <= kind.cas_max_kt:
        limits = f"{kind.cas_min_kt:g} .. {kind.cas_max_kt:g} (kt CAS, {kind.name} at {alt_ft:g} ft)"
        yield f"agents[{a}].spd_kt: got {agent.spd_kt:g}, wanted {limits}"


def _place_mistakes(content: _File) -> Iterator[str]:
    position_nm, waypoint_nm = _places_nm(content)
    for field, places_nm in (("lat/lon", position_nm), ("waypoint", waypoint_nm)):
        for a, distance_nm in enumerate(np.hypot(places_nm[:, 0], places_nm[:, 1])):
            if distance_nm > FARTHEST_NM:
                yield f"agents[{a}].{field}: got {distance_nm:.1f} NM from center, wanted at most {FARTHEST_NM:g} NM"
    for a, b, distance_nm in close_starts(position_nm):
        wish = f"wanted {START_SEPARATION_NM:g} NM or more"
        yield f"agents[{b}].lat/lon: got {distance_nm:.3f} NM from agents[{a}] ({content.agents[a].id}), {wish}"


def _places_nm(content: _File) -> tuple[np.ndarray, np.ndarray]:
    """Return starts and waypoints, each (A, 2), in the frame of the centre."""
    centre = Centre(content.center.lat, content.center.lon, content.center.alt_ft)
    waypoints = [agent.waypoint for agent in content.agents]
    return (
        frame_from_lat_lon(*_lat_lon(content.agents), centre),
        frame_from_lat_lon(*_lat_lon(waypoints), centre),
    )


def _lat_lon(points: list[_Agent] | list[_Point]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([point.lat for point in points]), np.array([point.lon for point in points])


def _wrapped(heading_deg: np.ndarray) -> np.ndarray:
    """Return headings in [0, 360)."""
    wrapped = heading_deg % 360.0
    return np.where(wrapped == 360.0, 0.0, wrapped)
