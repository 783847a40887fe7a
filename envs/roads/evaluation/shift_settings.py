"""Typed records of shifts: departures from named scenarios that a policy is tested with, as data."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from envs.ground.record import Record
from envs.roads.simulation.settings import Disturbance

BANDS = ("micro", "macro")
Size = bool | float
Sizes = tuple[Size, ...]
Who = Literal["first", "each", "all"]


class ShiftFamily(Record):
    """One key of roads.disturbance, and its values by band; who is shifted: the first, each in turn, or all."""

    changes: str
    micro: Sizes
    macro: Sizes
    cars: Annotated[tuple[Who, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.changes not in Disturbance.model_fields:
            known = ", ".join(Disturbance.model_fields)
            raise ValueError(f"changes: unknown {self.changes!r}, known from roads.disturbance: {known}")
        for band in BANDS:
            for value in getattr(self, band):
                try:
                    changed(Disturbance(), self.changes, value)
                except ValidationError as error:
                    said = error.errors()[0]["msg"]
                    raise ValueError(f"{band}: got {value!r} for {self.changes}: {said}") from None
        return self


class Shifts(Record):
    """What is shifted, by how much, and how often each shift is flown."""

    scenarios: tuple[str, ...]
    repetitions: Annotated[int, Field(ge=1)]
    families: dict[str, ShiftFamily]


def changed(disturbance: Disturbance, key: str, value: Size) -> Disturbance:
    """`disturbance` with another value.

    Raises:
        pydantic.ValidationError: a value that this key cannot have.
    """
    whole = Disturbance.model_fields[key].annotation is int and isinstance(value, float) and value.is_integer()
    return Disturbance.from_values(disturbance.model_dump(mode="json") | {key: int(value) if whole else value})
