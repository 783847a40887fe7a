"""What a person may change about drawn traffic: families of geometries, what is held out, and the sector."""

from __future__ import annotations

import math
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from envs.airspace.simulation.traffic.aircraft import AIRCRAFT_TYPES_10000FT
from envs.airspace.simulation.traffic.atmosphere import density_kgpm3, pressure_pa, tas_from_cas
from envs.airspace.simulation.traffic.scenario import FARTHEST_NM
from envs.ground.record import NotNegative, Positive, Record

FAMILIES = ("crossing", "merging", "chasing", "head_on", "converging", "random", "overtaken_stream", "area")
SECTOR = len(FAMILIES)
"""What a world's `family` says of sector traffic."""

DRAWN_FAMILIES = (*FAMILIES, "sector")
"""The names of a world's `family`; -1, a scenario handed in, has none."""

PROCEDURAL_ALT_FT = 10_000.0
STEP_S = 10.0
ARRIVAL_NM = 1.0
"""Within this distance of its waypoint an aircraft has arrived."""

MAX_AIRCRAFT = 64
MAX_ENTRIES = 256
MEAN_ACROSS_RADII = 4.0 * math.sqrt(2.0) / math.pi
"""The mean way across a disc of radius 1 between points on its edge that lie 90 to 180 degrees apart, uniformly."""


class Range(Record):
    """A closed interval that values are drawn from uniformly; no distance, angle or speed goes beyond its bounds."""

    low: Annotated[float, Field(ge=-FARTHEST_NM)]
    high: Annotated[float, Field(le=FARTHEST_NM)]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low {self.low:g} lies above high {self.high:g}")
        return self


class PositiveRange(Range):
    """An interval above 0."""

    @model_validator(mode="after")
    def _positive(self) -> Self:
        if self.low <= 0:
            raise ValueError(f"low {self.low:g} is not above 0")
        return self


class Families(Record):
    """How often each family of geometries is drawn, relative to the others; 0 leaves it out."""

    crossing: NotNegative = 1.0
    merging: NotNegative = 1.0
    chasing: NotNegative = 1.0
    head_on: NotNegative = 1.0
    converging: NotNegative = 1.0
    random: NotNegative = 1.0
    overtaken_stream: NotNegative = 1.0
    area: NotNegative = 1.0


class Crossing(Record):
    """Two streams, each with parallel and opposite tracks, that cross."""

    start_distance_nm: PositiveRange = PositiveRange(low=11.0, high=30.0)
    waypoint_distance_nm: PositiveRange = PositiveRange(low=8.0, high=30.0)
    angle_deg: Range = Range(low=30.0, high=150.0)
    spread_nm: Range = Range(low=0.0, high=16.0)


class Merging(Record):
    """Streams to one waypoint, some aircraft to another beside it, or two opposite fans."""

    start_distance_nm: PositiveRange = PositiveRange(low=25.0, high=52.0)
    fan_deg: PositiveRange = PositiveRange(low=5.0, high=30.0)
    aside_nm: Range = Range(low=6.0, high=28.0)


class Chasing(Record):
    """In trail on one or more lanes, sometimes to a common waypoint."""

    gap_nm: PositiveRange = PositiveRange(low=6.5, high=11.0)
    lane_distance_nm: PositiveRange = PositiveRange(low=7.0, high=18.0)
    waypoint_distance_nm: PositiveRange = PositiveRange(low=8.0, high=30.0)


class HeadOn(Record):
    """Opposite pairs on neighbouring tracks; now and then one that crosses."""

    start_distance_nm: PositiveRange = PositiveRange(low=7.0, high=30.0)
    track_distance_nm: PositiveRange = PositiveRange(low=6.0, high=16.0)


class Converging(Record):
    """From all sides to one point, the waypoints just past it or far beyond."""

    start_distance_nm: PositiveRange = PositiveRange(low=11.0, high=30.0)
    near_waypoint_nm: PositiveRange = PositiveRange(low=1.0, high=4.0)
    waypoint_distance_nm: PositiveRange = PositiveRange(low=8.0, high=30.0)


class Random(Record):
    """Anywhere in a disc, heading roughly for a waypoint anywhere."""

    radius_nm: PositiveRange = PositiveRange(low=30.0, high=30.0)
    waypoint_distance_nm: PositiveRange = PositiveRange(low=8.0, high=60.0)
    off_course_deg: Range = Range(low=-30.0, high=30.0)


class OvertakenStream(Record):
    """A slow stream in trail that faster traffic on nearly the same track overtakes."""

    slow_cas_kt: Range = Range(low=200.0, high=225.0)
    fast_cas_kt: Range = Range(low=255.0, high=285.0)
    gap_nm: PositiveRange = PositiveRange(low=6.0, high=10.0)
    behind_nm: PositiveRange = PositiveRange(low=6.0, high=12.0)
    aside_nm: Range = Range(low=-3.0, high=3.0)
    waypoint_distance_nm: PositiveRange = PositiveRange(low=25.0, high=45.0)


class Area(Record):
    """At random places in a disc, with random headings, the waypoints across it."""

    radius_nm: PositiveRange = PositiveRange(low=20.0, high=32.0)
    across_deg: Range = Range(low=-60.0, high=60.0)
    off_course_deg: Range = Range(low=-60.0, high=60.0)


class HeldOut(Record):
    """What is never drawn, whatever the families, counts and speeds below say."""

    families: tuple[str, ...] = ("area",)
    num_aircraft: tuple[int, ...] = ()
    cas_kt: Range | None = None

    @model_validator(mode="after")
    def _known(self) -> Self:
        for name in self.families:
            if name not in FAMILIES:
                raise ValueError(f"families: unknown {name!r}, known: {', '.join(FAMILIES)}")
        return self


class Procedural(Record):
    """The traffic that is drawn at every reset."""

    held_out: HeldOut = HeldOut()
    families: Families = Families()
    min_aircraft: Annotated[int, Field(ge=1, le=MAX_AIRCRAFT)] = 2
    max_aircraft: Annotated[int, Field(ge=1, le=MAX_AIRCRAFT)] = 4
    distinct_episodes: Annotated[int, Field(ge=1)] | None = None
    cas_kt: Range = Range(low=220.0, high=280.0)
    equal_speed_share: Annotated[float, Field(ge=0, le=1)] = 0.5
    start_separation_nm: Annotated[float, Field(ge=5)] = 5.5
    aircraft_types: Annotated[tuple[str, ...], Field(min_length=1)] = ("A320",)
    crossing: Crossing = Crossing()
    merging: Merging = Merging()
    chasing: Chasing = Chasing()
    head_on: HeadOn = HeadOn()
    converging: Converging = Converging()
    random: Random = Random()
    overtaken_stream: OvertakenStream = OvertakenStream()
    area: Area = Area()

    @property
    def weights(self) -> tuple[float, ...]:
        """The weight of each of FAMILIES, 0 where it is held out."""
        held = self.held_out.families
        return tuple(0.0 if name in held else getattr(self.families, name) for name in FAMILIES)

    @property
    def counts(self) -> tuple[int, ...]:
        """The numbers of aircraft that may be drawn."""
        held = self.held_out.num_aircraft
        return tuple(n for n in range(self.min_aircraft, self.max_aircraft + 1) if n not in held)

    @property
    def speed_ranges(self) -> dict[str, Range]:
        """The ranges that calibrated airspeeds are drawn from, by the name of their key."""
        stream = self.overtaken_stream
        own = {f"overtaken_stream.{name}": getattr(stream, name) for name in ("slow_cas_kt", "fast_cas_kt")}
        return {"cas_kt": self.cas_kt} | own

    @model_validator(mode="after")
    def _something_to_draw(self) -> Self:
        if self.min_aircraft > self.max_aircraft:
            raise ValueError(f"min_aircraft {self.min_aircraft} lies above max_aircraft {self.max_aircraft}")
        if not self.counts:
            raise ValueError(
                f"held_out.num_aircraft leaves none of {self.min_aircraft} to {self.max_aircraft} aircraft"
            )
        if not any(self.weights):
            raise ValueError("families: all weights are 0 or held out, wanted at least one family above 0")
        held = self.held_out.cas_kt
        for name, speeds in self.speed_ranges.items():
            if held is not None and held.low <= speeds.low and speeds.high <= held.high:
                raise ValueError(f"held_out.cas_kt leaves nothing of {name} {speeds.low:g} to {speeds.high:g}")
        return self

    @model_validator(mode="after")
    def _flyable(self) -> Self:
        for name in self.aircraft_types:
            if name not in AIRCRAFT_TYPES_10000FT:
                raise ValueError(f"unknown aircraft type {name!r}, known: {', '.join(AIRCRAFT_TYPES_10000FT)}")
            kind = AIRCRAFT_TYPES_10000FT[name]
            for key, speeds in self.speed_ranges.items():
                if not kind.cas_min_kt <= speeds.low <= speeds.high <= kind.cas_max_kt:
                    wish = f"{kind.cas_min_kt:g} to {kind.cas_max_kt:g} kt"
                    raise ValueError(f"{key} {speeds.low:g} to {speeds.high:g} leaves {name}'s range {wish}")
        return self


class Sector(Record):
    """An area that aircraft enter at a rate, fly across and leave; speeds and types are those of `Procedural`."""

    radius_nm: Annotated[float, Field(ge=10, le=200)] = 30.0
    density_per_10000_nm2: Positive = 30.0
    warm_up_s: NotNegative = 900.0
    entry_separation_nm: Annotated[float, Field(ge=5)] = 6.0
    entry_look_ahead_s: NotNegative = 120.0

    @property
    def warm_up_steps(self) -> int:
        """Whole steps that are not counted."""
        return math.ceil(self.warm_up_s / STEP_S)

    @property
    def area_nm2(self) -> float:
        """The area of the disc."""
        return math.pi * self.radius_nm**2

    def crossing_s(self, procedural: Procedural) -> float:
        """The mean time (s) from entry to arrival, straight across in still air, at the speeds that are drawn."""
        cas = np.linspace(procedural.cas_kt.low, procedural.cas_kt.high, 1001)
        held = procedural.held_out.cas_kt
        allowed = cas if held is None else cas[(cas <= held.low) | (cas >= held.high)]
        air = pressure_pa(PROCEDURAL_ALT_FT), density_kgpm3(PROCEDURAL_ALT_FT)
        hours_per_nm = np.mean([1.0 / tas_from_cas(speed, *air) for speed in allowed])
        return float(3600.0 * hours_per_nm * (MEAN_ACROSS_RADII * self.radius_nm - ARRIVAL_NM))

    def num_entries(self, procedural: Procedural, num_steps: int) -> int:
        """How many aircraft enter within `num_steps`, so that the wanted number is inside on average.

        By Little's law (Little, Operations Research 1961): number inside = rate of entries * mean time inside. One more
        is there from the start.
        """
        inside = self.density_per_10000_nm2 * self.area_nm2 / 10_000.0
        return 1 + round(inside / self.crossing_s(procedural) * STEP_S * num_steps)
