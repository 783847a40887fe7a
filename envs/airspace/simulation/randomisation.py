"""Disturbances that are drawn anew for each episode, and in it for each aircraft."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np
from pydantic import Field, ValidationError, model_validator

from envs.airspace.simulation.disturbance_settings import Disturbance, Wind
from envs.ground.distributions import Distribution, uniform_numbers, value_of
from envs.ground.record import Record, Share, unknown

_FIELDS: Mapping[str, tuple[str, int | None]] = {
    "heading_deg": ("heading", None),
    "speed_kt": ("cas", None),
    "forward_nm": ("forward", None),
    "right_nm": ("right", None),
    "waypoint_east_nm": ("waypoint", 0),
    "waypoint_north_nm": ("waypoint", 1),
    "aircraft_type": ("kind", None),
    "speed_range": ("speed_range", None),
    "action_delay": ("action_delay", None),
    "responds": ("responds", None),
    "position_noise_nm": ("position_noise", None),
    "velocity_noise_kt": ("velocity_noise", None),
    "dropped_reports": ("dropped_reports", None),
}
"""By key of Disturbance: the field of its record, and the axis of a pair. Their order decides the streams of draws."""

_SHARE_STREAM, _WIND_STREAM = 1000, 1001

Distributions = dict[str, Distribution]


class Randomise(Record):
    """What is drawn, by key: of disturbance for each aircraft, of wind for each episode; in a share of episodes."""

    disturbance: Distributions = Field(default_factory=dict)
    wind: Distributions = Field(default_factory=dict)
    share: Share = 1.0

    @model_validator(mode="after")
    def _possible(self) -> Self:
        for part, record in (("disturbance", Disturbance), ("wind", Wind)):
            for key, distribution in getattr(self, part).items():
                _check(f"{part}.{key}", key, distribution, record)
        return self

    @property
    def draws(self) -> bool:
        """Whether anything may be drawn."""
        return self.share > 0.0 and bool(self.disturbance or self.wind)

    def draw(self, records: np.ndarray, seeds: np.ndarray, wind: Wind, kind: Callable[[str], int]) -> None:
        """Write what is drawn into the records (N,) of `disturbance_dtype`, by their episodes' seeds (N,) uint64.

        Args:
            wind: that of the settings, of which a part may stay.
            kind: the row of an aircraft type in the fleet table.
        """
        drawn = np.flatnonzero(uniform_numbers(seeds, _SHARE_STREAM, 1)[:, 0] < self.share)
        part = records[drawn]
        self._draw(part, seeds[drawn], wind, kind)
        records[drawn] = part

    def _draw(self, records: np.ndarray, seeds: np.ndarray, wind: Wind, kind: Callable[[str], int]) -> None:
        slots = records["heading"].shape[1]
        for stream, (key, (field, axis)) in enumerate(_FIELDS.items()):
            if key in self.disturbance:
                own = records[field] if axis is None else records[field][..., axis]
                _draw(self.disturbance[key], own, seeds, stream, slots, kind)
        if self.wind:
            self._blow(records, seeds, wind)

    def _blow(self, records: np.ndarray, seeds: np.ndarray, wind: Wind) -> None:
        parts = {key: np.full((len(seeds), 1), getattr(wind, key)) for key in Wind.model_fields}
        for number, (key, values) in enumerate(parts.items()):
            if key in self.wind:
                _draw(self.wind[key], values, seeds, _WIND_STREAM + number, 1, None)
        angle, speed = np.radians(parts["from_deg"][:, 0]), parts["speed_kt"][:, 0]
        records["wind"][:, 0], records["wind"][:, 1] = -speed * np.sin(angle), -speed * np.cos(angle)


def _draw(
    distribution: Distribution,
    values: np.ndarray,
    seeds: np.ndarray,
    stream: int,
    columns: int,
    kind: Callable[[str], int] | None,
) -> None:
    """Write to `values` (N, columns) where something is drawn."""
    numbers = uniform_numbers(seeds, stream, 2 * columns)
    if distribution.alike:
        numbers = numbers[:, [0] * columns + [1] * columns]
    drawn = distribution.of(numbers[:, :columns])
    if distribution.choice is not None:
        chosen = [value_of(distribution, place) for place in range(len(distribution.choice))]
        table = [kind(name) if isinstance(name, str) and kind else name for name in chosen]
        drawn = np.array(table)[drawn]
    which = numbers[:, columns:] < distribution.share
    values[which] = drawn[which]


def _check(path: str, key: str, distribution: Distribution, record: type[Record]) -> None:
    """Raise ValueError where a value might be drawn that the key cannot have."""
    if key not in record.model_fields:
        raise ValueError(f"{path}: {unknown(key, list(record.model_fields))}")
    if record.model_fields[key].annotation not in (float,) and distribution.choice is None:
        raise ValueError(f"{path}: wanted a choice, as {{choice: [..]}}")
    for value in distribution.extremes():
        try:
            record.from_values({key: value})
        except ValidationError as error:
            what = error.errors()[0]["msg"]
            shown = f"{value:g}" if isinstance(value, float) and math.isfinite(value) else repr(value)
            raise ValueError(f"{path}: may draw {shown}: {what}") from None


def named_types(randomise: Randomise) -> tuple[str, ...]:
    """The aircraft types that may be drawn."""
    drawn: Any = randomise.disturbance.get("aircraft_type")
    return tuple(str(name) for name in drawn.choice) if drawn else ()
