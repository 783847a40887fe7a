"""Fits aircraft of a file into a scenario: one level, types and speeds that can be flown, one waypoint for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NoReturn

import numpy as np

from envs.airspace.outside.scn.aircraft import HIGHEST_FT, SEPARATION_FT, Aircraft, Way
from envs.airspace.outside.scn.choices import Choices
from envs.airspace.outside.scn.places import Places
from envs.airspace.outside.scn.quantities import cas_from_tas_kt
from envs.airspace.outside.scn.remarks import Remarks
from envs.airspace.simulation.traffic.aircraft import performance_of
from envs.airspace.simulation.traffic.geodesy import frame_from_lat_lon, lat_lon_from_frame
from envs.airspace.simulation.traffic.performance import known_types
from envs.airspace.simulation.traffic.scenario import Centre

_FARTHEST_WAY_NM = 400.0
"""Less than a scenario is wide, so that others find room."""

_HIGHEST_FLOWN_FT = 37_000.0
"""A level that is proposed is one that most types fly at."""


class Fitting:
    """Fits one file's aircraft; what is not as the file says is remarked."""

    def __init__(self, choices: Choices, places: Places, remarks: Remarks, *, bring_nearer: bool) -> None:
        """Fit by these choices. bring_nearer: waypoints that no scenario could hold come nearer."""
        self._choices, self._places, self._remarks = choices, places, remarks
        self._bring_nearer = bring_nearer

    def select(self, aircraft: Mapping[str, Aircraft]) -> list[Aircraft]:
        """Those of the chosen level, all where none is chosen."""
        level = self._choices.only_level_ft
        chosen = [one for one in aircraft.values() if level is None or abs(one.alt_ft - level) < SEPARATION_FT / 2.0]
        for one in aircraft.values():
            if one not in chosen:
                self._remarks.say("left out, for they are 500 ft or more from the chosen level", one.callsign)
        return chosen

    def check_levels(self, aircraft: list[Aircraft]) -> None:
        """Refuse levels between which aircraft may pass above each other, where none is chosen.

        Raises:
            ValueError: naming file, line, level and wish.
        """
        first = aircraft[0].alt_ft
        for one in aircraft:
            if not 0.0 <= one.alt_ft <= HIGHEST_FT:
                known = [other.alt_ft for other in aircraft if SEPARATION_FT <= other.alt_ft <= HIGHEST_FT]
                choice = f", or --with only_level={known[0]:g} for those who are there" if known else ""
                _refuse(one.place, "alt_ft", f"{one.alt_ft:g}", f"0 .. {HIGHEST_FT:g} (ft){choice}")
        odd = max(aircraft, key=lambda one: abs(one.alt_ft - first))
        others = [one for one in aircraft if abs(one.alt_ft - odd.alt_ft) >= SEPARATION_FT]
        if others and self._choices.level_ft is None:
            level = first if SEPARATION_FT <= first <= _HIGHEST_FLOWN_FT else 20_000.0
            wish = f"--with only_level={first:g} for those who are there, or --with level={level:g} for all at one"
            _refuse(odd.place, "alt_ft", f"{odd.alt_ft:g}", f"less than 1000 ft from {others[0].callsign}, {wish}")

    def agents(self, aircraft: list[Aircraft]) -> list[dict[str, Any]]:
        """The aircraft as a scenario file has them, at the chosen level or at that of the first.

        Raises:
            ValueError: naming file, line, value and wish, for what cannot be flown.
        """
        level_ft = aircraft[0].alt_ft if self._choices.level_ft is None else self._choices.level_ft
        route = self._choices.route or ("first" if len(aircraft) == 1 else None)
        return [self._agent(self._known(one), level_ft, self._way(one, route)) for one in aircraft]

    def _known(self, one: Aircraft) -> Aircraft:
        """The aircraft as one of a type that is known, where one is chosen for others."""
        if self._choices.kind is None or one.kind in known_types():
            return one
        self._remarks.say(f"flown by {self._choices.kind}, for their types are not known", one.callsign)
        return replace(one, kind=self._choices.kind)

    def _agent(self, one: Aircraft, level_ft: float, way: Way | None) -> dict[str, Any]:
        lat, lon = self._waypoint(one, way)
        return {
            "id": one.callsign,
            "type": one.kind,
            "lat": one.lat,
            "lon": one.lon,
            "hdg_deg": one.heading_deg,
            "spd_kt": self._cas_kt(one, level_ft),
            "alt_ft": level_ft,
            "waypoint": {"lat": lat, "lon": lon},
        }

    def _cas_kt(self, one: Aircraft, level_ft: float) -> float:
        """The calibrated airspeed at the level: as given there, else by the true airspeed, which is kept."""
        if one.cas_kt is not None and one.cas_kt <= 0.0:
            _refuse(one.place, "spd_kt", f"{one.cas_kt:g}", "more than 0: who stands does not fly")
        if one.alt_ft != level_ft:
            self._remarks.say(f"flies at {level_ft:g} ft, its true airspeed kept", one.callsign)
        elif one.cas_kt is not None:
            return self._limited(one, one.cas_kt, level_ft)
        return self._limited(one, cas_from_tas_kt(one.tas_kt, level_ft), level_ft)

    def _limited(self, one: Aircraft, speed_kt: float, level_ft: float) -> float:
        """The speed, or the nearest one that the type flies, where that is chosen."""
        try:
            kind = performance_of(one.kind, level_ft)
        except ValueError as error:
            hint = "--with type=B744 flies it instead" if one.kind not in known_types() else "--with level=FL200, say"
            raise ValueError(f"{one.place}: type: {error}; {hint}") from None
        near = min(max(speed_kt, kind.cas_min_kt), kind.cas_max_kt)
        if near != speed_kt and not self._choices.limit_speeds:
            limits = f"{kind.cas_min_kt:g} .. {kind.cas_max_kt:g} (kt CAS, {kind.name} at {level_ft:g} ft)"
            _refuse(one.place, "spd_kt", f"{speed_kt:g}", f"{limits}; --with speeds=limit takes the nearest")
        if near != speed_kt:
            self._remarks.say(f"slower or faster than a {kind.name} flies, taken {near:g} kt", one.callsign)
        return near

    def _waypoint(self, one: Aircraft, way: Way | None) -> tuple[float, float]:
        """Latitude and longitude of where it goes."""
        if way is None:
            if self._choices.ahead_nm is None:
                wish = f"ADDWPT {one.callsign},lat,lon, or --with ahead_nm=60 for one straight ahead"
                raise ValueError(f"{one.place}: CRE: {one.callsign} has no waypoint, wanted {wish}")
            self._remarks.say(f"goes {self._choices.ahead_nm:g} NM straight ahead", one.callsign)
            return _ahead(one, one.heading_deg, self._choices.ahead_nm)
        try:
            place = self._places.find(way.words, (one.lat, one.lon))
        except ValueError as error:
            raise ValueError(f"{way.place}: {way.command}: {error}") from None
        return self._nearer(one, place.lat, place.lon) if self._bring_nearer else (place.lat, place.lon)

    def _way(self, one: Aircraft, route: str | None) -> Way | None:
        """The first or the last of several waypoints, the only one, or none."""
        if len(one.ways) > 1 and route is None:
            where = f"{one.ways[1].place}: {one.ways[1].command}"
            wish = "one, or --with route=first, or --with route=last"
            raise ValueError(f"{where}: a second waypoint of {one.callsign} cannot be represented, wanted {wish}")
        if len(one.ways) > 1:
            self._remarks.say(f"left out: all waypoints but the {route}", one.callsign)
        return None if not one.ways else one.ways[-1 if route == "last" else 0]

    def _nearer(self, one: Aircraft, lat: float, lon: float) -> tuple[float, float]:
        """The place, or one on the great circle to it where it is farther than a scenario is wide."""
        if not (-90.0 <= lat <= 90.0 and -180.0 <= lon <= 180.0 and -90.0 <= one.lat <= 90.0):
            return lat, lon  # refused with the scenario
        east, north = frame_from_lat_lon([lat], [lon - one.lon], Centre(one.lat, 0.0))[0]
        if np.hypot(east, north) <= _FARTHEST_WAY_NM:
            return lat, lon
        self._remarks.say(f"waypoint brought to {_FARTHEST_WAY_NM:g} NM on the way to where it goes", one.callsign)
        return _ahead(one, float(np.degrees(np.arctan2(east, north))), _FARTHEST_WAY_NM)


def _ahead(one: Aircraft, bearing_deg: float, distance_nm: float) -> tuple[float, float]:
    """Latitude and longitude of a place so far away in a direction (degrees true), on a great circle."""
    bearing = np.radians(bearing_deg)
    offset = np.array([[np.sin(bearing), np.cos(bearing)]]) * distance_nm
    lat, lon = lat_lon_from_frame(offset, Centre(min(max(one.lat, -90.0), 90.0), 0.0))
    return float(lat[0]), float((lon[0] + one.lon + 180.0) % 360.0 - 180.0)


def _refuse(place: str, what: str, got: str, wish: str) -> NoReturn:
    raise ValueError(f"{place}: {what}: got {got}, wanted {wish}")
