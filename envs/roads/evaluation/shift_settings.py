"""Typed records of shifts: departures from named scenarios that a policy is tested with, as data."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from envs.ground.evaluation_settings import ShiftedKey, Who
from envs.ground.record import Record
from envs.roads.simulation.settings import Disturbance


class ShiftFamily(ShiftedKey):
    """Who is shifted: the first, each in turn, or all."""

    DISTURBANCE = Disturbance
    PLACE = "roads.simulation.disturbance"

    cars: Annotated[tuple[Who, ...], Field(min_length=1)]


class Shifts(Record):
    """What is shifted, by how much, and how often each shift is flown."""

    scenarios: tuple[str, ...]
    repetitions: Annotated[int, Field(ge=1)]
    families: dict[str, ShiftFamily]
