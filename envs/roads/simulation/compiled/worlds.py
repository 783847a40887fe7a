"""The state of W worlds with room for S cars each: one record per world, in an array allocated once.

A world's numbers lie side by side in memory, so that compiled code gets one pointer per world, and Python sees each
field of all worlds as an array (W,) or (W, S, ..). SI units. A car's place is the middle of its box; `s_m` is how far
along its route that is, `d_m` how far to the left of it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from envs.ground.compiled.record_sizes import room_for
from envs.roads.simulation.settings import MAX_ACTION_DELAY

WAITS, DRIVES, ARRIVED, COLLIDED, OFF_ROAD, RAN_RED = range(6)
"""What may have become of a car."""

REWARD_PARTS = (
    "progress",
    "collision",
    "off_road",
    "red_light",
    "ttc",
    "comfort",
    "speeding",
    "arrival",
    "time",
)

WHEELBASE_SHARE = 0.6
"""Of a car's length lie between its axles, one half before the middle of its box and one behind it."""

_FLAG = np.uint8
"""A boolean inside a record, as compiled code knows it; Python sees np.bool_."""

_S = 0
"""Stands in a shape for the number of slots."""

_SLOT, _PARTS = (_S,), (_S, len(REWARD_PARTS))

_Field = tuple[str, type, tuple[int, ...]]

_FIELDS: tuple[_Field, ...] = (
    ("rng", np.uint64, ()),  # draws this world's episodes
    ("episode_seed", np.uint64, ()),  # decides road and cars that are drawn
    ("draw_state", np.uint64, ()),  # of that draw, then of what disturbs
    ("scenario", np.int64, ()),  # index among the scenarios handed in, -1 for drawn cars
    ("road", np.int64, ()),  # index among the roads
    ("step", np.int64, ()),
    ("num_cars", np.int64, ()),
    ("done", _FLAG, ()),
    ("active", _FLAG, _SLOT),  # it drives: its next action counts
    ("was_active", _FLAG, _SLOT),  # when the last step began
    ("row_terminated", _FLAG, _SLOT),
    ("row_truncated", _FLAG, _SLOT),
    ("responds", _FLAG, _SLOT),  # heeds its actions
    ("status", np.int8, _SLOT),
    ("route", np.int64, _SLOT),
    ("entry_step", np.int64, _SLOT),  # steps after which it may enter; ascending
    ("entered_step", np.int64, _SLOT),  # when it did; -1: not yet
    ("left_step", np.int64, _SLOT),  # the step in which it arrived or crashed; -1: not yet
    ("x_m", np.float64, _SLOT),
    ("y_m", np.float64, _SLOT),
    ("yaw_rad", np.float64, _SLOT),
    ("direction", np.float64, (_S, 2)),  # cosine and sine of the yaw
    ("speed_mps", np.float64, _SLOT),
    ("acceleration_mps2", np.float64, _SLOT),  # along, as done in the last tick
    ("lateral_mps2", np.float64, _SLOT),  # to the left
    ("jerk_mps3", np.float64, _SLOT),  # along, over the last step
    ("yaw_rate_radps", np.float64, _SLOT),
    ("steering_rad", np.float64, _SLOT),
    ("length_m", np.float64, _SLOT),
    ("width_m", np.float64, _SLOT),
    ("s_m", np.float64, _SLOT),
    ("d_m", np.float64, _SLOT),
    ("heading_error", np.float64, (_S, 2)),  # cosine and sine of the yaw, from the route's heading
    ("curvature_per_m", np.float64, _SLOT),  # of the route, where it is
    ("limit_mps", np.float64, _SLOT),
    ("last_s_m", np.float64, _SLOT),  # when the step began
    ("applied_action", np.float64, (_S, 2)),  # acceleration (m/s2), offset (m) or steering (rad), as commanded
    ("ttc_s", np.float64, _SLOT),  # until contact with one ahead, if all keep their speeds and routes; inf: none
    ("friction", np.float64, _SLOT),  # share of the weight that tyres hold
    ("action_delay", np.int64, _SLOT),
    ("position_noise", np.float64, _SLOT),  # of what others see of it: standard deviation per axis, m
    ("velocity_noise", np.float64, _SLOT),  # of the speed that they see, m/s
    ("dropped", np.float64, _SLOT),  # share of steps in which it is not seen
    ("seen", np.float64, (_S, 4)),  # what others see of it: errors of x, y (m) and speed (m/s); below 0: it is not seen
    ("pending_action", np.float64, (_S, MAX_ACTION_DELAY, 2)),
    ("reward", np.float64, _SLOT),  # of the last step
    ("reward_parts", np.float64, _PARTS),  # of the last step
    ("reward_sums", np.float64, _PARTS),  # of the episode
)


def world_dtype(num_slots: int) -> np.dtype:
    """The record of one world with room for `num_slots` cars."""
    return np.dtype([(name, kind, tuple(n or num_slots for n in shape)) for name, kind, shape in _FIELDS], align=True)


class Worlds:
    """All worlds' records, each field of `world_dtype` an attribute: a view over all worlds and the slots in use."""

    def __init__(self, num_worlds: int, num_slots: int, num_features: int) -> None:
        """Allocate zeros."""
        self.records = np.zeros(num_worlds, world_dtype(room_for(num_slots)))
        self.num_slots = num_slots
        self.observation = np.zeros((num_worlds, num_slots, num_features), np.float32)
        self.terminal_observation = np.zeros_like(self.observation)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "records" or name not in self.records.dtype.names:
            raise AttributeError(name)
        field = self.records[name]
        if self.records.dtype[name].base == _FLAG:
            field = field.view(np.bool_)
        return field if field.ndim == 1 else field[:, : self.num_slots]
