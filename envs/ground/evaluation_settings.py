"""Typed records that the evaluations of several worlds are set with."""

from __future__ import annotations

from typing import ClassVar, Literal, Self, TypeVar

from pydantic import ValidationError, model_validator

from envs.ground.record import Count, Record, Share

BANDS = ("micro", "macro")
Size = bool | float | str
Sizes = tuple[Size, ...]
R = TypeVar("R", bound=Record)
Who = Literal["first", "each", "all"]


class MixedTeams(Record):
    """The policy beside agents that follow rules."""

    shares: tuple[Share, ...]
    num_episodes: Count


class PartWeights(Record):
    """How much each part of a score counts; a world names the parts."""

    @model_validator(mode="after")
    def _something_counts(self) -> Self:
        if sum(self.model_dump().values()) <= 0.0:
            raise ValueError("all weights are 0, wanted at least one above 0")
        return self


class ShiftedKey(Record):
    """One key of what disturbs a world, and its values by band.

    Attributes:
        DISTURBANCE, PLACE: the record of that, with defaults, and where params.yaml says it; a world's own.
    """

    DISTURBANCE: ClassVar[type[Record]]
    PLACE: ClassVar[str]

    changes: str
    micro: Sizes
    macro: Sizes

    @model_validator(mode="after")
    def _possible(self) -> Self:
        fields = self.DISTURBANCE.model_fields
        if self.changes not in fields:
            raise ValueError(f"changes: unknown {self.changes!r}, known from {self.PLACE}: {', '.join(fields)}")
        for band in BANDS:
            for value in getattr(self, band):
                try:
                    changed(self.DISTURBANCE(), self.changes, value)
                except ValidationError as error:
                    said = error.errors()[0]["msg"]
                    raise ValueError(f"{band}: got {value!r} for {self.changes}: {said}") from None
        return self


def changed(disturbance: R, key: str, value: Size) -> R:
    """`disturbance` with another value.

    Raises:
        pydantic.ValidationError: a value that this key cannot have.
    """
    kind = type(disturbance)
    whole = kind.model_fields[key].annotation is int and isinstance(value, float) and value.is_integer()
    return kind.from_values(disturbance.model_dump(mode="json") | {key: int(value) if whole else value})
