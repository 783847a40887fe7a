"""How far did cars get, and how late, per car."""

from __future__ import annotations

import numpy as np

from envs.roads.evaluation.drive import ARRIVED, Columns, Drive

LEAST_PROGRESS = 0.2
"""Of what was to be had; who makes less makes none. V-Max's and nuPlan's."""
_LITTLE_M = 0.5


def progress(drive: Drive) -> Columns:
    """Of cars (W, S):

    driven_s, km: how long and how far along the route. arrived_s: the same time where it arrived, else NaN.
    progress: metres made over what it would have made alone in that time (`free_m`), up to the route's end, 0 to 1; 1
        where that is below 0.5 m, and where it arrived. V-Max takes the logged driver for that; there is none here.
    making_progress: at least 0.2.
    delay_s: of who arrived, how much later than alone (`alone_s`), with what it waited to enter; else NaN.
    """
    first_m, last_m = drive.of_first(drive.s_m), drive.of_last(drive.s_m)
    arrived = drive.entered & (drive.status == ARRIVED)
    made_m = np.maximum(last_m - first_m, 0.0)
    free_m = np.minimum(drive.of_last(drive.free_m), drive.route_m) - first_m
    made = np.where(free_m < _LITTLE_M, 1.0, made_m / np.maximum(free_m, _LITTLE_M))
    made = np.where(arrived, 1.0, np.clip(made, 0.0, 1.0))
    waited_s = drive.step_s * (drive.entered_step - drive.wanted_step)
    late_s = drive.driven_s - drive.alone_s + waited_s
    return {
        "driven_s": drive.driven_s,
        "km": np.where(drive.entered, made_m, 0.0) / 1000.0,
        "arrived_s": np.where(arrived, drive.driven_s, np.nan),
        "progress": made,
        "making_progress": made >= LEAST_PROGRESS,
        "delay_s": np.where(arrived, late_s, np.nan),
    }
