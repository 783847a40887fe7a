"""Observations as own state, others and a mask, for attention policies: the flat row that is computed, split up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from envs.airspace.simulation.compiled.observation import LIMIT, NEIGHBOUR, layout
from envs.airspace.simulation.settings import AirspaceSettings

if TYPE_CHECKING:
    from gymnasium import spaces

FLAT = "relative_cpa"
"""The layout of the flat row."""

_PRESENCE, *_OTHER = NEIGHBOUR[FLAT]
OTHER = tuple(_OTHER)
"""The numbers of each other aircraft, in order; whether it is there is said by the mask."""


def as_flat(settings: AirspaceSettings, num_slots: int) -> AirspaceSettings:
    """The settings by which rows are computed: of `entities`, flat ones that have room for all other aircraft."""
    if settings.observation.layout != "entities":
        return settings
    seen = settings.observation.model_copy(update={"layout": FLAT, "num_neighbours": max(1, num_slots - 1)})
    return settings.model_copy(update={"observation": seen})


class Entities:
    """Splits flat rows (..., D) into a dict of own (..., S), others (..., K, F) and mask (..., K), all float32.

    K is one less than the aircraft that there is room for, but at least 1; nearest first. Own is the own part of
    `relative_cpa`, and the remaining time where that is seen. A missing other has mask 0 and the farthest values.
    """

    def __init__(self, settings: AirspaceSettings, num_slots: int) -> None:
        """Know what stands where in a row of these settings."""
        flat = as_flat(settings, num_slots)
        self._num_others, self._width = flat.observation.num_neighbours, len(OTHER) + 1
        names = layout(flat)
        self._first = names.index(f"neighbour_0_{_PRESENCE}")
        self.own = tuple(name for name in names if not name.startswith("neighbour_"))

    @property
    def space(self) -> spaces.Dict:
        """Of one aircraft."""
        from gymnasium import spaces

        shapes = {"own": (len(self.own),), "others": (self._num_others, len(OTHER))}
        boxes: dict[str, spaces.Space] = {name: spaces.Box(-LIMIT, LIMIT, shape) for name, shape in shapes.items()}
        return spaces.Dict(boxes | {"mask": spaces.Box(0.0, 1.0, (self._num_others,))})

    def split(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """The rows as dict; copies."""
        last = self._first + self._num_others * self._width
        others = rows[..., self._first : last].reshape(*rows.shape[:-1], self._num_others, self._width)
        own = np.concatenate([rows[..., : self._first], rows[..., last:]], -1)
        return {"own": own, "others": others[..., 1:].copy(), "mask": others[..., 0].copy()}


def entities_of(settings: AirspaceSettings, num_slots: int) -> Entities | None:
    """What splits rows up; None where the layout is flat."""
    return Entities(settings, num_slots) if settings.observation.layout == "entities" else None
