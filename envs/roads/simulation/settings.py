"""What a person may change about the roads, with the defaults that make `envs.make("roads_v0")` work alone."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from envs.ground.record import NotNegative, NotPositive, Positive, Record, Share
from envs.roads.simulation.geometry.road_settings import RoadSettings

TICK_S = 0.1
TICKS_PER_STEP = 2
STEP_S = TICK_S * TICKS_PER_STEP
"""One action every 0.2 s, driven in ticks of 0.1 s."""

MAX_CARS = 64
MAX_NEIGHBOURS = 16
MAX_COURSES = 15
MAX_ACTION_DELAY = 5

Changes = Annotated[tuple[float, ...], Field(min_length=1, max_length=MAX_COURSES)]


class Range(Record):
    """A closed interval that is drawn from uniformly."""

    low: NotNegative
    high: NotNegative

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low {self.low:g} lies above high {self.high:g}")
        return self


class Actions(Record):
    """What an action commands.

    `route`: acceleration and wanted offset to the left of the route, which is tracked; `bicycle`: acceleration and
    steering angle; `grid`: one of the accelerations with one of the offsets, tracked.
    """

    kind: Literal["route", "bicycle", "grid"] = "route"
    max_acceleration_mps2: Positive = 3.0
    max_braking_mps2: Positive = 6.0
    max_offset_m: NotNegative = 0.5
    max_steering_rad: Annotated[float, Field(gt=0, le=1.2)] = 0.6
    max_steering_rate_radps: Positive = 0.8
    accelerations_mps2: Changes = (-6.0, -3.0, -1.5, 0.0, 1.0, 2.0, 3.0)
    offsets_m: Changes = (-0.5, 0.0, 0.5)

    @model_validator(mode="after")
    def _choices(self) -> Self:
        low, high = -self.max_braking_mps2, self.max_acceleration_mps2
        for name, least, most in (
            ("accelerations_mps2", low, high),
            ("offsets_m", -self.max_offset_m, self.max_offset_m),
        ):
            changes = getattr(self, name)
            if len(set(changes)) < len(changes) or 0.0 not in changes:
                raise ValueError(f"{name}: got {list(changes)}, wanted each once, and 0 among them")
            wrong = [change for change in changes if not least <= change <= most]
            if self.kind == "grid" and wrong:
                raise ValueError(f"{name}: got {wrong[0]:g}, wanted {least:g} to {most:g}")
        return self


class Observation(Record):
    """What one car sees."""

    layout: Literal["plain", "conflicts", "courses"] = "courses"
    num_neighbours: Annotated[int, Field(ge=1, le=MAX_NEIGHBOURS)] = 8
    courses_mps2: Changes = (-6.0, -4.0, -2.0, -1.0, 0.0, 1.5, 3.0)
    look_ahead_s: Annotated[float, Field(ge=1, le=10)] = 4.0

    @model_validator(mode="after")
    def _courses(self) -> Self:
        if list(self.courses_mps2) != sorted(set(self.courses_mps2)) or 0.0 not in self.courses_mps2:
            raise ValueError(f"courses_mps2: got {list(self.courses_mps2)}, wanted them ascending, 0 among them")
        return self


class Reward(Record):
    """The weight of each reward part (see envs/roads/simulation/compiled/reward.py)."""

    progress_per_m: NotNegative = 0.02
    collision: NotPositive = -30.0
    off_road: NotPositive = -30.0
    red_light: NotPositive = -30.0
    ttc_step: NotPositive = -0.3
    comfort_step: NotPositive = -0.02
    speeding_per_mps: NotPositive = -0.05
    arrival: NotNegative = 2.0
    time_per_s: NotPositive = -0.02


class Episode(Record):
    """When an episode ends and what becomes of a car that has crashed."""

    max_steps: Annotated[int, Field(ge=1, le=100_000)] = 400
    after_crash: Literal["leave", "stay"] = "leave"


class Cars(Record):
    """Which cars enter, where, when and how fast."""

    min_cars: Annotated[int, Field(ge=1, le=MAX_CARS)] = 4
    max_cars: Annotated[int, Field(ge=1, le=MAX_CARS)] = 8
    flow_per_h: Range = Range(low=200.0, high=1200.0)
    entries_within_s: NotNegative = 5.0
    entry_gap_m: Positive = 5.0
    entry_headway_s: NotNegative = 1.0
    entry_speed_share: Range = Range(low=0.6, high=1.0)
    length_m: Range = Range(low=3.8, high=5.2)
    width_m: Range = Range(low=1.7, high=2.0)
    truck_share: Share = 0.0
    truck_length_m: Positive = 12.0
    truck_width_m: Positive = 2.5

    @model_validator(mode="after")
    def _counted(self) -> Self:
        if self.min_cars > self.max_cars:
            raise ValueError(f"min_cars {self.min_cars} lies above max_cars {self.max_cars}")
        if self.flow_per_h.low <= 0.0:
            raise ValueError(f"flow_per_h.low: got {self.flow_per_h.low:g}, wanted above 0")
        if self.width_m.high > self.length_m.low or self.truck_width_m > self.truck_length_m:
            raise ValueError(f"width_m: got {self.width_m.high:g}, wanted no car wider than long")
        return self


class Disturbance(Record):
    """What departs from perfect driving and perfect sight, for one car or for all."""

    friction: Annotated[float, Field(gt=0, le=1.5)] = 0.9
    action_delay: Annotated[int, Field(ge=0, le=MAX_ACTION_DELAY)] = 0
    position_noise_m: NotNegative = 0.0
    velocity_noise_mps: NotNegative = 0.0
    dropped_objects: Share = 0.0
    responds: bool = True


class RoadsSettings(Record):
    """Everything that decides how the roads behave, apart from the scenarios themselves.

    `roads`: what junctions are drawn; `num_roads`: so many for training, others for validation and for tests.
    """

    actions: Actions = Actions()
    observation: Observation = Observation()
    reward: Reward = Reward()
    episode: Episode = Episode()
    disturbance: Disturbance = Disturbance()
    cars: Cars = Cars()
    roads: RoadSettings = RoadSettings()
    num_roads: Annotated[int, Field(ge=1, le=100_000)] = 256

    @property
    def most_drawn(self) -> int:
        """The largest number of cars in a drawn episode."""
        return self.cars.max_cars
