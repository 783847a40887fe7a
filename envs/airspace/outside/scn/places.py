"""Where is it: latitude and longitude, a point that the file defines, an aircraft, or a name of navigation data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from envs.airspace.outside.scn.quantities import degrees, shown

Navigation = Callable[[str, float, float], tuple[float, float, float | None] | None]
"""Latitude, longitude and perhaps a runway's true heading of a name, the nearest to a latitude and longitude; None:
unknown. Raises ValueError, saying what to do, where there are no navigation data."""


class Place(NamedTuple):
    """Degrees north and east, and the heading of a runway (degrees true)."""

    lat: float
    lon: float
    heading_deg: float | None = None


class Places:
    """The names that a file knows, and navigation data for all others."""

    def __init__(self, navigation: Navigation) -> None:
        """No name is known but those of navigation data."""
        self._navigation = navigation
        self._known: dict[str, Place] = {}

    def define(self, name: str, place: Place) -> None:
        """From now on this name is there."""
        self._known[name.upper()] = place

    def find(self, words: Sequence[str], near: tuple[float, float]) -> Place:
        """The place that one or two words say: latitude and longitude, or a name, perhaps with RW and a runway.

        Raises:
            ValueError: what came and what was wanted; no file, no line.
        """
        lat, lon = degrees(words[0], "NS"), degrees(words[1], "EW") if len(words) > 1 else None
        if lat is not None and lon is not None:
            return Place(lat, lon)
        given = " ".join(words)
        if lat is not None or not words[0] or len(words) > 2:
            raise ValueError(f"got {shown(given)}, wanted latitude and longitude in degrees, or a name")
        name = "/".join(words).upper()
        if name in self._known:
            return self._known[name]
        try:
            found = self._navigation(name, *near)
        except ValueError as error:
            raise ValueError(f"got {shown(given)}, wanted degrees, or a name of navigation data: {error}") from None
        if found is None:
            raise ValueError(f"got {shown(given)}, which BlueSky's navigation data have not, wanted another or degrees")
        return Place(*found)


def num_words(words: Sequence[str]) -> int:
    """How many of these say a place, the rest being something else: 2 of latitude and longitude, or with a runway."""
    if degrees(words[0], "NS") is not None:
        return min(2, len(words))
    return 2 if len(words) > 1 and words[1].upper().startswith("RW") else 1
