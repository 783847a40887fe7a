"""Which pairs were in conflict, from when to when, and what came of it: one row per pair and conflict.

A pair is in conflict in a step when, by the field's state-based detection at the step's start (`approach.py`), it is
inside 5 NM or enters it within 300 s if both fly straight on, or when it loses separation within the step unforeseen.
So every loss of separation belongs to a conflict. Both must be present; an arrived aircraft that flies on counts. Of a
warm-up nothing counts: a conflict that outlasts it begins with the first counted step.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from envs.airspace.evaluation.approach import entry_time, predict, relative
from envs.airspace.evaluation.flight import STEP_S, Flight
from envs.airspace.simulation.compiled.worlds import LOSS_NM

LOOK_AHEAD_S = 300.0
"""BlueSky's default, and the field's."""

Columns = dict[str, np.ndarray]


def conflicts(flight: Flight) -> Columns:
    """The table of conflicts, rows ordered by world, pair and time.

    Columns (N,):
        world, aircraft_a, aircraft_b: which pair, slots a < b.
        time_in_s, time_out_s: from the first state in conflict to the first one out of it, since the episode's start.
        time_to_entry_s: at time in, until below 5 NM on straight tracks; 0 where already, NaN where not foreseen.
        dcpa_nm, tcpa_s: at time in, on straight tracks (TCPA negative: moving apart).
        min_separation_nm: smallest distance from time in to time out, by ticks where the recording is.
        los: below 5 NM in that time; otherwise the conflict was resolved.
        severity: (5 - min_separation_nm) / 5 of a loss of separation, 0 of a resolved conflict.
        secondary: a or b was in another conflict in the step before (never so in an episode's first counted step).
        open: still in conflict when the episode ended or one of the two left.
    """
    flags = conflict_steps(flight, LOSS_NM)
    world, pair, first, last = runs(flags.transpose(1, 2, 0))
    slots = flight.pairs[pair]
    smallest = _smallest(flight.pair_separation_nm, world, pair, first, last)
    tcpa_s, dcpa_nm, entry_s = predict(*_relative(flight, first, world, slots), LOSS_NM)
    return {
        "world": world,
        "aircraft_a": slots[:, 0],
        "aircraft_b": slots[:, 1],
        "time_in_s": STEP_S * first,
        "time_out_s": STEP_S * last,
        "time_to_entry_s": np.where(entry_s < LOOK_AHEAD_S, entry_s, np.nan),
        "dcpa_nm": dcpa_nm,
        "tcpa_s": tcpa_s,
        "min_separation_nm": smallest,
        "los": smallest < LOSS_NM,
        "severity": np.maximum(0.0, LOSS_NM - smallest) / LOSS_NM,
        "secondary": _secondary(flight, flags, world, slots, first),
        "open": _open(flight, world, slots, last),
    }


def conflict_counts(flight: Flight, table: Columns) -> Columns:
    """Conflicts of each episode, from the table of conflicts: columns (W,), num_conflicts and those with a property.

    conflicts_los: lost separation; conflicts_secondary: began while one of the two was in another.
    """
    weights = {"": None, "_los": table["los"], "_secondary": table["secondary"]}
    return {
        f"conflicts{name}": np.bincount(table["world"], weight, flight.num_worlds).astype(np.int64)
        for name, weight in weights.items()
    }


def conflict_steps(flight: Flight, zone_nm: float) -> np.ndarray:
    """(T, W, P) bool: the pair is in conflict in this counted step, with a zone of `zone_nm` around each aircraft."""
    flags = np.zeros(flight.pair_separation_nm.shape, np.bool_)
    _scan(
        flight.position_nm,
        flight.velocity_kt,
        flight.present,
        flight.pair_separation_nm,
        flight.pairs,
        flight.counted,
        zone_nm,
        LOOK_AHEAD_S,
        flags,
    )
    return flags


@njit(cache=True)
def _scan(position, velocity, present, separation, pairs, counted, zone_nm, look_ahead_s, flags):
    """Fill `flags` (T, W, P)."""
    for t in range(flags.shape[0]):
        for w in range(flags.shape[1]):
            if not counted[t, w]:
                continue
            for p in range(pairs.shape[0]):
                a, b = pairs[p, 0], pairs[p, 1]
                if present[t, w, a] and present[t, w, b]:
                    east, north, east_kt, north_kt = relative(position, velocity, t, w, a, b)
                    entry_s = entry_time(east, north, east_kt, north_kt, zone_nm)
                    flags[t, w, p] = entry_s < look_ahead_s or separation[t, w, p] < LOSS_NM


def runs(flags: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Runs of True along the last axis of (I, J, T), ordered by i, j and time: i, j, first step, first step after."""
    i, j, t = np.nonzero(flags)
    begins = np.ones(len(t), bool)
    begins[1:] = (i[1:] != i[:-1]) | (j[1:] != j[:-1]) | (t[1:] != t[:-1] + 1)
    ends = np.append(begins[1:], True)[: len(t)]
    return i[begins], j[begins], t[begins], t[ends] + 1


def _smallest(
    separation_nm: np.ndarray, world: np.ndarray, pair: np.ndarray, first: np.ndarray, last: np.ndarray
) -> np.ndarray:
    """The smallest of each row's separations from step `first` up to, not including, `last`."""
    if len(first) == 0:
        return np.zeros(0)
    num_steps, _, num_pairs = separation_nm.shape
    by_pair = np.append(separation_nm.transpose(1, 2, 0).ravel(), np.inf)
    start = (world * num_pairs + pair) * num_steps
    bounds = np.stack([start + first, start + last], 1).ravel()
    return np.minimum.reduceat(by_pair, bounds)[::2]


def _relative(flight: Flight, step: np.ndarray, world: np.ndarray, slots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Position and velocity (N, 2) of b relative to a."""
    a, b = (step, world, slots[:, 0]), (step, world, slots[:, 1])
    return flight.position_nm[b] - flight.position_nm[a], flight.velocity_kt[b] - flight.velocity_kt[a]


def _secondary(
    flight: Flight, flags: np.ndarray, world: np.ndarray, slots: np.ndarray, first: np.ndarray
) -> np.ndarray:
    """Whether a or b was in a conflict in the step before; it cannot have been with each other."""
    engaged = aircraft_flags(flags, flight.pairs, flight.num_slots)
    before = first - 1
    return (first > 0) & (engaged[before, world, slots[:, 0]] | engaged[before, world, slots[:, 1]])


def _open(flight: Flight, world: np.ndarray, slots: np.ndarray, last: np.ndarray) -> np.ndarray:
    both = flight.present[last, world, slots[:, 0]] & flight.present[last, world, slots[:, 1]]
    return (last == flight.num_steps[world]) | ~both


def aircraft_flags(flags: np.ndarray, pairs: np.ndarray, num_slots: int) -> np.ndarray:
    """(T, W, A) bool from pairs' flags (T, W, P): some pair of this aircraft has it."""
    engaged = np.zeros((*flags.shape[:2], num_slots), np.bool_)
    _engage(flags, pairs, engaged)
    return engaged


@njit(cache=True)
def _engage(flags, pairs, engaged):
    for t, w, p in np.ndindex(flags.shape):
        if flags[t, w, p]:
            engaged[t, w, pairs[p, 0]] = engaged[t, w, pairs[p, 1]] = True
