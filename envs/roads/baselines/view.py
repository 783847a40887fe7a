"""What rules are shown of a batch: its roads as arrays by route and metre, its cars, and how they command."""

from __future__ import annotations

import numpy as np

from envs.roads.baselines.compiled.tracking import pursue
from envs.roads.baselines.traffic import Cars, Net
from envs.roads.simulation.batch import RoadsBatch
from envs.roads.simulation.compiled.table import COSINE, CURVATURE, LEFT, LIMIT, RIGHT, SINE, Table, X, Y
from envs.roads.simulation.compiled.worlds import COLLIDED, DRIVES, WHEELBASE_SHARE
from envs.roads.simulation.settings import STEP_S


def net_of(table: Table) -> Net:
    """The roads of a table; beyond a route's end its last point is repeated."""
    lines = table.lines
    places = np.minimum(np.arange(lines["count"].max()), np.maximum(lines["count"], 1)[..., None] - 1)
    rows = table.points[lines["first"][..., None] + places].astype(float)
    return Net(
        point_m=np.ascontiguousarray(rows[..., [X, Y]]),
        heading_rad=np.arctan2(rows[..., SINE], rows[..., COSINE]),
        curvature_per_m=np.ascontiguousarray(rows[..., CURVATURE]),
        limit_mps=np.ascontiguousarray(rows[..., LIMIT]),
        left_m=np.ascontiguousarray(rows[..., LEFT]),
        right_m=np.ascontiguousarray(rows[..., RIGHT]),
        length_m=np.ascontiguousarray(lines["length"]),
        stop_m=np.ascontiguousarray(lines["stop"]),
        signal=np.ascontiguousarray(lines["signal"]),
        cycle_s=np.ascontiguousarray(table.lights["cycle"]),
        green_from_s=np.ascontiguousarray(table.lights["green_from"]),
        green_until_s=table.lights["green_from"] + table.lights["green_for"],
        amber_s=np.ascontiguousarray(table.lights["amber"]),
        meets_from_m=np.ascontiguousarray(table.pairs["start"]),
        meets_until_m=np.ascontiguousarray(table.pairs["until"]),
        priority=np.ascontiguousarray(table.pairs["priority"]),
    )


def cars_of(batch: RoadsBatch) -> Cars:
    """The cars as they are, exactly."""
    worlds = batch.worlds
    stays = batch.settings.episode.after_crash == "stay"
    there = (worlds.status == DRIVES) | ((worlds.status >= COLLIDED) & stays)
    return Cars(
        road=worlds.road.copy(),
        time_s=STEP_S * worlds.step,
        drives=worlds.active & ~worlds.done[:, None],
        there=there,
        **{name: np.ascontiguousarray(getattr(worlds, name)) for name in _SAME},
        order=worlds.entry_step.astype(np.float64),
    )


_SAME = ("x_m", "y_m", "yaw_rad", "speed_mps", "length_m", "width_m", "route", "s_m", "d_m")


def commanded(batch: RoadsBatch, acceleration_mps2: np.ndarray, offset_m: np.ndarray) -> np.ndarray:
    """The actions (W, S, 2) that ask for accelerations and offsets (W, S), as near as actions allow.

    Where actions are of the kind `bicycle`, the second is the steering that `pursuit_rad` finds.
    """
    limits = batch.settings.actions
    most = np.where(acceleration_mps2 > 0.0, limits.max_acceleration_mps2, limits.max_braking_mps2)
    if limits.kind == "bicycle":
        aside = pursuit_rad(batch, offset_m) / limits.max_steering_rad
    else:
        aside = offset_m / max(limits.max_offset_m, 1e-9)
    return np.clip(np.stack([acceleration_mps2 / most, aside], -1), -1.0, 1.0)


def pursuit_rad(batch: RoadsBatch, offset_m: np.ndarray) -> np.ndarray:
    """The steering angles (W, S) that bring cars to offsets from their routes: pure pursuit of a point ahead."""
    steering = np.zeros(offset_m.shape)
    pursue(cars_of(batch), net_of(batch.table), WHEELBASE_SHARE, offset_m, steering)
    return steering
