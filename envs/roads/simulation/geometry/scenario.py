"""Cars on a road, each with its route and the time at which it may enter: a named episode."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import numpy as np

from envs.roads.simulation.geometry.roads import Roads

_ARRAYS = ("route", "entry_step", "s_m", "speed_mps", "length_m", "width_m")
_WHOLE = ("route", "entry_step")


@dataclass(frozen=True, eq=False)
class Scenario:
    """A cars on a road; compare two with `digest`.

    Attributes:
        ids: (A,) names.
        route: (A,) int, of `roads`.
        entry_step: (A,) int, steps of 0.2 s after which it may enter, ascending; it waits until its place is free.
        s_m, speed_mps: (A,), where along its route the middle of its box then is, and how fast it is.
        length_m, width_m: (A,).

    Raises:
        ValueError: no car, wrong shapes, an id twice, no such route, entries that do not ascend.
    """

    name: str
    roads: Roads
    ids: tuple[str, ...]
    route: np.ndarray
    entry_step: np.ndarray
    s_m: np.ndarray
    speed_mps: np.ndarray
    length_m: np.ndarray
    width_m: np.ndarray
    notes: str = ""
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", tuple(self.ids))
        if not self.ids or len(set(self.ids)) < self.num_cars:
            raise ValueError(f"scenario {self.name!r}: ids: got {', '.join(self.ids)}, wanted one or more, each once")
        for name in _ARRAYS:
            object.__setattr__(self, name, self._own(name))
        wrong = (self.route < 0) | (self.route >= self.roads.num_routes)
        if wrong.any():
            wish = f"wanted 0 to {self.roads.num_routes - 1}"
            raise ValueError(f"scenario {self.name!r}: route: got {self.route[wrong][0]}, {wish}")
        if (np.diff(self.entry_step) < 0).any():
            raise ValueError(f"scenario {self.name!r}: entry_step: got {self.entry_step.tolist()}, wanted it ascending")

    @property
    def num_cars(self) -> int:
        """A."""
        return len(self.ids)

    def digest(self) -> str:
        """The SHA-256 (hex) of all that it holds: equal exactly when every value is."""
        content = {
            **{key: getattr(self, key) for key in ("name", "ids", "notes", "seed")},
            **{key: getattr(self, key).tolist() for key in _ARRAYS},
            "roads": self.roads.digest(),
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def _own(self, name: str) -> np.ndarray:
        """A read-only copy of a field, checked for its shape and for finite numbers."""
        array = np.array(getattr(self, name), np.int64 if name in _WHOLE else np.float64)
        if array.shape != (self.num_cars,) or not np.isfinite(array).all():
            raise ValueError(f"scenario {self.name!r}: {name}: got {array.tolist()}, wanted {self.num_cars} numbers")
        array.setflags(write=False)
        return array
