"""What a person may change about the airspace, with the defaults that make `envs.make("airspace_v0")` work alone."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from envs.airspace.aircraft import AIRCRAFT_TYPES_10000FT
from envs.record import Record

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
NotPositive = Annotated[float, Field(le=0)]

MAX_NEIGHBOURS = 16
MAX_ACTION_DELAY = 5
FAMILIES = ("crossing", "merging", "chasing", "head_on", "converging", "random")


class Range(Record):
    """A closed interval that values are drawn from uniformly."""

    low: float
    high: float

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low {self.low:g} lies above high {self.high:g}")
        return self


Changes = Annotated[tuple[float, ...], Field(min_length=1)]


class Actions(Record):
    """What an action commands: a normalised one in [-1, 1], or a choice from a grid of changes."""

    kind: Literal["continuous", "discrete"] = "continuous"
    max_heading_change_deg: Annotated[float, Field(gt=0, le=180)] = 18.0
    max_speed_change_kt: Positive = 10.0
    min_heading_change_deg: NotNegative = 3.0
    min_speed_change_kt: NotNegative = 3.0
    heading_changes_deg: Changes = (-18.0, -9.0, 0.0, 9.0, 18.0)
    speed_changes_kt: Changes = (-10.0, 0.0, 10.0)

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        for name in ("heading_change_deg", "speed_change_kt"):
            low, high = getattr(self, f"min_{name}"), getattr(self, f"max_{name}")
            if low > high:
                raise ValueError(f"min_{name} {low:g} lies above max_{name} {high:g}: no command would ever count")
        return self

    @model_validator(mode="after")
    def _choices(self) -> Self:
        for name in ("heading_change", "speed_change"):
            unit = "deg" if name == "heading_change" else "kt"
            changes = getattr(self, f"{name}s_{unit}")
            low, high = getattr(self, f"min_{name}_{unit}"), getattr(self, f"max_{name}_{unit}")
            if len(set(changes)) < len(changes) or 0.0 not in changes:
                raise ValueError(f"{name}s_{unit}: got {list(changes)}, wanted each change once, and 0 among them")
            wrong = [change for change in changes if change and not low <= abs(change) <= high]
            if self.kind == "discrete" and wrong:
                raise ValueError(f"{name}s_{unit}: got {wrong[0]:g}, wanted 0, or {low:g} to {high:g} either way")
        return self


class Observation(Record):
    """What one aircraft sees."""

    layout: Literal["relative", "relative_cpa", "study", "entities"] = "relative_cpa"
    num_neighbours: Annotated[int, Field(ge=1, le=MAX_NEIGHBOURS)] = 3


class Team(Record):
    """The potential-based part of the reward that all aircraft of a world share."""

    weight: NotNegative = 0.6
    share: Literal["equal", "responsibility"] = "equal"


class Reward(Record):
    """The weight of each reward part (see envs/airspace/reward.py)."""

    progress_per_km: NotNegative = 0.04
    drift_per_deg: NotNegative = 0.01
    violation_entry: NotPositive = -25.0
    violation_step: NotPositive = -1.0
    action: NotPositive = -0.01
    time_per_s: NotPositive = -0.0005
    arrival: NotNegative = 10.0
    timeout: NotPositive = -10.0
    team: Team = Team()


class Episode(Record):
    """When an episode ends and what happens to an aircraft that has arrived."""

    max_steps: Annotated[int, Field(ge=1)] = 100
    after_arrival: Literal["continue", "leave"] = "continue"
    time_limit: Literal["bootstrap", "task"] = "bootstrap"


class Wind(Record):
    """A uniform wind over each world."""

    from_deg: Annotated[float, Field(ge=0, lt=360)] = 0.0
    speed_kt: Annotated[float, Field(ge=0, le=150)] = 0.0


class Disturbance(Record):
    """What departs from the scenario and from perfect reports, for one aircraft or for all."""

    heading_deg: float = 0.0
    speed_kt: float = 0.0
    forward_nm: float = 0.0
    right_nm: float = 0.0
    waypoint_east_nm: float = 0.0
    waypoint_north_nm: float = 0.0
    aircraft_type: str | None = None
    speed_range: Annotated[float, Field(gt=0, le=1)] = 1.0
    action_delay: Annotated[int, Field(ge=0, le=MAX_ACTION_DELAY)] = 0
    responds: bool = True
    position_noise_nm: NotNegative = 0.0
    velocity_noise_kt: NotNegative = 0.0
    dropped_reports: Annotated[float, Field(ge=0, le=1)] = 0.0


class Families(Record):
    """How often each family of geometries is drawn, relative to the others; 0 leaves it out."""

    crossing: NotNegative = 1.0
    merging: NotNegative = 1.0
    chasing: NotNegative = 1.0
    head_on: NotNegative = 1.0
    converging: NotNegative = 1.0
    random: NotNegative = 1.0

    @model_validator(mode="after")
    def _something_to_draw(self) -> Self:
        if not any(self.weights()):
            raise ValueError("all weights are 0, wanted at least one family above 0")
        return self

    def weights(self) -> tuple[float, ...]:
        """The weights in the order of FAMILIES."""
        return tuple(getattr(self, name) for name in FAMILIES)


class Procedural(Record):
    """The traffic that is drawn at every reset."""

    families: Families = Families()
    min_aircraft: Annotated[int, Field(ge=1, le=64)] = 2
    max_aircraft: Annotated[int, Field(ge=1, le=64)] = 4
    cas_kt: Range = Range(low=220.0, high=280.0)
    equal_speed_share: Annotated[float, Field(ge=0, le=1)] = 0.5
    start_distance_nm: Range = Range(low=11.0, high=30.0)
    head_on_distance_nm: Range = Range(low=7.0, high=30.0)
    merge_distance_nm: Range = Range(low=25.0, high=52.0)
    waypoint_distance_nm: Range = Range(low=8.0, high=30.0)
    start_separation_nm: Annotated[float, Field(ge=5)] = 5.5
    aircraft_types: Annotated[tuple[str, ...], Field(min_length=1)] = ("A320",)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.min_aircraft > self.max_aircraft:
            raise ValueError(f"min_aircraft {self.min_aircraft} lies above max_aircraft {self.max_aircraft}")
        for name in ("start", "head_on", "merge", "waypoint"):
            if getattr(self, f"{name}_distance_nm").low <= 0:
                raise ValueError(f"{name}_distance_nm.low is not above 0")
        for name in self.aircraft_types:
            if name not in AIRCRAFT_TYPES_10000FT:
                raise ValueError(f"unknown aircraft type {name!r}, known: {', '.join(AIRCRAFT_TYPES_10000FT)}")
            kind = AIRCRAFT_TYPES_10000FT[name]
            if not kind.cas_min_kt <= self.cas_kt.low <= self.cas_kt.high <= kind.cas_max_kt:
                wish = f"{kind.cas_min_kt:g} to {kind.cas_max_kt:g} kt"
                raise ValueError(f"cas_kt {self.cas_kt.low:g} to {self.cas_kt.high:g} leaves {name}'s range {wish}")
        return self


class AirspaceSettings(Record):
    """Everything that decides how the airspace behaves, apart from the scenarios themselves."""

    actions: Actions = Actions()
    observation: Observation = Observation()
    reward: Reward = Reward()
    episode: Episode = Episode()
    wind: Wind = Wind()
    disturbance: Disturbance = Disturbance()
    procedural: Procedural = Procedural()
