"""Where does everybody start, and where do they want to go: one traffic situation at one flight level."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, field

import numpy as np

from envs.airspace.simulation.traffic.atmosphere import HIGHEST_ALT_FT

START_SEPARATION_NM = 5.0
"""Starts may not be closer than this."""

FARTHEST_NM = 1e9
"""Starts and waypoints lie within this distance of the centre on either axis: so far, places are told to 1e-7 NM."""

_ROUNDING_NM = 1e-9  # starts at exactly 5 NM stay legal after a trip through latitude and longitude


@dataclass(frozen=True)
class Centre:
    """The origin of a scenario's east/north frame: degrees north and east, and the level of all aircraft in feet.

    Raises ValueError for a value out of range: latitude -90 .. 90, longitude -180 .. 180, level 0 .. 65,000 ft.
    """

    lat_deg: float = 51.0
    lon_deg: float = 13.7
    alt_ft: float = 10_000.0

    def __post_init__(self) -> None:
        ranges = {"lat_deg": (-90.0, 90.0), "lon_deg": (-180.0, 180.0), "alt_ft": (0.0, HIGHEST_ALT_FT)}
        for name, (low, high) in ranges.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"centre.{name}: got {getattr(self, name)}, wanted {low:g} .. {high:g}")


@dataclass(frozen=True, eq=False)
class Scenario:
    """A aircraft in an east/north frame in NM around `centre`; compare two with `digest`.

    position_nm, waypoint_nm: (A, 2), east and north. heading_deg: (A,), 0 = north, clockwise. cas_kt: (A,), calibrated
    airspeed. The arrays are copied, turned into float64 and made read-only.

    Raises ValueError, naming field and aircraft, for an empty scenario, wrong shapes, numbers that are not finite,
    places farther than FARTHEST_NM, a speed not above 0, an id given twice, or two starts closer than 5 NM.
    """

    name: str
    ids: tuple[str, ...]
    types: tuple[str, ...]
    position_nm: np.ndarray
    heading_deg: np.ndarray
    cas_kt: np.ndarray
    waypoint_nm: np.ndarray
    centre: Centre = field(default_factory=Centre)
    notes: str = ""
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", tuple(self.ids))
        object.__setattr__(self, "types", tuple(self.types))
        self._check_names()
        for array, width in (("position_nm", (2,)), ("heading_deg", ()), ("cas_kt", ()), ("waypoint_nm", (2,))):
            object.__setattr__(self, array, self._own_array(array, (self.num_aircraft, *width)))
        self._check_places()
        self._check_speeds()
        self._check_starts()

    @property
    def num_aircraft(self) -> int:
        """The number of aircraft, A."""
        return len(self.ids)

    def digest(self) -> str:
        """Return the SHA-256 (hex) of all that the scenario holds: equal exactly when every value is."""
        content = {
            **{key: getattr(self, key) for key in ("name", "ids", "types", "notes", "seed")},
            **{key: getattr(self, key).tolist() for key in ("position_nm", "heading_deg", "cas_kt", "waypoint_nm")},
            "centre": [float(self.centre.lat_deg), float(self.centre.lon_deg), float(self.centre.alt_ft)],
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def _check_names(self) -> None:
        if not self.ids:
            raise ValueError(f"scenario {self.name!r}: got no aircraft, wanted at least one")
        twice = sorted({aircraft for aircraft in self.ids if self.ids.count(aircraft) > 1})
        if twice:
            raise ValueError(f"scenario {self.name!r}: ids: got {', '.join(twice)} more than once, wanted each id once")
        if len(self.types) != self.num_aircraft:
            raise ValueError(f"scenario {self.name!r}: types: got {len(self.types)}, wanted {self.num_aircraft}")

    def _own_array(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        """Return a read-only float64 copy of a field, checked for its shape and for finite numbers."""
        array = np.array(getattr(self, name), dtype=np.float64, order="C") + 0.0  # no negative zeros: they hash apart
        if array.shape != shape:
            raise ValueError(f"scenario {self.name!r}: {name}: got shape {array.shape}, wanted {shape}")
        if not np.isfinite(array).all():
            aircraft = self.ids[int(np.argwhere(~np.isfinite(array))[0, 0])]
            raise ValueError(f"scenario {self.name!r}: {name}: got a number for {aircraft} that is not finite")
        array.setflags(write=False)
        return array

    def _check_places(self) -> None:
        for name in ("position_nm", "waypoint_nm"):
            for aircraft, axis in np.argwhere(np.abs(getattr(self, name)) > FARTHEST_NM):
                raise ValueError(
                    f"scenario {self.name!r}: {name}: got {getattr(self, name)[aircraft, axis]:g} for "
                    f"{self.ids[aircraft]}, wanted {-FARTHEST_NM:g} .. {FARTHEST_NM:g}"
                )

    def _check_speeds(self) -> None:
        for aircraft, cas_kt in zip(self.ids, self.cas_kt, strict=True):
            if cas_kt <= 0.0:
                raise ValueError(f"scenario {self.name!r}: cas_kt: got {cas_kt} for {aircraft}, wanted above 0")

    def _check_starts(self) -> None:
        close = close_starts(self.position_nm)
        if close:
            first, second, distance_nm = close[0]
            raise ValueError(
                f"scenario {self.name!r}: {self.ids[first]} and {self.ids[second]} start {distance_nm:.3f} NM apart, "
                f"wanted {START_SEPARATION_NM:g} NM or more"
            )


def close_starts(position_nm: np.ndarray) -> list[tuple[int, int, float]]:
    """Return (first, second, distance in NM) of every pair among positions (A, 2) that starts closer than 5 NM."""
    count = len(position_nm)
    pairs = ((a, b, math.dist(position_nm[a], position_nm[b])) for a in range(count) for b in range(a + 1, count))
    return [pair for pair in pairs if pair[2] < START_SEPARATION_NM - _ROUNDING_NM]
