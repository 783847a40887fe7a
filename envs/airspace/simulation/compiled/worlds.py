"""The state of W worlds with room for A aircraft each: one record per world, in an array allocated once.

A world's numbers lie side by side in memory, so that compiled code gets one pointer per world, and Python sees each
field of all worlds as an array (W,), (W, A) or (W, A, 2). Distances in NM, speeds in kt, angles in degrees.
"""

from __future__ import annotations

import numpy as np

from envs.airspace.simulation.disturbance_settings import MAX_ACTION_DELAY
from envs.ground.compiled_world.records import FLAG, SLOTS, Fields

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

_SLOT, _PAIR, _PARTS = (SLOTS,), (SLOTS, 2), (SLOTS, len(REWARD_PARTS))

FIELDS: Fields = (
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
    ("done", FLAG, ()),
    ("delayed", FLAG, ()),  # whether any action comes late
    ("disturbed", FLAG, ()),  # whether any report is noisy or may be lost
    ("present", FLAG, _SLOT),  # still counts for the others' separation
    ("active", FLAG, _SLOT),  # its next action counts
    ("arrived", FLAG, _SLOT),
    ("was_active", FLAG, _SLOT),  # active when the last step began
    ("row_terminated", FLAG, _SLOT),
    ("row_truncated", FLAG, _SLOT),
    ("pair_los", FLAG, (SLOTS, SLOTS)),  # pairs i < j below 5 NM in this episode, counted
    ("responds", FLAG, _SLOT),  # heeds its actions
    ("reported", FLAG, _SLOT),  # some report of it has arrived in this episode
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
    ("pending_action", np.float64, (SLOTS, MAX_ACTION_DELAY, 2)),
    ("report", np.float64, (SLOTS, 4)),  # the last that arrived: position, velocity through the air
)
