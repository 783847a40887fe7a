"""What only a person can decide where a file holds more than a start: each by its name, `--with KEY=VALUE`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self, TypeVar

from envs.airspace.outside.scn.quantities import altitude_ft, number
from envs.airspace.simulation.traffic.atmosphere import HIGHEST_ALT_FT
from envs.airspace.simulation.traffic.performance import known_types

WORDS: Mapping[str, str] = {
    "ahead_nm": "a waypoint this many NM straight ahead for who has none",
    "route": "of several waypoints the first or the last",
    "only_level": "those alone who are less than 500 ft from this level (feet, or FL and hundreds)",
    "level": "all at this one level, at their true airspeeds",
    "type": "this type for those that OpenAP does not know, as BlueSky flies a B744",
    "speeds": "limit: the nearest speed that the type flies, as BlueSky flies it",
    "leave_out": "names of commands without which the file is to be read; later: all after the start",
}
"""The choices, each in a few words."""

T = TypeVar("T")

_FARTHEST_AHEAD_NM = 250.0


@dataclass(frozen=True)
class Choices:
    """What was chosen; None, or empty: nothing. Levels in feet; names of commands in capitals."""

    ahead_nm: float | None
    route: str | None
    only_level_ft: float | None
    level_ft: float | None
    kind: str | None
    limit_speeds: bool
    leave_out: frozenset[str]

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Self:
        """Read what was typed, by names of `WORDS`.

        Raises:
            ValueError: naming the choice, for a value that it cannot have.
        """
        assert set(given) <= set(WORDS), f"unknown among {list(given)}: who asks compares with WORDS"
        return cls(
            ahead_nm=_read(given, "ahead_nm", _distance_nm, f"a number above 0, at most {_FARTHEST_AHEAD_NM:g} (NM)"),
            route=_read(given, "route", _one_of("first", "last"), "first or last"),
            only_level_ft=_read(given, "only_level", altitude_ft, "feet, or FL and hundreds of feet"),
            level_ft=_read(given, "level", _level_ft, f"0 .. {HIGHEST_ALT_FT:g} ft, or FL and hundreds of feet"),
            kind=_read(given, "type", _known_type, f"one of {', '.join(known_types())}" if "type" in given else ""),
            limit_speeds=_read(given, "speeds", _one_of("limit"), "limit") is not None,
            leave_out=frozenset(name.strip().upper() for name in given.get("leave_out", "").split(",")),
        )


def _read(given: Mapping[str, str], name: str, read: Callable[[str], T | None], wish: str) -> T | None:
    if name not in given:
        return None
    found = read(given[name])
    if found is None:
        raise ValueError(f"--with {name}: got {given[name]!r}, wanted {wish}")
    return found


def _distance_nm(text: str) -> float | None:
    found = number(text)
    return found if found is not None and 0.0 < found <= _FARTHEST_AHEAD_NM else None


def _level_ft(text: str) -> float | None:
    found = altitude_ft(text)
    return found if found is not None and 0.0 <= found <= HIGHEST_ALT_FT else None


def _known_type(text: str) -> str | None:
    return text.upper() if text.upper() in known_types() else None


def _one_of(*words: str) -> Callable[[str], str | None]:
    return lambda text: text if text in words else None
