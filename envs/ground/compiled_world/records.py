"""The state of W worlds with room for A agents each: one record per world, in an array allocated once.

A world's numbers lie side by side in memory, so that compiled code gets one pointer per world, and Python sees each
field of all worlds as an array.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from envs.ground.compiled.record_sizes import room_for

FLAG = np.uint8
"""A boolean inside a record, as compiled code knows it; Python sees np.bool_."""
SLOTS = 0
"""Stands in a field's shape for the number of slots."""

Fields = tuple[tuple[str, type, tuple[int, ...]], ...]
"""Name, kind and shape of what a record holds."""


def record_dtype(fields: Fields, num_slots: int) -> np.dtype:
    """The record of one world with room for so many agents."""
    return np.dtype([(name, kind, tuple(n or num_slots for n in shape)) for name, kind, shape in fields], align=True)


class Worlds:
    """All worlds' records, each field an attribute: a view over all worlds and the slots in use.

    Attributes:
        records: (W,) of `record_dtype`, with room for `num_slots` or a few more.
        observation, terminal_observation: (W, A, D) float32.
    """

    def __init__(self, fields: Fields, num_worlds: int, num_slots: int, num_features: int) -> None:
        """Allocate zeros."""
        used = {SLOTS: slice(num_slots)}
        self._views = {
            name: (kind == FLAG, (slice(None), *(used.get(n, slice(None)) for n in shape)))
            for name, kind, shape in fields
        }
        self.records = np.zeros(num_worlds, record_dtype(fields, room_for(num_slots)))
        self.num_slots = num_slots
        self.observation = np.zeros((num_worlds, num_slots, num_features), np.float32)
        self.terminal_observation = np.zeros_like(self.observation)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "records" or name not in self._views:
            raise AttributeError(name)
        is_flag, used = self._views[name]
        field = self.records[name]
        return (field.view(np.bool_) if is_flag else field)[used]
