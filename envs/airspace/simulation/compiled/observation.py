"""Who sees what? Each aircraft its own state and its nearest neighbours, in its own frame (forward, right)."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.airspace.simulation.compiled.courses import COURSE_ROWS, course_names, see_courses
from envs.airspace.simulation.compiled.lanes import (
    ACTIVE,
    BEARING_COSINE,
    BEARING_SINE,
    COSINE,
    DISTANCE,
    EAST,
    LANES,
    NORTH,
    PRECEDENCE,
    PROGRESS,
    REFERENCE_TAS,
    SAFETY,
    SEEN,
    SEEN_EAST,
    SEEN_EAST_SPEED,
    SEEN_NORTH,
    SEEN_NORTH_SPEED,
    SINE,
    TAS,
    TIME_LEFT,
)
from envs.airspace.simulation.compiled.pending import pending_names
from envs.airspace.simulation.compiled.worlds import LOSS_NM
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.compiled.elementary import angle_deg, tanh

LIMIT = 10.0
_TIE_NM = 1e-6
_STILL_KT = 0.1
_SECONDS_PER_HOUR = 3600.0

_OWN = ("waypoint_distance", "waypoint_cos", "waypoint_sin", "tas", "progress_rate", "safety_rate")
_PLACE = ("position_forward", "position_right", "velocity_forward", "velocity_right")
_CPA = ("time_to_cpa", "distance_at_cpa")
_TOLD = ("passing_side", "clearance", "under_way", "way_forward", "way_right", "way_distance", "precedence")
NEIGHBOUR = {
    "relative": ("presence", *_PLACE),
    "relative_cpa": ("presence", *_PLACE, *_CPA),
    "intent": ("presence", *_PLACE, *_CPA, *_TOLD),
    "courses": ("presence", *_PLACE, *_CPA, *_TOLD),
    "study": _PLACE,
}
"""What is seen of each neighbour, by layout."""


def layout(settings: AirspaceSettings) -> tuple[str, ...]:
    """The names of the numbers in one observation, in order."""
    fields = NEIGHBOUR[settings.observation.layout]
    neighbours = [f"neighbour_{k}_{field}" for k in range(settings.observation.num_neighbours) for field in fields]
    kind = settings.observation.layout
    bearing = ["waypoint_bearing"] if kind in ("intent", "courses") else []
    courses = course_names(len(settings.observation.courses_deg)) if kind == "courses" else []
    pending = pending_names(settings.observation.pending_actions)
    time = ["remaining_time"] if settings.episode.time_limit == "task" else []
    return (*_OWN, *neighbours, *bearing, *courses, *pending, *time)


@njit(cache=True, inline="always")
def _clip(value):
    return min(max(value, -LIMIT), LIMIT)


@njit(cache=True, error_model="numpy", inline="always")
def closest_approach(forward, right, velocity_forward, velocity_right):
    """Time to (s) and distance at (NM) the closest approach of a relative position (NM) and velocity (kt).

    Negative times lie in the past. Below 0.1 kt the pair stands still: time 0, distance as it is.
    """
    speed_squared = velocity_forward * velocity_forward + velocity_right * velocity_right
    still = speed_squared < _STILL_KT * _STILL_KT
    divisor = 1.0 if still else speed_squared
    seconds = -(forward * velocity_forward + right * velocity_right) / divisor * _SECONDS_PER_HOUR
    cross = forward * velocity_right - right * velocity_forward
    miss = math.sqrt(forward * forward + right * right if still else cross * cross / divisor)
    return 0.0 if still else seconds, miss


@njit(cache=True, error_model="numpy")
def _measure(own, other, number, distance, index):
    """The distance (NM; infinite where it is not seen) of an aircraft from `own`, and its number."""
    for i in range(LANES):
        east, north = other[SEEN_EAST + i] - own[EAST + i], other[SEEN_NORTH + i] - own[NORTH + i]
        distance[i] = math.sqrt(east * east + north * north) if other[SEEN + i] > 0.5 else np.inf
        index[i] = number


@njit(cache=True, error_model="numpy")
def _exchange(distance, index, next_distance, next_index, tied):
    """Keep the nearer one here and hand the other on; mark lanes where both are as far (1e-6 NM)."""
    for i in range(LANES):
        here, there = distance[i], next_distance[i]
        tied[i] = 1.0 if abs(there - here) <= _TIE_NM else tied[i]
        nearer = there < here
        number, other = index[i], next_index[i]
        distance[i], next_distance[i] = there if nearer else here, here if nearer else there
        index[i], next_index[i] = other if nearer else number, number if nearer else other


@njit(cache=True)
def _bearing(own, other, i):
    """The bearing of an aircraft clockwise from the nose, 0 .. 2 pi."""
    east, north = other[SEEN_EAST + i] - own[EAST + i], other[SEEN_NORTH + i] - own[NORTH + i]
    forward = east * own[SINE + i] + north * own[COSINE + i]
    right = east * own[COSINE + i] - north * own[SINE + i]
    return math.atan2(right, forward) % (2.0 * math.pi)


@njit(cache=True)
def _rank_with_ties(a, rows, i, distances, indices, most):
    """Rank the others of one lane anew, those equally far by their bearings."""
    own, found = rows[a], 0
    distances[:most, i] = np.inf
    indices[:most, i] = -1.0
    for b in range(rows.shape[0]):
        if b == a or rows[b, SEEN + i] < 0.5:
            continue
        east, north = rows[b, SEEN_EAST + i] - own[EAST + i], rows[b, SEEN_NORTH + i] - own[NORTH + i]
        distance, place = math.sqrt(east * east + north * north), found
        while place > 0:
            other = distances[place - 1, i]
            first = distance < other
            if abs(distance - other) <= _TIE_NM:
                first = _bearing(own, rows[b], i) < _bearing(own, rows[int(indices[place - 1, i])], i)
            if not first:
                break
            if place < most:
                distances[place, i], indices[place, i] = other, indices[place - 1, i]
            place -= 1
        if place < most:
            distances[place, i], indices[place, i] = distance, b
            found = min(found + 1, most)


@njit(cache=True)
def _rank(a, rows, there, distances, indices, tied, most):
    """The `most` nearest others of aircraft `a` in every lane: distances and indices (most + 1, LANES), -1 for none."""
    distances[:] = np.inf
    indices[:] = -1.0
    tied[:] = 0.0
    for b in there:
        if b != a:
            _measure(rows[a], rows[b], float(b), distances[most], indices[most])
            for k in range(min(most, rows.shape[0])):
                _exchange(distances[k], indices[k], distances[most], indices[most], tied)
    for i in range(LANES):
        if tied[i] > 0.5:
            _rank_with_ties(a, rows, i, distances, indices, most)


@njit(cache=True, error_model="numpy")
def _see_own(own, air, seen):
    for i in range(LANES):
        seen[0, i] = tanh(own[DISTANCE + i] / 20.0)
        seen[1, i] = own[BEARING_COSINE + i]
        seen[2, i] = own[BEARING_SINE + i]
        seen[3, i] = _clip((own[TAS + i] - air[REFERENCE_TAS + i]) / 100.0)
        seen[4, i] = tanh(own[PROGRESS + i] / 2.0)
        seen[5, i] = tanh(own[SAFETY + i] / 5.0)


@njit(cache=True, error_model="numpy")
def _see_bearing(own, seen):
    """The waypoint's bearing from the nose in half turns, -1 .. 1: it jumps where the shorter turn changes sides."""
    for i in range(LANES):
        half_turns = angle_deg(own[BEARING_SINE + i], own[BEARING_COSINE + i]) / 180.0
        seen[i] = -half_turns if own[BEARING_SINE + i] < 0.0 else half_turns


@njit(cache=True)
def _fetch(own, rows, distance, index, relative):
    """Position (NM) and velocity (kt), east and north, of each lane's neighbour as seen from `own`: (5, LANES)."""
    for i in range(LANES):
        found = distance[i] < np.inf
        other = rows[int(index[i])] if found else own
        relative[0, i] = 1.0 if found else 0.0
        relative[1, i] = other[SEEN_EAST + i] - own[EAST + i]
        relative[2, i] = other[SEEN_NORTH + i] - own[NORTH + i]
        relative[3, i] = other[SEEN_EAST_SPEED + i] - own[TAS + i] * own[SINE + i]
        relative[4, i] = other[SEEN_NORTH_SPEED + i] - own[TAS + i] * own[COSINE + i]


@njit(cache=True, error_model="numpy")
def _see_neighbour(own, relative, seen, see_cpa):
    """A neighbour: presence, position and velocity forward and right. A missing one is as far ahead as can be seen."""
    for i in range(LANES):
        there = relative[0, i] > 0.5
        sine, cosine = own[SINE + i], own[COSINE + i]
        east, north, east_speed, north_speed = relative[1, i], relative[2, i], relative[3, i], relative[4, i]
        forward, right = east * sine + north * cosine, east * cosine - north * sine
        closing, passing = east_speed * sine + north_speed * cosine, east_speed * cosine - north_speed * sine
        seen[0, i] = relative[0, i]
        seen[1, i] = _clip(forward / 15.0) if there else LIMIT
        seen[2, i] = _clip(right / 15.0) if there else 0.0
        seen[3, i] = _clip(closing / 250.0) if there else 0.0
        seen[4, i] = _clip(passing / 250.0) if there else 0.0
        if see_cpa:
            seconds, miss = closest_approach(forward, right, closing, passing)
            seen[5, i] = tanh(seconds / 100.0) if there else 1.0
            seen[6, i] = tanh(miss / 5.0) if there else 1.0


@njit(cache=True)
def _hear(own, rows, distance, index, told):
    """What each lane's neighbour tells: whether under way, where to (east, north), how far (NM), who goes first."""
    for i in range(LANES):
        other = rows[int(index[i])] if distance[i] < np.inf else own
        under_way = other[ACTIVE + i] > 0.5
        ahead, aside = other[BEARING_COSINE + i], other[BEARING_SINE + i]
        told[0, i] = 1.0 if under_way else 0.0
        told[1, i] = other[SINE + i] * ahead + other[COSINE + i] * aside if under_way else other[SINE + i]
        told[2, i] = other[COSINE + i] * ahead - other[SINE + i] * aside if under_way else other[COSINE + i]
        told[3, i] = other[DISTANCE + i] if under_way else np.inf
        told[4, i] = 1.0 if other[PRECEDENCE + i] > own[PRECEDENCE + i] else -1.0


@njit(cache=True, error_model="numpy")
def _see_intent(own, relative, told, seen):
    """A neighbour's intent, after its closest approach: zeros where it is missing, but as clear as can be."""
    for i in range(LANES):
        there, sine, cosine = relative[0, i], own[SINE + i], own[COSINE + i]
        east, north, east_speed, north_speed = relative[1, i], relative[2, i], relative[3, i], relative[4, i]
        speed = math.sqrt(east_speed * east_speed + north_speed * north_speed)
        side = (east_speed * north - north_speed * east) / max(speed, _STILL_KT)
        clearance = tanh((math.sqrt(east * east + north * north) - LOSS_NM) / 5.0)
        seen[0, i] = there * tanh(side / 0.5)
        seen[1, i] = clearance if there > 0.5 else 1.0
        seen[2, i] = there * told[0, i]
        seen[3, i] = there * (told[1, i] * sine + told[2, i] * cosine)
        seen[4, i] = there * (told[1, i] * cosine - told[2, i] * sine)
        seen[5, i] = there * tanh(told[3, i] / 20.0)
        seen[6, i] = there * told[4, i]


@njit(cache=True)
def _see_as_published(relative, seen, place):
    """The study's neighbour: no presence, and zeros where it is missing."""
    for field in range(4):
        for i in range(LANES):
            seen[place + field, i] = seen[place + field + 1, i] * relative[0, i]


@njit(cache=True)
def sight_rows(num_neighbours):
    """How many rows of scratch `observe` needs."""
    return 2 * (num_neighbours + 1) + 1 + 5 + 5 + COURSE_ROWS


@njit(cache=True)
def observe(a, rows, there, air, rules, sight, seen):
    """Write the observations (D, LANES) of aircraft `a` in every lane to `seen`, which has a spare row at its end.

    Args:
        there: the slots that are seen in some lane.
        sight: scratch (sight_rows(K), LANES).
    """
    most, width = rules.num_neighbours, rules.neighbour_width
    distances, indices = sight[: most + 1], sight[most + 1 : 2 * most + 2]
    tied, relative, told = sight[2 * most + 2], sight[2 * most + 3 : 2 * most + 8], sight[2 * most + 8 : 2 * most + 13]
    _rank(a, rows, there, distances, indices, tied, most)
    _see_own(rows[a], air, seen)
    for k in range(most):
        _fetch(rows[a], rows, distances[k], indices[k], relative)
        _see_neighbour(rows[a], relative, seen[6 + k * width :], rules.see_cpa)
        if rules.see_intent:
            _hear(rows[a], rows, distances[k], indices[k], told)
            _see_intent(rows[a], relative, told, seen[6 + k * width + 7 :])
        if rules.as_published:
            _see_as_published(relative, seen, 6 + k * width)
    if rules.see_intent:
        _see_bearing(rows[a], seen[6 + most * width])
    if rules.see_courses:
        see_courses(a, rows, there, rules, sight[2 * most + 13 :], seen[7 + most * width :])
    if rules.see_time:
        for i in range(LANES):  # to set an array by an array brings the text of an error along: seconds to compile
            seen[len(seen) - 2, i] = air[TIME_LEFT + i]
