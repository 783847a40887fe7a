"""Typed records of shifts: departures from named scenarios that a policy is tested with, as data."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from envs.airspace.simulation.disturbance_settings import Disturbance, Wind
from envs.ground.record import Record

BANDS = ("micro", "macro")
Size = bool | float | str
Sizes = tuple[Size, ...]
Who = Literal["first", "each", "all"]
Bearing = Annotated[float, Field(ge=0, lt=360)]


class ShiftFamily(Record):
    """One key of airspace.disturbance, and its values by band; who is shifted: the first, each in turn, or all."""

    changes: str
    micro: Sizes
    macro: Sizes
    aircraft: Annotated[tuple[Who, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.changes not in Disturbance.model_fields:
            known = ", ".join(Disturbance.model_fields)
            raise ValueError(f"changes: unknown {self.changes!r}, known from airspace.disturbance: {known}")
        for band in BANDS:
            for value in getattr(self, band):
                try:
                    changed(Disturbance(), self.changes, value)
                except ValidationError as error:
                    said = error.errors()[0]["msg"]
                    raise ValueError(f"{band}: got {value!r} for {self.changes}: {said}") from None
        return self


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


def changed(disturbance: Disturbance, key: str, value: Size) -> Disturbance:
    """`disturbance` with another value.

    Raises:
        pydantic.ValidationError: a value that this key cannot have.
    """
    whole = Disturbance.model_fields[key].annotation is int and isinstance(value, float) and value.is_integer()
    return Disturbance.from_values(disturbance.model_dump(mode="json") | {key: int(value) if whole else value})
