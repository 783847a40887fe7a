"""What a person may change about drawn roads: how often each family is drawn, and the ranges of its ground plan."""

from __future__ import annotations

from typing import Annotated, Self, get_args

from pydantic import Field, model_validator

from envs.ground.record import NotNegative, Positive, Record, Share
from envs.roads.simulation.geometry.ground_plans import Family

FAMILIES: tuple[str, ...] = tuple(family for family in get_args(Family) if family != "map")
"""All families that are drawn; what training draws from says their weights."""

HELD_OUT = ("two_junctions", "trucks")
"""Those that are not trained on by default."""


class Range(Record):
    """A closed interval above 0 that values are drawn from uniformly."""

    low: Annotated[float, Field(gt=0, le=1000)]
    high: Annotated[float, Field(gt=0, le=1000)]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low {self.low:g} lies above high {self.high:g}")
        return self


class FamilyWeights(Record):
    """How often each family is drawn, relative to the others; 0 leaves it out."""

    merge: NotNegative = 1.0
    lane_drop: NotNegative = 1.0
    tee: NotNegative = 1.0
    four_arms: NotNegative = 1.0
    signals: NotNegative = 1.0
    roundabout_one: NotNegative = 1.0
    roundabout_two: NotNegative = 1.0
    two_junctions: NotNegative = 0.0
    trucks: NotNegative = 0.0

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not any(self.model_dump().values()):
            raise ValueError("all weights are 0, wanted one above 0")
        return self


class Arms(Record):
    """Roads that meet in one place."""

    entry_m: Range = Range(low=60.0, high=90.0)
    exit_m: Range = Range(low=40.0, high=60.0)
    lane_m: Range = Range(low=3.25, high=3.75)
    corner_m: Range = Range(low=9.0, high=13.0)
    askew_deg: Range = Range(low=1.0, high=12.0)
    limit_mps: Range = Range(low=8.0, high=13.9)


class Tee(Record):
    """A side road at a road that goes straight on."""

    side_deg: Range = Range(low=65.0, high=115.0)
    main_road_share: Share = 0.5


class Merge(Record):
    """A ramp that joins a lane, and two lanes that become one."""

    before_m: Range = Range(low=80.0, high=120.0)
    beside_m: Range = Range(low=40.0, high=80.0)
    taper_m: Range = Range(low=30.0, high=45.0)
    after_m: Range = Range(low=60.0, high=80.0)
    ramp_deg: Range = Range(low=8.0, high=20.0)
    lane_m: Range = Range(low=3.4, high=3.75)
    limit_mps: Range = Range(low=13.0, high=20.0)


class Signals(Record):
    """What lights show, s; between amber and the next green all are red for `clear_s`."""

    green_s: Range = Range(low=5.0, high=8.0)
    amber_s: Positive = 2.0
    clear_s: Positive = 1.0
    two_phases_share: Share = 0.75


class Roundabout(Record):
    """A ring that cars drive around counterclockwise; who is in it goes first; with five arms a quarter larger."""

    radius_m: Range = Range(low=13.0, high=18.0)
    two_lanes_radius_m: Range = Range(low=18.0, high=23.0)
    entry_m: Range = Range(low=50.0, high=70.0)
    exit_m: Range = Range(low=30.0, high=45.0)
    lane_m: Range = Range(low=3.5, high=3.75)
    askew_deg: Range = Range(low=1.0, high=8.0)
    limit_mps: Range = Range(low=8.0, high=11.0)


class TwoJunctions(Record):
    """Two side roads at one main road, one after the other."""

    apart_m: Range = Range(low=38.0, high=60.0)


class Trucks(Record):
    """Wide junctions for long trucks."""

    lane_m: Range = Range(low=5.2, high=5.5)
    corner_m: Range = Range(low=20.0, high=24.0)
    touch_m: Positive = 4.8


class RoadSettings(Record):
    """Drawn roads: weights of families, ranges of their ground plans.

    `touch_m`: middle lines that are nearer than this can have cars that touch; below a lane's width, so that
    neighbouring lanes do not meet.
    """

    families: FamilyWeights = FamilyWeights()
    arms: Arms = Arms()
    tee: Tee = Tee()
    merge: Merge = Merge()
    signals: Signals = Signals()
    roundabout: Roundabout = Roundabout()
    two_junctions: TwoJunctions = TwoJunctions()
    trucks: Trucks = Trucks()
    touch_m: Positive = 3.0
