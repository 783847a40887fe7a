"""Typed records of shifts: departures from named scenarios that a policy is tested with, as data."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from envs.airspace.simulation.disturbance_settings import Disturbance, Wind
from envs.ground.evaluation_settings import BANDS, ShiftedKey, Who
from envs.ground.record import Record

Bearing = Annotated[float, Field(ge=0, lt=360)]


class ShiftFamily(ShiftedKey):
    """Who is shifted: the first, each in turn, or all."""

    DISTURBANCE = Disturbance
    PLACE = "airspace.simulation.disturbance"

    aircraft: Annotated[tuple[Who, ...], Field(min_length=1)]


class ShiftedWind(Record):
    """Winds by band (kt), each from all of these directions."""

    micro: tuple[float, ...]
    macro: tuple[float, ...]
    from_deg: Annotated[tuple[Bearing, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _possible(self) -> Self:
        for band in BANDS:
            for speed_kt in getattr(self, band):
                try:
                    Wind(speed_kt=speed_kt)
                except ValidationError as error:
                    raise ValueError(f"{band}: got {speed_kt!r}: {error.errors()[0]['msg']}") from None
        return self


class Shifts(Record):
    """What is shifted, by how much, and how often each shift is flown."""

    scenarios: tuple[str, ...]
    repetitions: Annotated[int, Field(ge=1)]
    families: dict[str, ShiftFamily]
    wind: ShiftedWind
