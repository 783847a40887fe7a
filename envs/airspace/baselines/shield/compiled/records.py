"""What the net's compiled loops work on: worlds as they are known, limits of instructions, tracks of candidates."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from envs.airspace.simulation.compiled.lanes import AIR, LANES, ROW, clear
from envs.airspace.simulation.compiled.worlds import TICKS_PER_STEP
from envs.airspace.simulation.disturbance_settings import MAX_ACTION_DELAY

MOST_STEPS = 16 + MAX_ACTION_DELAY
"""Within so many steps a candidate has to fly straight, or it is none: 180 degrees at the slowest rate of turn."""
MOST_TICKS = MOST_STEPS * TICKS_PER_STEP

NO_TARGET = np.nan
"""A heading or CAS of a candidate for which nothing is told: the last instruction stands."""


class World(NamedTuple):
    """What is known of one world of A slots, or with an axis (W,) before all others, of many: fields of its record.

    They are views, so that the net is compiled once for worlds of any size.
    """

    num_aircraft: np.ndarray
    disturbed: np.ndarray
    pressure: np.ndarray
    density: np.ndarray
    wind: np.ndarray
    present: np.ndarray
    active: np.ndarray
    responds: np.ndarray
    reported: np.ndarray
    kind: np.ndarray
    position: np.ndarray
    direction: np.ndarray
    waypoint: np.ndarray
    cas_range: np.ndarray
    action_delay: np.ndarray
    heading: np.ndarray
    tas: np.ndarray
    cas: np.ndarray
    commanded_heading: np.ndarray
    commanded_cas: np.ndarray
    commanded_tas: np.ndarray
    pending_action: np.ndarray
    report: np.ndarray


class Limits(NamedTuple):
    """What an instruction may change at the most, and counts from, in degrees and kt; whether who arrives vanishes.

    Handed on as a record, for the simulation's compiled functions take it: what is kept of them names no class of ours.
    """

    max_heading_change: float
    max_speed_change: float
    min_heading_change: float
    min_speed_change: float
    leave: bool


class Tracks(NamedTuple):
    """Tracks of n aircraft in LANES lanes, in NM, written by `roll_out`.

    Attributes:
        slots: (n,) where they are in the world.
        first: (n, 2, LANES) what they are told now, normalised; NaN: what leads to the target.
        target: (n, 2, LANES) heading (degrees) and CAS (kt), NO_TARGET for none.
        given: (n, 2, LANES) what they are told now, NaN resolved.
        position: (n, MOST_TICKS + 1, 2, LANES) east and north at the ends of ticks, from now on.
        gone: (n, LANES) the tick from which it is not there any more; beyond all ticks: it stays.
        until_s: (n, LANES) seconds of straight flight after the last tick after which it is gone.
        straight: (n, LANES) whether it flies straight at the last tick.
        steps: (n,) rolled out.
        rows, air: the simulation's scratch.
        fastest: (1,) kt, the largest TAS in any of them.
    """

    slots: np.ndarray
    first: np.ndarray
    target: np.ndarray
    given: np.ndarray
    position: np.ndarray
    gone: np.ndarray
    until_s: np.ndarray
    straight: np.ndarray
    steps: np.ndarray
    rows: np.ndarray
    air: np.ndarray
    fastest: np.ndarray


@njit(cache=True)
def room_for(num_aircraft):
    """Tracks for so many aircraft."""
    rows, air, pairs = np.empty((num_aircraft, ROW)), np.empty(AIR), np.empty((0, LANES))
    clear(rows, air, pairs)
    return Tracks(
        np.zeros(num_aircraft, np.int64),
        np.empty((num_aircraft, 2, LANES)),
        np.empty((num_aircraft, 2, LANES)),
        np.empty((num_aircraft, 2, LANES)),
        np.empty((num_aircraft, MOST_TICKS + 1, 2, LANES)),
        np.empty((num_aircraft, LANES), np.int64),
        np.empty((num_aircraft, LANES)),
        np.empty((num_aircraft, LANES), np.bool_),
        np.zeros(num_aircraft, np.int64),
        rows,
        air,
        np.zeros(1),
    )
