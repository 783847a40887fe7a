"""How much were the aircraft told to do: instructions, how often back and forth; how long they flew at a limit."""

from __future__ import annotations

import numpy as np
from numba import njit

from envs.airspace.evaluation.conflicts import Columns
from envs.airspace.evaluation.flight import STEP_S, Flight

HEADING_DEG = 3.0
SPEED_KT = 5.0
"""A command of at least so much, in heading or in calibrated airspeed, is an instruction."""

LIMIT_KT = 3.0
"""Nearer than this to the least or largest calibrated airspeed there is no command towards it that counts."""

_NEVER = -2
_S_PER_H = 3600.0


def control(flight: Flight) -> Columns:
    """Columns (W,):

    instructions: steps with an instruction, heading and speed together being one, summed over aircraft.
    instructions_per_flight: the same per aircraft.
    min_instruction_gap_s: smallest time between two successive instructions of one aircraft; NaN without two.
    consecutive: pairs of instructions on the same axis (heading, speed) of one aircraft in two successive steps.
    reversals: those of them of opposite sign. oscillation: reversals / consecutive; NaN where there are none.
    hours_at_limit: of all aircraft together, at their least or largest speed when the step began.
    """
    counts = np.zeros((flight.num_worlds, 3), np.int64)
    gap = np.full(flight.num_worlds, flight.max_steps + 1)
    _scan(flight.change, flight.commanding, counts, gap)
    total, consecutive, reversals = counts.T
    return {
        "instructions": total,
        "instructions_per_flight": total / np.maximum(1, flight.num_aircraft),
        "min_instruction_gap_s": np.where(gap <= flight.max_steps, STEP_S * gap, np.nan),
        "consecutive": consecutive,
        "reversals": reversals,
        "oscillation": share(reversals, consecutive),
        "hours_at_limit": _s_at_limit(flight).sum((0, 2)) / _S_PER_H,
    }


def _s_at_limit(flight: Flight) -> np.ndarray:
    """(T, W, A): seconds of each step that began at the least or largest speed."""
    low, high = flight.cas_range_kt[..., 0] + LIMIT_KT, flight.cas_range_kt[..., 1] - LIMIT_KT
    at_limit = (flight.cas_kt[:-1] < low) | (flight.cas_kt[:-1] > high)
    return np.where(flight.commanding & at_limit, flight.active_s, 0.0)


def share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, NaN where the whole is 0."""
    return np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=np.asarray(whole) != 0)


@njit(cache=True, inline="always")
def instructed(change):
    """Whether the change of heading, and that of speed, of a command (2,) are instructions."""
    return abs(change[0]) >= HEADING_DEG, abs(change[1]) >= SPEED_KT


@njit(cache=True)
def _scan(change, commanding, counts, gap):
    """Fill `counts` (W, 3): instructions, consecutive ones, reversals; lower `gap` (W,), in steps."""
    num_steps, num_worlds, num_slots = commanding.shape
    latest = np.full((num_worlds, num_slots), _NEVER)
    for t in range(num_steps):
        for w in range(num_worlds):
            for a in range(num_slots):
                heading, speed = instructed(change[t, w, a])
                if not commanding[t, w, a] or not (heading or speed):
                    continue
                counts[w, 0] += 1
                if latest[w, a] != _NEVER:
                    gap[w] = min(gap[w], t - latest[w, a])
                if latest[w, a] == t - 1:
                    was_heading, was_speed = instructed(change[t - 1, w, a])
                    both_heading, both_speed = heading and was_heading, speed and was_speed
                    counts[w, 1] += both_heading + both_speed
                    counts[w, 2] += both_heading and change[t, w, a, 0] * change[t - 1, w, a, 0] < 0.0
                    counts[w, 2] += both_speed and change[t, w, a, 1] * change[t - 1, w, a, 1] < 0.0
                latest[w, a] = t
