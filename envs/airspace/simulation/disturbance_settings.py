"""Departures from a scenario and from perfect reports: what a person may change about them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from envs.airspace.simulation.traffic.scenario import FARTHEST_NM
from envs.ground.record import NotNegative, Record

MAX_ACTION_DELAY = 5

Offset = Annotated[float, Field(ge=-FARTHEST_NM, le=FARTHEST_NM)]


class Wind(Record):
    """A uniform wind over each world."""

    from_deg: Annotated[float, Field(ge=0, lt=360)] = 0.0
    speed_kt: Annotated[float, Field(ge=0, le=150)] = 0.0


class Disturbance(Record):
    """What departs from the scenario and from perfect reports, for one aircraft or for all."""

    heading_deg: float = 0.0
    speed_kt: float = 0.0
    forward_nm: Offset = 0.0
    right_nm: Offset = 0.0
    waypoint_east_nm: Offset = 0.0
    waypoint_north_nm: Offset = 0.0
    aircraft_type: str | None = None
    speed_range: Annotated[float, Field(gt=0, le=1)] = 1.0
    action_delay: Annotated[int, Field(ge=0, le=MAX_ACTION_DELAY)] = 0
    responds: bool = True
    position_noise_nm: NotNegative = 0.0
    velocity_noise_kt: NotNegative = 0.0
    dropped_reports: Annotated[float, Field(ge=0, le=1)] = 0.0
