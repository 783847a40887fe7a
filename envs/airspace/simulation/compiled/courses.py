"""How clear would other headings be? Each held from now on, at today's speed, against all others flying straight on."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.airspace.simulation.compiled.lanes import (
    BEARING_COSINE,
    BEARING_SINE,
    COSINE,
    EAST,
    LANES,
    NORTH,
    SEEN,
    SEEN_EAST,
    SEEN_EAST_SPEED,
    SEEN_NORTH,
    SEEN_NORTH_SPEED,
    SINE,
    TAS,
)
from envs.airspace.simulation.compiled.worlds import LOSS_NM
from envs.ground.compiled.elementary import tanh

COURSE_ROWS = 4
"""How many rows of scratch `see_courses` needs."""
_STILL_KT = 0.1
_FAR_NM2 = 1e6


def course_names(num_courses: int) -> list[str]:
    """The names of what is seen of so many courses, and of the direct one after them."""
    courses = [*(f"course_{k}" for k in range(num_courses)), "direct"]
    return [f"{course}_{field}" for course in courses for field in ("clearance", "urgency")]


@njit(cache=True, error_model="numpy")
def _turn(own, sine, cosine, velocity):
    """Velocity (kt; east, north) after a turn with this sine and cosine (LANES,)."""
    for i in range(LANES):
        velocity[0, i] = own[TAS + i] * (own[SINE + i] * cosine[i] + own[COSINE + i] * sine[i])
        velocity[1, i] = own[TAS + i] * (own[COSINE + i] * cosine[i] - own[SINE + i] * sine[i])


@njit(cache=True, error_model="numpy")
def _probe(own, other, velocity, look_ahead, nearest, loss):
    """Lower `nearest` (squared, NM2) and `loss` (h until separation is lost) to what this other aircraft makes them."""
    for i in range(LANES):
        east, north = other[SEEN_EAST + i] - own[EAST + i], other[SEEN_NORTH + i] - own[NORTH + i]
        closing, passing = other[SEEN_EAST_SPEED + i] - velocity[0, i], other[SEEN_NORTH_SPEED + i] - velocity[1, i]
        squared, along = east * east + north * north, east * closing + north * passing
        per_squared_speed = 1.0 / max(closing * closing + passing * passing, _STILL_KT * _STILL_KT)
        approach = -along * per_squared_speed
        inside = approach * approach - (squared - LOSS_NM * LOSS_NM) * per_squared_speed
        entry = approach - math.sqrt(max(inside, 0.0))
        entry = entry if (inside > 0.0) & (along < 0.0) else np.inf
        entry = 0.0 if squared < LOSS_NM * LOSS_NM else entry
        hours = min(max(approach, 0.0), look_ahead)
        miss_east, miss_north = east + closing * hours, north + passing * hours
        there = other[SEEN + i] > 0.5
        miss = miss_east * miss_east + miss_north * miss_north
        nearest[i] = min(nearest[i], miss) if there else nearest[i]
        loss[i] = min(loss[i], entry) if there else loss[i]


@njit(cache=True, error_model="numpy")
def see_courses(a, rows, there, rules, scratch, seen):
    """Write clearance and urgency of each of the C courses and of the direct one to `seen` (2 (C + 1), LANES).

    A cut through the velocity obstacles (Fiorini and Shiller, "Motion Planning in Dynamic Environments Using Velocity
    Obstacles", IJRR 1998) at today's speed, all aircraft that are seen taken together.

    Args:
        there: the slots that are seen in some lane.
        scratch: (COURSE_ROWS, LANES).
    """
    own, velocity, nearest, loss = rows[a], scratch[:2], scratch[2], scratch[3]
    num_courses = len(rules.course_sine)
    for k in range(num_courses + 1):
        if k == num_courses:
            _turn(own, own[BEARING_SINE:], own[BEARING_COSINE:], velocity)
        else:
            sine, cosine = nearest, loss  # room that is not needed yet
            sine[:], cosine[:] = rules.course_sine[k], rules.course_cosine[k]
            _turn(own, sine, cosine, velocity)
        nearest[:], loss[:] = _FAR_NM2, np.inf
        for b in there:
            if b != a:
                _probe(own, rows[b], velocity, rules.look_ahead, nearest, loss)
        for i in range(LANES):
            seen[2 * k, i] = tanh((math.sqrt(nearest[i]) - LOSS_NM) / 3.0)
            seen[2 * k + 1, i] = max(1.0 - loss[i] / rules.look_ahead, 0.0)
