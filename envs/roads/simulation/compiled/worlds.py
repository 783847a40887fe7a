"""The state of W worlds with room for S cars each: one record per world, in an array allocated once.

A world's numbers lie side by side in memory, so that compiled code gets one pointer per world, and Python sees each
field of all worlds as an array (W,) or (W, S, ..). SI units. A car's place is the middle of its box; `s_m` is how far
along its route that is, `d_m` how far to the left of it.
"""

from __future__ import annotations

import numpy as np

from envs.ground.compiled_world.records import FLAG, SLOTS, Fields
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

_SLOT, _PARTS = (SLOTS,), (SLOTS, len(REWARD_PARTS))

FIELDS: Fields = (
    ("rng", np.uint64, ()),  # draws this world's episodes
    ("episode_seed", np.uint64, ()),  # decides road and cars that are drawn
    ("draw_state", np.uint64, ()),  # of that draw, then of what disturbs
    ("scenario", np.int64, ()),  # index among the scenarios handed in, -1 for drawn cars
    ("road", np.int64, ()),  # index among the roads
    ("step", np.int64, ()),
    ("num_cars", np.int64, ()),
    ("done", FLAG, ()),
    ("active", FLAG, _SLOT),  # it drives: its next action counts
    ("was_active", FLAG, _SLOT),  # when the last step began
    ("row_terminated", FLAG, _SLOT),
    ("row_truncated", FLAG, _SLOT),
    ("responds", FLAG, _SLOT),  # heeds its actions
    ("status", np.int8, _SLOT),
    ("route", np.int64, _SLOT),
    ("entry_step", np.int64, _SLOT),  # steps after which it may enter; ascending
    ("entered_step", np.int64, _SLOT),  # when it did; -1: not yet
    ("left_step", np.int64, _SLOT),  # the step in which it arrived or crashed; -1: not yet
    ("x_m", np.float64, _SLOT),
    ("y_m", np.float64, _SLOT),
    ("yaw_rad", np.float64, _SLOT),
    ("direction", np.float64, (SLOTS, 2)),  # cosine and sine of the yaw
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
    ("heading_error", np.float64, (SLOTS, 2)),  # cosine and sine of the yaw, from the route's heading
    ("curvature_per_m", np.float64, _SLOT),  # of the route, where it is
    ("limit_mps", np.float64, _SLOT),
    ("last_s_m", np.float64, _SLOT),  # when the step began
    ("applied_action", np.float64, (SLOTS, 2)),  # acceleration (m/s2), offset (m) or steering (rad), as commanded
    ("ttc_s", np.float64, _SLOT),  # until contact with one ahead, if all keep their speeds and routes; inf: none
    ("friction", np.float64, _SLOT),  # share of the weight that tyres hold
    ("action_delay", np.int64, _SLOT),
    ("position_noise", np.float64, _SLOT),  # of what others see of it: standard deviation per axis, m
    ("velocity_noise", np.float64, _SLOT),  # of the speed that they see, m/s
    ("dropped", np.float64, _SLOT),  # share of steps in which it is not seen
    (
        "seen",
        np.float64,
        (SLOTS, 4),
    ),  # errors of x, y (m), speed (m/s) that others see; below 0: none see it
    ("pending_action", np.float64, (SLOTS, MAX_ACTION_DELAY, 2)),
    ("reward", np.float64, _SLOT),  # of the last step
    ("reward_parts", np.float64, _PARTS),  # of the last step
    ("reward_sums", np.float64, _PARTS),  # of the episode
)
