"""Ground plans as plain values: what a seed draws, what a file says, and what roads are computed from."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from envs.ground.record import Record

LEAST_APART_DEG = 55.0
"""Between two arms that meet in one place."""

Family = Literal[
    "merge",
    "lane_drop",
    "tee",
    "four_arms",
    "signals",
    "roundabout_one",
    "roundabout_two",
    "two_junctions",
    "trucks",
    "map",
]

Angle = Annotated[float, Field(ge=-360, le=720, description="a number from -360 to 720 (degrees from east)")]
Length = Annotated[float, Field(ge=10, le=400, description="a number from 10 to 400 (m)")]
Lane = Annotated[float, Field(ge=2.5, le=6, description="a number from 2.5 to 6 (m), a lane's width")]
Corner = Annotated[float, Field(ge=7, le=40, description="a number from 7 to 40 (m), the least radius of right turns")]
Limit = Annotated[float, Field(gt=0, le=60, description="a number above 0, at most 60 (m/s)")]
Place = Annotated[tuple[float, float], Field(description="a list of two numbers, x and y (m)")]
Touch = Annotated[float, Field(ge=1, le=6, description="a number from 1 to 6 (m), how near two lines can touch")]
Seconds = Annotated[float, Field(gt=0, le=300, description="a number above 0, at most 300 (s)")]
Arm = Annotated[int, Field(ge=0, le=4, description="an arm's number, counted from 0, counterclockwise")]
Angles = Annotated[
    tuple[Angle, ...], Field(min_length=3, max_length=5, description="a list of 3 to 5 angles, ascending")
]


class Ground(Record):
    """What all ground plans say."""

    family: Annotated[Family, Field(description="a family of roads")]
    lane_m: Lane
    limit_mps: Limit
    touch_m: Touch

    @model_validator(mode="after")
    def _lanes_apart(self) -> Self:
        if self.touch_m >= self.lane_m:
            raise ValueError(f"touch_m: got {self.touch_m:g}, wanted below lane_m, {self.lane_m:g}")
        return self


class Phase(Record):
    """Which arms have green together, and for how long."""

    arms: Annotated[tuple[Arm, ...], Field(min_length=1, max_length=5, description="a list of arms")]
    green_s: Seconds


class Lights(Record):
    """Phases in their order, from time 0 on; after each green come amber and a time in which all are red."""

    phases: Annotated[tuple[Phase, ...], Field(min_length=2, max_length=5, description="a list of 2 to 5 phases")]
    amber_s: Seconds
    clear_s: Seconds

    @property
    def cycle_s(self) -> float:
        """Of all phases."""
        return sum(phase.green_s + self.amber_s + self.clear_s for phase in self.phases)


class ArmsGround(Ground):
    """Three to five arms that meet in one place.

    Attributes:
        rights: who goes first: who comes from the right, who comes from `main_arms`, or nobody.
        left_turns: False: there are none.
        lights: one for each arm; null: none.
    """

    kind: Annotated[Literal["arms"], Field(description="arms")] = "arms"
    arms_deg: Angles
    entry_m: Length
    exit_m: Length
    corner_m: Corner
    rights: Annotated[Literal["right", "main", "nobody"], Field(description="right, main or nobody")]
    main_arms: Annotated[tuple[Arm, ...], Field(max_length=2, description="a list of two arms, or an empty one")]
    left_turns: Annotated[bool, Field(description="true or false")]
    lights: Annotated[Lights | None, Field(description="an object of phases, amber_s and clear_s, or null")]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        _check_angles(self.arms_deg)
        known = range(len(self.arms_deg))
        if len(self.main_arms) != (2 if self.rights == "main" else 0) or not set(self.main_arms) <= set(known):
            raise ValueError(f"main_arms: got {list(self.main_arms)}, wanted two arms with rights main, else none")
        lit = sorted(arm for phase in self.lights.phases for arm in phase.arms) if self.lights else list(known)
        if lit != list(known):
            raise ValueError(f"lights.phases: got the arms {lit}, wanted each of {list(known)} once")
        return self


class RingGround(Ground):
    """A roundabout; radius_m: of the middle of the outer lane."""

    kind: Annotated[Literal["ring"], Field(description="ring")] = "ring"
    arms_deg: Angles
    radius_m: Annotated[float, Field(ge=12, le=60, description="a number from 12 to 60 (m)")]
    num_lanes: Annotated[int, Field(ge=1, le=2, description="1 or 2")]
    entry_m: Length
    exit_m: Length

    @model_validator(mode="after")
    def _whole(self) -> Self:
        _check_angles(self.arms_deg)
        return self


class LanesGround(Ground):
    """Two lanes that become one: lengths apart, side by side, joining, as one; ramp_deg 0: they never were apart."""

    kind: Annotated[Literal["lanes"], Field(description="lanes")] = "lanes"
    before_m: Length
    beside_m: Length
    taper_m: Length
    after_m: Length
    ramp_deg: Annotated[float, Field(ge=0, le=40, description="a number from 0 to 40 (degrees)")]


class SideRoadsGround(Ground):
    """A main road to the east with two side roads; side_deg: where they go to, above 0 to the north."""

    kind: Annotated[Literal["side_roads"], Field(description="side_roads")] = "side_roads"
    side_deg: Annotated[tuple[Angle, Angle], Field(description="a list of two angles, 55 to 125 or -125 to -55")]
    apart_m: Annotated[float, Field(ge=30, le=200, description="a number from 30 to 200 (m)")]
    entry_m: Length
    exit_m: Length
    corner_m: Corner

    @model_validator(mode="after")
    def _whole(self) -> Self:
        first, second = self.side_deg
        if not all(LEAST_APART_DEG <= abs(angle) <= 180.0 - LEAST_APART_DEG for angle in self.side_deg):
            raise ValueError(f"side_deg: got {list(self.side_deg)}, wanted 55 to 125 or -125 to -55 (degrees)")
        if first * second > 0.0 and abs(first) < abs(second):
            raise ValueError(f"side_deg: got {list(self.side_deg)}, wanted side roads that do not cross")
        return self


class LightTimes(Record):
    """When one light is green and amber, in a cycle that begins at time 0; over the cycle's end it goes on."""

    cycle_s: Seconds
    green_from_s: Annotated[float, Field(ge=0, le=300, description="a number from 0 to 300 (s)")]
    green_until_s: Annotated[float, Field(gt=0, le=600, description="a number above 0, at most 600 (s)")]
    amber_s: Annotated[float, Field(ge=0, le=60, description="a number from 0 to 60 (s)")]


class LineWay(Record):
    """One way along a line of its own; limits: from so many metres on so many m/s."""

    entry: Annotated[int, Field(ge=0, le=99, description="an entry's number, from 0 to 99")]
    exit: Annotated[int, Field(ge=0, le=99, description="an exit's number, from 0 to 99")]
    line_m: Annotated[tuple[Place, ...], Field(min_length=2, max_length=1000, description="a list of 2 to 1000 places")]
    limits: Annotated[
        tuple[tuple[float, Limit], ...],
        Field(min_length=1, max_length=200, description="a list of 1 to 200 pairs, m along it and m/s"),
    ]
    stop_m: Annotated[float | None, Field(ge=0, le=1000, description="m along it, or null")]
    light: Annotated[int | None, Field(ge=0, le=99, description="a light's number, or null")]


Ways = Annotated[tuple[LineWay, ...], Field(min_length=1, max_length=64, description="a list of 1 to 64 ways")]
Lines = Annotated[tuple[tuple[Place, ...], ...], Field(max_length=5000, description="a list of lists of places")]


class LinesGround(Ground):
    """Ways as lines, from a map.

    Attributes:
        before: pairs of ways, counted from 0: the first goes before the second.
        edges_m: lines where the road ends; middle_m: lines between lanes, which are only drawn.
        aside_m: so far lie edges at least from the middle of a way.
    """

    kind: Annotated[Literal["lines"], Field(description="lines")] = "lines"
    ways: Ways
    lamps: Annotated[tuple[LightTimes, ...], Field(max_length=64, description="a list of at most 64 lights")]
    before: Annotated[tuple[tuple[int, int], ...], Field(max_length=4096, description="a list of pairs of ways")]
    edges_m: Lines
    middle_m: Lines
    aside_m: Annotated[float, Field(ge=0.5, le=6, description="a number from 0.5 to 6 (m)")]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for pair in self.before:
            if len(set(pair)) < 2 or not set(pair) <= set(range(len(self.ways))):
                raise ValueError(f"before: got {list(pair)}, wanted two ways, 0 to {len(self.ways) - 1}")
        for number, way in enumerate(self.ways):
            if way.light is not None and (way.light >= len(self.lamps) or way.stop_m is None):
                raise ValueError(f"ways[{number}].light: got {way.light}, wanted one of lamps, and a stop_m")
        return self


GroundPlan = ArmsGround | RingGround | LanesGround | SideRoadsGround | LinesGround
AnyGround = Annotated[GroundPlan, Field(discriminator="kind")]
KINDS: dict[str, type[Ground]] = {
    "arms": ArmsGround,
    "ring": RingGround,
    "lanes": LanesGround,
    "side_roads": SideRoadsGround,
    "lines": LinesGround,
}


def _check_angles(arms_deg: tuple[float, ...]) -> None:
    around = (*arms_deg, arms_deg[0] + 360.0)
    for before, after in pairwise(around):
        if after - before < LEAST_APART_DEG:
            wish = f"wanted ascending ones, {LEAST_APART_DEG:g} degrees or more apart, within one turn"
            raise ValueError(f"arms_deg: got {list(arms_deg)}, {wish}")
