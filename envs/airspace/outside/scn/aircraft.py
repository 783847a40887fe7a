"""An aircraft as a scenario file creates it, before it is fitted into a scenario."""

from __future__ import annotations

from dataclasses import dataclass

from envs.airspace.outside.scn.quantities import tas_from_cas_kt, tas_from_mach_kt

SEPARATION_FT = 1000.0
"""Whoever is this far above or below somebody does not lose separation from them."""

HIGHEST_FT = 65_617.0
"""20 km, as far up as our standard atmosphere holds."""


@dataclass(frozen=True)
class Way:
    """A waypoint as written: where the command stands, its name, and latitude and longitude, or a name of a place."""

    place: str
    command: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Aircraft:
    """Type and start (degrees, heading true, feet), either a calibrated airspeed (kt) or a Mach number, and its ways.

    place: the file and line that created it. route: its waypoints in order. destination: where it goes after them.
    """

    place: str
    callsign: str
    kind: str
    lat: float
    lon: float
    heading_deg: float
    alt_ft: float
    cas_kt: float | None
    mach: float | None
    route: tuple[Way, ...] = ()
    destination: Way | None = None

    @property
    def tas_kt(self) -> float:
        """True airspeed (kt) at its own level.

        Raises:
            ValueError: naming file, line, value and wish, for a level where the standard atmosphere is not known.
        """
        if not 0.0 <= self.alt_ft <= HIGHEST_FT:
            raise ValueError(f"{self.place}: alt_ft: got {self.alt_ft:g}, wanted 0 .. {HIGHEST_FT:g} (ft)")
        if self.cas_kt is not None:
            return tas_from_cas_kt(self.cas_kt, self.alt_ft)
        assert self.mach is not None
        return tas_from_mach_kt(self.mach, self.alt_ft)

    @property
    def ways(self) -> tuple[Way, ...]:
        """The route and then the destination."""
        return self.route if self.destination is None else (*self.route, self.destination)
