"""What an aircraft of the plain airspace sees: itself, and its nearest neighbours in its own frame (forward, right)."""

from __future__ import annotations

import math
from functools import cmp_to_key
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.plain_rules import REFERENCE_CAS_KT, tas_kt_of_cas, unit
from envs.airspace.simulation.settings import AirspaceSettings

if TYPE_CHECKING:
    from benchmarks.plain_airspace import PlainAirspace

LIMIT = 10.0
TIE_NM = 1e-6
WIDTHS = {"relative": 5, "relative_cpa": 7, "intent": 14, "courses": 14}
TELLING = ("intent", "courses")
"""Layouts in which neighbours tell what they will do."""


def num_features(settings: AirspaceSettings) -> int:
    """The size D of an observation."""
    wanted = settings.observation
    neighbours, courses = wanted.num_neighbours * WIDTHS[wanted.layout], 2 * (len(wanted.courses_deg) + 1)
    told = (wanted.layout in TELLING) + (wanted.layout == "courses") * courses
    return 6 + neighbours + told + (settings.episode.time_limit == "task")


def observe(world: PlainAirspace, a: int) -> np.ndarray:
    """What aircraft `a` sees, (D,) float32."""
    features = [*_own(world, a), *(number for b in _nearest(world, a) for number in _neighbour(world, a, b))]
    wanted = world.settings.observation
    if wanted.layout in TELLING:
        forward, right = _seen_from(world, a, world.waypoint_nm[a] - world.position_nm[a])
        direct_deg = math.degrees(math.atan2(right, forward))
        features.append(direct_deg / 180.0)
        if wanted.layout == "courses":
            features += _courses(world, a, np.array([*wanted.courses_deg, direct_deg]), wanted.look_ahead_s)
    if world.settings.episode.time_limit == "task":
        features.append(1.0 - world.step_count / world.settings.episode.max_steps)
    return np.clip(features, -LIMIT, LIMIT).astype(np.float32)


def _own(world: PlainAirspace, a: int) -> tuple[float, ...]:
    """Distance and bearing of the waypoint, speed, and the rates of the last step."""
    way = world.waypoint_nm[a] - world.position_nm[a]
    bearing = math.atan2(way[0], way[1]) - math.radians(world.heading_deg[a])
    alone = math.isinf(world.separation_nm[a]) or math.isinf(world.last_separation_nm[a])
    safer_nm = 0.0 if alone else world.separation_nm[a] - world.last_separation_nm[a]
    return (
        math.tanh(math.hypot(*way) / 20.0),
        math.cos(bearing),
        math.sin(bearing),
        (world.tas_kt[a] - float(tas_kt_of_cas(np.array(REFERENCE_CAS_KT), world.alt_ft))) / 100.0,
        0.0 if alone else math.tanh(world.progress_nm[a] / 2.0),
        math.tanh(safer_nm / 5.0),
    )


def _nearest(world: PlainAirspace, a: int) -> list[int | None]:
    """The K nearest others, nearest first, those equally far by their bearings; None where there is none."""

    def compare(b: int, c: int) -> float:
        (distance_b, bearing_b), (distance_c, bearing_c) = place[b], place[c]
        return bearing_b - bearing_c if abs(distance_b - distance_c) <= TIE_NM else distance_b - distance_c

    place = {}
    for b in np.flatnonzero(world.present):
        if b != a:
            forward, right = _seen_from(world, a, world.position_nm[b] - world.position_nm[a])
            place[int(b)] = math.hypot(forward, right), math.atan2(right, forward) % (2.0 * math.pi)
    most = world.settings.observation.num_neighbours
    nearest: list[int | None] = sorted(place, key=cmp_to_key(compare))[:most]
    return nearest + [None] * (most - len(nearest))


def _seen_from(world: PlainAirspace, a: int, vector: np.ndarray) -> tuple[float, float]:
    """A vector (2,) of the frame in the aircraft's own: forward and right."""
    nose = unit(world.heading_deg[a])
    return float(vector @ nose), float(vector[0] * nose[1] - vector[1] * nose[0])


def _neighbour(world: PlainAirspace, a: int, b: int | None) -> list[float]:
    """Presence, position, velocity, time to and distance at the closest approach, intent, as far as the layout goes."""
    layout = world.settings.observation.layout
    if b is None:
        seen, cpa, intent = [0.0, LIMIT, 0.0, 0.0, 0.0], [1.0, 1.0], [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    else:
        position_nm = np.array(_seen_from(world, a, world.position_nm[b] - world.position_nm[a]))
        velocity_kt = np.array(_seen_from(world, a, _through_air_kt(world, b) - _through_air_kt(world, a)))
        seen = [1.0, *(position_nm / 15.0), *(velocity_kt / 250.0)]
        cpa, intent = _closest_approach(position_nm, velocity_kt), _intent(world, a, b, position_nm, velocity_kt)
    return seen + (cpa if layout != "relative" else []) + (intent if layout in TELLING else [])


def _intent(world: PlainAirspace, a: int, b: int, position_nm: np.ndarray, velocity_kt: np.ndarray) -> list[float]:
    """Which side it passes on, how clear it is, whether and where to it is under way, and who goes first."""
    speed_kt = max(math.hypot(*velocity_kt), 0.1)
    side_nm = float(position_nm[0] * velocity_kt[1] - position_nm[1] * velocity_kt[0]) / speed_kt
    way_nm = world.waypoint_nm[b] - world.position_nm[b]
    under_way = not world.arrived[b]
    where = way_nm / math.hypot(*way_nm) if under_way else unit(world.heading_deg[b])
    return [
        math.tanh(side_nm / 0.5),
        math.tanh((math.hypot(*position_nm) - 5.0) / 5.0),
        float(under_way),
        *_seen_from(world, a, where),
        math.tanh(math.hypot(*way_nm) / 20.0) if under_way else 1.0,
        1.0 if world.precedence[b] > world.precedence[a] else -1.0,
    ]


def _courses(world: PlainAirspace, a: int, courses_deg: np.ndarray, look_ahead_s: float) -> list[float]:
    """Of turns at once by each of these angles: smallest distance from all others in that time, how soon below 5 NM."""
    others = [b for b in np.flatnonzero(world.present) if b != a]
    if not others:
        return [1.0, 0.0] * len(courses_deg)
    own_kt = world.tas_kt[a] * np.stack([unit(world.heading_deg[a] + course_deg) for course_deg in courses_deg])
    place_nm = np.stack([world.position_nm[b] - world.position_nm[a] for b in others])
    velocity_kt = np.stack([_through_air_kt(world, b) for b in others]) - own_kt[:, None]  # (courses, others, 2)
    squared = np.maximum((velocity_kt**2).sum(2), 0.1**2)
    hours = -(place_nm * velocity_kt).sum(2) / squared
    within = np.clip(hours, 0.0, look_ahead_s / 3600.0)[:, :, None]
    nearest_nm = np.sqrt(((place_nm + within * velocity_kt) ** 2).sum(2)).min(1)
    distance_nm = np.sqrt((place_nm**2).sum(1))
    inside = hours**2 - (distance_nm**2 - 25.0) / squared
    loss_s = np.where((inside > 0.0) & (hours > 0.0), hours - np.sqrt(np.maximum(inside, 0.0)), np.inf) * 3600.0
    soonest_s = np.where(distance_nm < 5.0, 0.0, loss_s).min(1)
    urgency = np.maximum(1.0 - soonest_s / look_ahead_s, 0.0)
    return np.stack([np.tanh((nearest_nm - 5.0) / 3.0), urgency], 1).ravel().tolist()


def _through_air_kt(world: PlainAirspace, a: int) -> np.ndarray:
    return world.tas_kt[a] * unit(world.heading_deg[a])


def _closest_approach(position_nm: np.ndarray, velocity_kt: np.ndarray) -> list[float]:
    """Time to (100 s) and distance at (5 NM) the closest approach, tanh-scaled; below 0.1 kt: 0 and the distance."""
    speed_squared = float(velocity_kt @ velocity_kt)
    if speed_squared < 0.1**2:
        return [0.0, math.tanh(math.hypot(*position_nm) / 5.0)]
    hours = -float(position_nm @ velocity_kt) / speed_squared
    return [math.tanh(hours * 3600.0 / 100.0), math.tanh(math.hypot(*(position_nm + hours * velocity_kt)) / 5.0)]
