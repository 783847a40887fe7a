"""Disturbances as records: what shifts the start of an episode and disturbs it on the way, per world and aircraft."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from envs.airspace.simulation.disturbance_settings import Disturbance, Wind


def disturbance_dtype(num_slots: int) -> np.dtype:
    """The record of one world's disturbances, with room for `num_slots` aircraft."""
    slot = (num_slots,)
    return np.dtype(
        [
            ("wind", np.float64, (2,)),  # towards east and north, kt
            ("heading", np.float64, slot),  # degrees, added
            ("cas", np.float64, slot),  # kt, added
            ("forward", np.float64, slot),  # NM along the heading that the start is moved
            ("right", np.float64, slot),
            ("waypoint", np.float64, (num_slots, 2)),  # NM east and north that it is moved
            ("kind", np.int64, slot),  # row of the fleet table, -1 for the scenario's own
            ("speed_range", np.float64, slot),  # of commanded CAS: a factor about its middle
            ("action_delay", np.int64, slot),
            ("responds", np.uint8, slot),
            ("position_noise", np.float64, slot),  # NM
            ("velocity_noise", np.float64, slot),  # kt
            ("dropped_reports", np.float64, slot),
        ],
        align=True,
    )


def wind_kt(wind: Wind) -> tuple[float, float]:
    """Where the wind blows to: east and north, in kt."""
    angle = math.radians(wind.from_deg)
    return -wind.speed_kt * math.sin(angle), -wind.speed_kt * math.cos(angle)


def tabulate_disturbances(
    num_slots: int,
    wind: Wind,
    everyone: Disturbance,
    single: Mapping[int, Disturbance],
    kind: Callable[[str], int],
) -> np.ndarray:
    """One world's record, shape (): `everyone` in all slots but those in `single`.

    Args:
        kind: the row of an aircraft type in the batch's fleet table.
    """
    record = np.zeros((), disturbance_dtype(num_slots))
    record["wind"] = wind_kt(wind)
    for a in range(num_slots):
        wanted = single.get(a, everyone)
        record["heading"][a], record["cas"][a] = wanted.heading_deg, wanted.speed_kt
        record["forward"][a], record["right"][a] = wanted.forward_nm, wanted.right_nm
        record["waypoint"][a] = wanted.waypoint_east_nm, wanted.waypoint_north_nm
        record["kind"][a] = -1 if wanted.aircraft_type is None else kind(wanted.aircraft_type)
        record["speed_range"][a], record["action_delay"][a] = wanted.speed_range, wanted.action_delay
        record["responds"][a] = wanted.responds
        record["position_noise"][a], record["velocity_noise"][a] = wanted.position_noise_nm, wanted.velocity_noise_kt
        record["dropped_reports"][a] = wanted.dropped_reports
    return record
