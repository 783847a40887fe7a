"""What a batch of roads tells of its worlds: rows of the table of episodes, and columns of recordings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from envs.ground.compiled_world.records import Worlds
from envs.roads.simulation.compiled.worlds import (
    ARRIVED,
    COLLIDED,
    OFF_ROAD,
    RAN_RED,
    REWARD_PARTS,
)
from envs.roads.simulation.geometry.roads import Roads
from envs.roads.simulation.settings import STEP_S

STATUS_WORDS = ("waits", "drives", "arrived", "collided", "off_road", "ran_red")
"""What has become of a car, by its number in `status`."""


def tabulate_outcomes(worlds: Worlds, roads: Sequence[Roads]) -> dict[str, np.ndarray]:
    """Columns (W,) of worlds whose episodes have ended, see Batch.outcomes."""
    families = np.array([road.family for road in roads], object)
    slots = np.arange(worlds.num_slots) < worlds.num_cars[:, None]
    count = np.maximum(1, worlds.num_cars)
    shares = {
        name: ((worlds.status == status) & slots).sum(1) / count
        for name, status in (
            ("arrived", ARRIVED),
            ("collided", COLLIDED),
            ("off_road", OFF_ROAD),
            ("ran_red", RAN_RED),
        )
    }
    means = worlds.reward_sums.sum(1, where=slots[:, :, None]) / count[:, None]
    there = (worlds.status == ARRIVED) & slots
    driven = np.where(there, worlds.left_step - worlds.entered_step, 0).sum(1)
    with np.errstate(invalid="ignore"):
        travel_s = STEP_S * driven / there.sum(1)
    return {
        "family": families[worlds.road],
        "road": worlds.road,
        "num_agents": worlds.num_cars,
        "failed": shares["collided"] + shares["off_road"] + shares["ran_red"] > 0.0,
        **shares,
        "travel_s": travel_s,
        **{f"reward_{part}": means[:, p] for p, part in enumerate(REWARD_PARTS)},
        "return": means.sum(1),
    }


_STATE = ("x_m", "y_m", "yaw_rad", "speed_mps", "acceleration_mps2", "lateral_mps2", "jerk_mps3", "yaw_rate_radps")
_ROUTE = ("steering_rad", "length_m", "width_m", "route", "s_m", "d_m", "limit_mps", "ttc_s", "status", "active")


def frame_of(worlds: Worlds, rows: np.ndarray, actions: np.ndarray) -> dict[str, np.ndarray]:
    """Columns (N, S) of the worlds `rows` (N,) now, and of the actions (N, S, 2) that led here, see Batch.frame."""
    kept = {name: getattr(worlds, name)[rows] for name in (*_STATE, *_ROUTE)}
    shape = kept["x_m"].shape
    told = {
        "road": np.broadcast_to(worlds.road[rows, None], shape),
        "action_acceleration": actions[:, :, 0],
        "action_aside": actions[:, :, 1],
        "commanded_mps2": worlds.applied_action[rows, :, 0],
        "commanded_aside": worlds.applied_action[rows, :, 1],
    }
    parts = {f"reward_{part}": worlds.reward_parts[rows, :, p] for p, part in enumerate(REWARD_PARTS)}
    return kept | told | parts
