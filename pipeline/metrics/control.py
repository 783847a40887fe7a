"""How much were the aircraft told to do: instructions, how often, and how often back and forth."""

from __future__ import annotations

import numpy as np

from pipeline.metrics.conflicts import Columns
from pipeline.metrics.flight import STEP_S, Flight

HEADING_DEG = 3.0
SPEED_KT = 5.0
"""A command of at least so much, in heading or in calibrated airspeed, is an instruction."""


def instructions(flight: Flight) -> np.ndarray:
    """(T, W, A, 2) bool: in this step the aircraft was instructed to change its heading, its speed."""
    large = np.abs(flight.change) >= np.array([HEADING_DEG, SPEED_KT])
    return large & flight.commanding[..., None]


def control(flight: Flight) -> Columns:
    """Columns (W,):

    instructions: steps with an instruction, heading and speed together being one, summed over aircraft.
    instructions_per_flight: the same per aircraft.
    min_instruction_gap_s: smallest time between two successive instructions of one aircraft; NaN without two.
    consecutive: pairs of instructions on the same axis (heading, speed) of one aircraft in two successive steps.
    reversals: those of them of opposite sign. oscillation: reversals / consecutive; NaN where there are none.
    """
    given = instructions(flight)
    either = given.any(3)
    both = given[1:] & given[:-1]
    consecutive = both.sum((0, 2, 3))
    reversals = (both & (flight.change[1:] * flight.change[:-1] < 0.0)).sum((0, 2, 3))
    total = either.sum((0, 2))
    return {
        "instructions": total,
        "instructions_per_flight": total / np.maximum(1, flight.num_aircraft),
        "min_instruction_gap_s": _smallest_gap_s(either),
        "consecutive": consecutive,
        "reversals": reversals,
        "oscillation": share(reversals, consecutive),
    }


def share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, NaN where the whole is 0."""
    return np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=np.asarray(whole) != 0)


def _smallest_gap_s(given: np.ndarray) -> np.ndarray:
    """(W,) of flags (T, W, A): the smallest time from one True of an aircraft to its next; NaN without two."""
    steps = np.arange(len(given), dtype=np.float64)[:, None, None]
    latest = np.maximum.accumulate(np.where(given, steps, -np.inf), axis=0)
    gaps = np.where(given[1:], steps[1:] - latest[:-1], np.inf)
    smallest = np.min(gaps, axis=(0, 2), initial=np.inf)
    return np.where(np.isfinite(smallest), STEP_S * smallest, np.nan)
