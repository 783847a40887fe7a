"""How does an aircraft move? Speed, then heading, then position, in ticks of one second."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.airspace.simulation.compiled.lanes import (
    ACTION_HEADING,
    ACTION_SPEED,
    ACTIVE,
    BEARING_COSINE,
    BEARING_SINE,
    CAS,
    CAS_HIGH,
    CAS_LOW,
    COMMANDED_CAS,
    COMMANDED_HEADING,
    COMMANDED_TAS,
    COSINE,
    DENSITY,
    DISTANCE,
    DRIFT,
    EAST,
    HEADING,
    KIND,
    LANES,
    MOVE_EAST,
    MOVE_NORTH,
    NORTH,
    PRESENT,
    PRESSURE,
    REACHED,
    SINE,
    TAS,
    TICKS,
    WAYPOINT_EAST,
    WAYPOINT_NORTH,
    WIND_EAST,
    WIND_NORTH,
)
from envs.airspace.simulation.compiled.worlds import TICKS_PER_STEP
from envs.airspace.simulation.traffic.aircraft import NUM_ACCELERATIONS
from envs.airspace.simulation.traffic.atmosphere import G0, KT_TO_MPS, cas_from_tas, tas_from_cas
from envs.airspace.simulation.traffic.traffic_settings import ARRIVAL_NM
from envs.ground.compiled.elementary import angle_deg, sine_cosine_deg

BANK_DEG = 25.0

_TURN_KT_DEG_PER_S = math.degrees(G0 * math.tan(math.radians(BANK_DEG))) / KT_TO_MPS
"""Rate of turn times TAS, in kt * degrees / s: g0 tan(bank) / TAS."""

_NM_PER_TICK = 1.0 / 3600.0

_TO_BE_READ = -1.0
"""Stands for a commanded CAS that follows from TAS at the end of the step."""


@njit(cache=True, inline="always")
def wrap_deg(angle):
    """The angle in [-180, 180), for angles between -540 and 540."""
    angle = angle - 360.0 if angle >= 180.0 else angle
    return angle + 360.0 if angle < -180.0 else angle


@njit(cache=True, inline="always")
def _compass(heading):
    """The heading in [0, 360), for headings between -360 and 720."""
    heading = heading - 360.0 if heading >= 360.0 else heading
    return heading + 360.0 if heading < 0.0 else heading


@njit(cache=True, error_model="numpy")
def command(rows, a, air, rules):
    """Turn normalised actions into commanded headings and CAS; changes below the thresholds count as none."""
    max_heading, min_heading = rules.max_heading_change, rules.min_heading_change
    max_speed, min_speed = rules.max_speed_change, rules.min_speed_change
    for i in range(LANES):
        change = min(max(rows[a, ACTION_HEADING + i], -1.0), 1.0) * max_heading
        counts = (abs(change) >= min_heading) & (change != 0.0)
        heading = _compass(rows[a, HEADING + i] + change)
        rows[a, COMMANDED_HEADING + i] = heading if counts else rows[a, COMMANDED_HEADING + i]
        rows[a, ACTION_HEADING + i] = change / max_heading if counts else 0.0
    for i in range(LANES):
        change = min(max(rows[a, ACTION_SPEED + i], -1.0), 1.0) * max_speed
        counts = (abs(change) >= min_speed) & (change != 0.0)
        cas = min(max(rows[a, CAS + i] + change, rows[a, CAS_LOW + i]), rows[a, CAS_HIGH + i])
        tas = tas_from_cas(cas, air[PRESSURE + i], air[DENSITY + i])
        rows[a, COMMANDED_CAS + i] = cas if counts else rows[a, COMMANDED_CAS + i]
        rows[a, COMMANDED_TAS + i] = tas if counts else rows[a, COMMANDED_TAS + i]
        rows[a, ACTION_SPEED + i] = change / max_speed if counts else 0.0


@njit(cache=True, error_model="numpy", inline="always")
def acceleration_kt_per_s(fleet, kind, tas):
    """The largest change of speed, interpolated in the type's table over TAS (kt)."""
    place = (tas - fleet[kind].tas_low) / fleet[kind].tas_step
    place = min(max(place, 0.0), NUM_ACCELERATIONS - 1.000001)
    left = np.int64(place)
    low, high = fleet[kind].acceleration[left], fleet[kind].acceleration[left + 1]
    return low + (place - left) * (high - low)


@njit(cache=True, error_model="numpy")
def accelerate(rows, a, fleet):
    """Change speeds for one second, towards the commanded TAS."""
    for i in range(LANES):
        change = rows[a, COMMANDED_TAS + i] - rows[a, TAS + i]
        if change != 0.0:
            most = acceleration_kt_per_s(fleet, np.int64(rows[a, KIND + i]), rows[a, TAS + i])
            rows[a, TAS + i] = (
                rows[a, COMMANDED_TAS + i] if abs(change) <= most else rows[a, TAS + i] + math.copysign(most, change)
            )


@njit(cache=True, error_model="numpy")
def turn(rows, a):
    """Turn for one second, towards the commanded heading."""
    for i in range(LANES):
        heading, commanded = rows[a, HEADING + i], rows[a, COMMANDED_HEADING + i]
        left = wrap_deg(commanded - heading)
        most = _TURN_KT_DEG_PER_S / rows[a, TAS + i]
        turned = _compass(heading + most if left > 0.0 else heading - most)
        rows[a, HEADING + i] = commanded if abs(left) <= most else turned
    for i in range(LANES):
        rows[a, SINE + i], rows[a, COSINE + i] = sine_cosine_deg(rows[a, HEADING + i])


@njit(cache=True, error_model="numpy")
def move(rows, a, air, leave):
    """Move for one second along heading and wind; where `leave` is true, who arrived earlier is gone."""
    for i in range(LANES):
        gone = leave & (rows[a, ACTIVE + i] < 0.5) & (rows[a, TICKS + i] > 0.0)
        rows[a, PRESENT + i] = 0.0 if gone else rows[a, PRESENT + i]
        step = _NM_PER_TICK * rows[a, PRESENT + i]
        rows[a, MOVE_EAST + i] = (rows[a, TAS + i] * rows[a, SINE + i] + air[WIND_EAST + i]) * step
        rows[a, MOVE_NORTH + i] = (rows[a, TAS + i] * rows[a, COSINE + i] + air[WIND_NORTH + i]) * step
        rows[a, EAST + i] += rows[a, MOVE_EAST + i]
        rows[a, NORTH + i] += rows[a, MOVE_NORTH + i]


@njit(cache=True, error_model="numpy")
def arrive(rows, a):
    """Let who has reached its waypoint keep heading and speed from now on, and be active no more."""
    for i in range(LANES):
        east, north = rows[a, WAYPOINT_EAST + i] - rows[a, EAST + i], rows[a, WAYPOINT_NORTH + i] - rows[a, NORTH + i]
        near = east * east + north * north <= ARRIVAL_NM * ARRIVAL_NM
        active = rows[a, ACTIVE + i]
        rows[a, TICKS + i] += active
        active = 0.0 if near else active
        rows[a, COMMANDED_HEADING + i] = rows[a, COMMANDED_HEADING + i] if active > 0.5 else rows[a, HEADING + i]
        flies_on = (active > 0.5) | (rows[a, COMMANDED_TAS + i] == rows[a, TAS + i])
        rows[a, COMMANDED_TAS + i] = rows[a, COMMANDED_TAS + i] if flies_on else rows[a, TAS + i]
        rows[a, COMMANDED_CAS + i] = rows[a, COMMANDED_CAS + i] if flies_on else _TO_BE_READ
        rows[a, ACTIVE + i] = active


@njit(cache=True, error_model="numpy")
def read_airspeed(rows, a, air):
    """Bring CAS, and the commanded CAS of who stopped changing speed on arrival, up to date with TAS after a step."""
    for i in range(LANES):
        cas = cas_from_tas(rows[a, TAS + i], air[PRESSURE + i], air[DENSITY + i])
        rows[a, COMMANDED_CAS + i] = cas if rows[a, COMMANDED_CAS + i] == _TO_BE_READ else rows[a, COMMANDED_CAS + i]
        rows[a, CAS + i] = rows[a, COMMANDED_CAS + i] if rows[a, TAS + i] == rows[a, COMMANDED_TAS + i] else cas


@njit(cache=True, error_model="numpy")
def face_waypoint(rows, a):
    """Distance of the waypoint (NM), and cosine and sine of its bearing off the heading (ahead at distance 0)."""
    for i in range(LANES):
        east, north = rows[a, WAYPOINT_EAST + i] - rows[a, EAST + i], rows[a, WAYPOINT_NORTH + i] - rows[a, NORTH + i]
        distance = math.sqrt(east * east + north * north)
        there = distance == 0.0
        scale = 1.0 / (1.0 if there else distance)
        sine, cosine = rows[a, SINE + i], rows[a, COSINE + i]
        rows[a, DISTANCE + i] = distance
        rows[a, BEARING_COSINE + i] = 1.0 if there else (east * sine + north * cosine) * scale
        rows[a, BEARING_SINE + i] = (east * cosine - north * sine) * scale


@njit(cache=True, error_model="numpy")
def look_back(rows, a, leave):
    """Waypoint distance and drift (the angle between heading and waypoint bearing) now, or when it was reached.

    Who arrived within the step has flown straight on since, so that its place at arrival follows from the present one.
    """
    for i in range(LANES):
        since = 0.0 if leave or rows[a, ACTIVE + i] > 0.5 else TICKS_PER_STEP - rows[a, TICKS + i]
        east = rows[a, WAYPOINT_EAST + i] - (rows[a, EAST + i] - since * rows[a, MOVE_EAST + i])
        north = rows[a, WAYPOINT_NORTH + i] - (rows[a, NORTH + i] - since * rows[a, MOVE_NORTH + i])
        sine, cosine = rows[a, SINE + i], rows[a, COSINE + i]
        rows[a, PRESENT + i] = 0.0 if leave & (rows[a, ACTIVE + i] < 0.5) else rows[a, PRESENT + i]
        rows[a, REACHED + i] = math.sqrt(east * east + north * north)
        rows[a, DRIFT + i] = angle_deg(east * cosine - north * sine, east * sine + north * cosine)
