"""Who sees what? Each aircraft its own state and its nearest neighbours, in its own frame (forward, right)."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.airspace.dynamics import waypoint_geometry
from envs.airspace.settings import AirspaceSettings

LIMIT = 10.0
_TIE_NM = 1e-6
_STILL_KT = 0.1
_SECONDS_PER_HOUR = 3600.0

_OWN = ("waypoint_distance", "waypoint_cos", "waypoint_sin", "tas", "progress_rate", "safety_rate")
_NEIGHBOUR = ("presence", "position_forward", "position_right", "velocity_forward", "velocity_right")
_CPA = ("time_to_cpa", "distance_at_cpa")


def layout(settings: AirspaceSettings) -> tuple[str, ...]:
    """The names of the numbers in one observation, in order."""
    fields = _NEIGHBOUR + (_CPA if settings.observation.layout == "relative_cpa" else ())
    neighbours = [f"neighbour_{k}_{field}" for k in range(settings.observation.num_neighbours) for field in fields]
    return _OWN + tuple(neighbours) + (("remaining_time",) if settings.episode.time_limit == "task" else ())


@njit(cache=True, inline="always")
def _clip(value):
    return min(max(value, -LIMIT), LIMIT)


@njit(cache=True)
def closest_approach(forward, right, velocity_forward, velocity_right):
    """Time to (s) and distance at (NM) the closest approach of a relative position (NM) and velocity (kt).

    Negative times lie in the past. Below 0.1 kt the pair stands still: time 0, distance as it is.
    """
    speed_squared = velocity_forward * velocity_forward + velocity_right * velocity_right
    distance = math.sqrt(forward * forward + right * right)
    if speed_squared < _STILL_KT * _STILL_KT:
        return 0.0, distance
    hours = -(forward * velocity_forward + right * velocity_right) / speed_squared
    miss = abs(forward * velocity_right - right * velocity_forward) / math.sqrt(speed_squared)
    return hours * _SECONDS_PER_HOUR, miss


@njit(cache=True)
def _relative(a, b, world):
    """Position (NM) and velocity (kt) of b as seen from a: forward, right, forward, right."""
    sine, cosine = world.direction[a, 0], world.direction[a, 1]
    east = world.position[b, 0] - world.position[a, 0]
    north = world.position[b, 1] - world.position[a, 1]
    tas, other_tas = world.tas[a], world.tas[b]
    east_speed = other_tas * world.direction[b, 0] - tas * sine
    north_speed = other_tas * world.direction[b, 1] - tas * cosine
    return (
        east * sine + north * cosine,
        east * cosine - north * sine,
        east_speed * sine + north_speed * cosine,
        east_speed * cosine - north_speed * sine,
    )


@njit(cache=True)
def _comes_first(a, b, other, distance, other_distance, world):
    """Whether b is ordered before `other`: nearer, or as near (1e-6 NM) and less far clockwise from the nose."""
    if abs(distance - other_distance) > _TIE_NM:
        return distance < other_distance
    forward, right, _, _ = _relative(a, b, world)
    other_forward, other_right, _, _ = _relative(a, other, world)
    return math.atan2(right, forward) % (2 * math.pi) < math.atan2(other_right, other_forward) % (2 * math.pi)


@njit(cache=True)
def _find_nearest(a, world, most):
    """Fill the world's `nearest` with at most `most` present others, nearest first; return how many there are."""
    chosen, distances = world.nearest, world.nearest_distance
    found = 0
    for b in range(world.num_aircraft):
        if b == a or not world.present[b]:
            continue
        east = world.position[b, 0] - world.position[a, 0]
        north = world.position[b, 1] - world.position[a, 1]
        distance = math.sqrt(east * east + north * north)
        place = found
        while place > 0 and _comes_first(a, b, chosen[place - 1], distance, distances[place - 1], world):
            if place < most:
                chosen[place], distances[place] = chosen[place - 1], distances[place - 1]
            place -= 1
        if place < most:
            chosen[place], distances[place] = b, distance
            found = min(found + 1, most)
    return found


@njit(cache=True)
def _see_own(a, world, out):
    distance, cosine, sine = waypoint_geometry(a, world)
    out[0] = math.tanh(distance / 20.0)
    out[1] = cosine
    out[2] = sine
    out[3] = _clip((world.tas[a] - world.reference_tas) / 100.0)
    alone = world.separation[a] == np.inf or world.last_separation[a] == np.inf
    out[4] = 0.0 if alone else math.tanh((world.last_waypoint_distance[a] - world.waypoint_distance[a]) / 2.0)
    out[5] = 0.0 if alone else math.tanh((world.separation[a] - world.last_separation[a]) / 5.0)


@njit(cache=True)
def _see_nobody(out, see_cpa):
    """A missing neighbour: absent, and as far ahead as can be seen, never coming nearer."""
    out[0], out[1], out[2], out[3], out[4] = 0.0, LIMIT, 0.0, 0.0, 0.0
    if see_cpa:
        out[5], out[6] = 1.0, 1.0


@njit(cache=True)
def _see_neighbour(a, b, world, out, see_cpa):
    forward, right, velocity_forward, velocity_right = _relative(a, b, world)
    out[0] = 1.0
    out[1], out[2] = _clip(forward / 15.0), _clip(right / 15.0)
    out[3], out[4] = _clip(velocity_forward / 250.0), _clip(velocity_right / 250.0)
    if see_cpa:
        seconds, miss = closest_approach(forward, right, velocity_forward, velocity_right)
        out[5], out[6] = math.tanh(seconds / 100.0), math.tanh(miss / 5.0)


@njit(cache=True)
def observe(a, world, rules, out):
    """Write the observation (D,) of aircraft `a` to `out`."""
    _see_own(a, world, out)
    found = _find_nearest(a, world, rules.num_neighbours)
    width = 7 if rules.see_cpa else 5
    for k in range(rules.num_neighbours):
        part = out[6 + k * width : 6 + (k + 1) * width]
        if k < found:
            _see_neighbour(a, world.nearest[k], world, part, rules.see_cpa)
        else:
            _see_nobody(part, rules.see_cpa)
    if rules.see_time:
        out[6 + rules.num_neighbours * width] = 1.0 - world.step / rules.max_steps
