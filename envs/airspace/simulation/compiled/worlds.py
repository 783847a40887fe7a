"""The state of W worlds with room for A aircraft each: one record per world, in an array allocated once.

A world's numbers lie side by side in memory, so that compiled code gets one pointer per world, and Python sees each
field of all worlds as an array (W,), (W, A) or (W, A, 2). Distances in NM, speeds in kt, angles in degrees.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from envs.airspace.simulation.disturbance_settings import MAX_ACTION_DELAY
from envs.ground.compiled.record_sizes import room_for

TICKS_PER_STEP = 10
"""One action every 10 s, flown in ticks of 1 s."""

LOSS_NM = 5.0
"""Below this distance separation is lost."""

REWARD_PARTS = (
    "progress",
    "drift",
    "violation_entry",
    "violation_step",
    "margin",
    "action",
    "time",
    "arrival",
    "arrival_conflict",
    "timeout",
    "team",
    "instruction",
    "track",
)

_FLAG = np.uint8
"""A boolean inside a record, as compiled code knows it; Python sees np.bool_."""

_A = 0
"""Stands in a shape for the number of slots."""

_SLOT, _PAIR, _PARTS = (_A,), (_A, 2), (_A, len(REWARD_PARTS))

_Field = tuple[str, type, tuple[int, ...]]

_FIELDS: tuple[_Field, ...] = (
    ("rng", np.uint64, ()),  # draws this world's episodes
    ("episode_seed", np.uint64, ()),  # decides the traffic that is drawn
    ("draw_state", np.uint64, ()),  # of that draw
    ("scenario", np.int64, ()),  # index among the scenarios handed in, -1 for drawn traffic
    ("family", np.int64, ()),  # index into traffic_settings.DRAWN_FAMILIES, -1 for a scenario handed in
    ("step", np.int64, ()),
    ("num_aircraft", np.int64, ()),
    ("warm_up_steps", np.int64, ()),  # the first so many are not counted: los_seconds, min_separation, pair_los
    ("num_waiting", np.int64, ()),  # aircraft that have not entered yet
    ("flown_seconds", np.int64, ()),  # of all aircraft together while active, counted
    ("los_seconds", np.int64, ()),  # ticks of the episode in which some pair was below 5 NM, counted
    ("pressure", np.float64, ()),  # Pa at the level
    ("density", np.float64, ()),  # kg/m3 at the level
    ("reference_tas", np.float64, ()),  # TAS of 250 kt CAS at the level
    ("potential", np.float64, ()),  # Phi of the last step's smallest separation
    ("wind", np.float64, (2,)),  # towards east and north, kt
    ("min_separation", np.float64, ()),  # smallest separation of the episode so far, counted
    ("step_separation", np.float64, ()),  # smallest separation within the last step
    ("done", _FLAG, ()),
    ("delayed", _FLAG, ()),  # whether any action comes late
    ("disturbed", _FLAG, ()),  # whether any report is noisy or may be lost
    ("present", _FLAG, _SLOT),  # still counts for the others' separation
    ("active", _FLAG, _SLOT),  # its next action counts
    ("arrived", _FLAG, _SLOT),
    ("was_active", _FLAG, _SLOT),  # active when the last step began
    ("row_terminated", _FLAG, _SLOT),
    ("row_truncated", _FLAG, _SLOT),
    ("pair_los", _FLAG, (_A, _A)),  # pairs i < j below 5 NM in this episode, counted
    ("responds", _FLAG, _SLOT),  # heeds its actions
    ("reported", _FLAG, _SLOT),  # some report of it has arrived in this episode
    ("kind", np.int64, _SLOT),  # row of the fleet table
    ("active_ticks", np.int64, _SLOT),  # of the last step
    ("entry_step", np.int64, _SLOT),  # steps after which it may enter; ascending, 0 for who is there at once
    ("position", np.float64, _PAIR),  # east, north
    ("direction", np.float64, _PAIR),  # sine and cosine of the heading
    ("waypoint", np.float64, _PAIR),  # east, north
    ("applied_action", np.float64, _PAIR),  # what of the action exceeded the thresholds, normalised
    ("cas_range", np.float64, _PAIR),  # lowest and highest that can be commanded
    ("action_delay", np.int64, _SLOT),  # actions between giving and doing
    ("position_noise", np.float64, _SLOT),  # of its reports: standard deviation per axis, NM
    ("velocity_noise", np.float64, _SLOT),  # the same, kt
    ("dropped_reports", np.float64, _SLOT),  # the share that is lost
    ("heading", np.float64, _SLOT),
    ("tas", np.float64, _SLOT),
    ("cas", np.float64, _SLOT),
    ("commanded_heading", np.float64, _SLOT),
    ("commanded_cas", np.float64, _SLOT),
    ("commanded_tas", np.float64, _SLOT),
    ("waypoint_distance", np.float64, _SLOT),  # at the end of the step, or at arrival
    ("last_waypoint_distance", np.float64, _SLOT),  # a step earlier
    ("drift", np.float64, _SLOT),  # angle between heading and waypoint bearing
    ("last_drift", np.float64, _SLOT),
    ("separation", np.float64, _SLOT),  # the step's smallest distance to another present aircraft
    ("last_separation", np.float64, _SLOT),
    ("seen_separation", np.float64, _SLOT),  # as far as it knows; differs where reports are disturbed
    ("last_seen_separation", np.float64, _SLOT),
    ("flight_time", np.float64, _SLOT),  # seconds until arrival
    ("reward", np.float64, _SLOT),  # of the last step
    ("reward_parts", np.float64, _PARTS),  # of the last step
    ("reward_sums", np.float64, _PARTS),  # of the episode
    ("pending_action", np.float64, (_A, MAX_ACTION_DELAY, 2)),
    ("report", np.float64, (_A, 4)),  # the last that arrived: position, velocity through the air
)


def world_dtype(num_slots: int) -> np.dtype:
    """The record of one world with room for `num_slots` aircraft."""
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
        if field.ndim == 1 or name == "wind":
            return field
        return field[:, : self.num_slots, : self.num_slots] if name == "pair_los" else field[:, : self.num_slots]
