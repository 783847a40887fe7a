"""What a person may change about the airspace, with the defaults that make `envs.make("airspace_v0")` work alone."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from envs.airspace.simulation.disturbance_settings import MAX_ACTION_DELAY, Disturbance, Wind
from envs.airspace.simulation.randomisation import Randomise
from envs.airspace.simulation.traffic.traffic_settings import MAX_ENTRIES, STEP_S, Procedural, Sector
from envs.ground.record import NotNegative, NotPositive, Positive, Record

MAX_NEIGHBOURS = 16
MAX_COURSES = 36

Changes = Annotated[tuple[float, ...], Field(min_length=1)]
Courses = Annotated[tuple[float, ...], Field(min_length=1, max_length=MAX_COURSES)]


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

    layout: Literal["relative", "relative_cpa", "intent", "courses", "study", "entities"] = "courses"
    num_neighbours: Annotated[int, Field(ge=1, le=MAX_NEIGHBOURS)] = 5
    courses_deg: Courses = (-90.0, -60.0, -36.0, -18.0, 0.0, 18.0, 36.0, 60.0, 90.0)
    look_ahead_s: Positive = 300.0
    pending_actions: Annotated[int, Field(ge=0, le=MAX_ACTION_DELAY)] = 0
    coast_reports: bool = False

    @model_validator(mode="after")
    def _courses(self) -> Self:
        if len(set(self.courses_deg)) < len(self.courses_deg) or any(abs(course) > 180 for course in self.courses_deg):
            raise ValueError(f"courses_deg: got {list(self.courses_deg)}, wanted each once, from -180 to 180")
        return self


class Team(Record):
    """The potential-based part of the reward that all aircraft of a world share."""

    weight: NotNegative = 0.6
    share: Literal["equal", "responsibility"] = "equal"


class Reward(Record):
    """The weight of each reward part (see envs/airspace/simulation/compiled/reward.py)."""

    progress_per_km: NotNegative = 0.12
    drift_per_deg: NotNegative = 0.01
    violation_entry: NotPositive = -50.0
    violation_step: NotPositive = -1.0
    margin_step: NotPositive = -2.0
    margin_nm: Positive = 1.5
    action: NotPositive = -0.01
    time_per_s: NotPositive = -0.0005
    arrival: NotNegative = 10.0
    arrival_conflict: NotPositive = -50.0
    arrival_look_ahead_s: Positive = 300.0
    timeout: NotPositive = -10.0
    instruction: NotPositive = 0.0
    track_per_km: NotPositive = 0.0
    team: Team = Team()


class Episode(Record):
    """When an episode ends and what happens to an aircraft that has arrived."""

    max_steps: Annotated[int, Field(ge=1)] = 100
    after_arrival: Literal["continue", "leave"] = "continue"
    time_limit: Literal["bootstrap", "task"] = "bootstrap"


class AirspaceSettings(Record):
    """Everything that decides how the airspace behaves, apart from the scenarios themselves."""

    actions: Actions = Actions()
    observation: Observation = Observation()
    reward: Reward = Reward()
    episode: Episode = Episode()
    wind: Wind = Wind()
    disturbance: Disturbance = Disturbance()
    randomise: Randomise = Randomise()
    traffic: Literal["families", "sector"] = "families"
    procedural: Procedural = Procedural()
    sector: Sector = Sector()

    @property
    def most_drawn(self) -> int:
        """The largest number of aircraft in a world of drawn traffic."""
        if self.traffic == "families":
            return self.procedural.max_aircraft
        return self.sector.num_entries(self.procedural, self.episode.max_steps)

    @model_validator(mode="after")
    def _sector_can_be_counted(self) -> Self:
        if self.traffic == "families":
            return self
        if self.episode.after_arrival != "leave":
            raise ValueError("traffic: sector wants episode.after_arrival leave, got continue")
        if self.sector.warm_up_steps >= self.episode.max_steps:
            length_s = STEP_S * self.episode.max_steps
            raise ValueError(
                f"sector.warm_up_s {self.sector.warm_up_s:g} leaves nothing of an episode of {length_s:g} s"
            )
        if self.most_drawn > MAX_ENTRIES:
            wish = f"wanted {MAX_ENTRIES} or fewer: lower sector.radius_nm, density_per_10000_nm2 or episode.max_steps"
            raise ValueError(f"sector: {self.most_drawn} aircraft would enter in an episode, {wish}")
        return self
