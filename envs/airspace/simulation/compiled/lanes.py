"""Thirty-two worlds side by side: the scratch on which a step is computed.

A world's record holds its numbers together, which suits Python. A step first spreads so many worlds over lanes: each
quantity of one aircraft slot becomes a short run of LANES numbers, one per world, and loops over lanes become vector
instructions. Afterwards the results are gathered back. A lane never looks at another: a world's numbers are the same
bits alone or among thousands.

Scratch arrays: `rows` (A, ROW), a row of quantities per slot; `air` (AIR,), quantities per world; `pairs` (P, LANES),
1.0 where pair p (0-1, 0-2, .., 1-2, ..) came below 5 NM. A quantity's constant is its offset: `rows[a, EAST + lane]`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

LANES = 32

EAST, NORTH = 0 * LANES, 1 * LANES
MOVE_EAST, MOVE_NORTH = 2 * LANES, 3 * LANES
SINE, COSINE = 4 * LANES, 5 * LANES
HEADING, TAS, CAS = 6 * LANES, 7 * LANES, 8 * LANES
COMMANDED_HEADING, COMMANDED_TAS, COMMANDED_CAS = 9 * LANES, 10 * LANES, 11 * LANES
WAYPOINT_EAST, WAYPOINT_NORTH = 12 * LANES, 13 * LANES
ACTION_HEADING, ACTION_SPEED = 14 * LANES, 15 * LANES  # normalised; then what of it was applied
CAS_LOW, CAS_HIGH = 16 * LANES, 17 * LANES
KIND = 18 * LANES
PRESENT, ACTIVE = 19 * LANES, 20 * LANES  # 1.0 or 0.0
TICKS = 21 * LANES  # ticks under way in this step, up to and with the one of arrival
SEPARATION = 22 * LANES  # squared, NM2, until the step is concluded
REACHED, DRIFT = 23 * LANES, 24 * LANES  # waypoint distance and drift at the step's end or at arrival
DISTANCE, BEARING_COSINE, BEARING_SINE = 25 * LANES, 26 * LANES, 27 * LANES  # of the waypoint, at the step's end
SEEN = 28 * LANES  # 1.0 where the others see the aircraft
SEEN_EAST, SEEN_NORTH = 29 * LANES, 30 * LANES  # where they see it
SEEN_EAST_SPEED, SEEN_NORTH_SPEED = 31 * LANES, 32 * LANES  # through the air, kt
PROGRESS, SAFETY = 33 * LANES, 34 * LANES  # changes of waypoint distance and nearest separation, NM
PRECEDENCE = 35 * LANES  # who has more of it goes first
ROW = 36 * LANES

WIND_EAST, WIND_NORTH = 0 * LANES, 1 * LANES
PRESSURE, DENSITY = 2 * LANES, 3 * LANES
REFERENCE_TAS = 4 * LANES
LOST, LOST_TICKS = 5 * LANES, 6 * LANES
TIME_LEFT = 7 * LANES
AIR = 8 * LANES


@njit(cache=True)
def clear(rows, air, pairs):
    """Fill the scratch with numbers that cannot disturb: nobody is present anywhere."""
    rows[:] = 0.0
    air[:] = 0.0
    pairs[:] = 0.0
    air[PRESSURE : PRESSURE + LANES] = 1e5
    air[DENSITY : DENSITY + LANES] = 1.0
    for a in range(rows.shape[0]):
        rows[a, TAS : TAS + LANES] = 250.0
        rows[a, COMMANDED_TAS : COMMANDED_TAS + LANES] = 250.0
        rows[a, SEPARATION : SEPARATION + LANES] = np.inf


@njit(cache=True)
def occupied(rows, quantity):
    """The slots (N,), ascending, in which `quantity` (PRESENT, SEEN) is 1 in some lane: others are nobody's pair."""
    slots, count = np.empty(rows.shape[0], np.int64), 0
    for a in range(rows.shape[0]):
        for i in range(LANES):
            if rows[a, quantity + i] > 0.5:
                slots[count] = a
                count += 1
                break
    return slots[:count]


@njit(cache=True)
def spread_air(world, air, lane):
    """Put what holds for a whole world into its lane."""
    air[WIND_EAST + lane], air[WIND_NORTH + lane] = world.wind[0], world.wind[1]
    air[PRESSURE + lane], air[DENSITY + lane] = world.pressure, world.density
    air[REFERENCE_TAS + lane] = world.reference_tas


@njit(cache=True)
def spread(world, a, rows, lane):
    """Put aircraft `a` of a world into its lane, at the beginning of a step."""
    rows[a, EAST + lane], rows[a, NORTH + lane] = world.position[a, 0], world.position[a, 1]
    rows[a, SINE + lane], rows[a, COSINE + lane] = world.direction[a, 0], world.direction[a, 1]
    rows[a, HEADING + lane], rows[a, TAS + lane], rows[a, CAS + lane] = world.heading[a], world.tas[a], world.cas[a]
    rows[a, COMMANDED_HEADING + lane] = world.commanded_heading[a]
    rows[a, COMMANDED_TAS + lane], rows[a, COMMANDED_CAS + lane] = world.commanded_tas[a], world.commanded_cas[a]
    rows[a, WAYPOINT_EAST + lane], rows[a, WAYPOINT_NORTH + lane] = world.waypoint[a, 0], world.waypoint[a, 1]
    rows[a, CAS_LOW + lane], rows[a, CAS_HIGH + lane] = world.cas_range[a, 0], world.cas_range[a, 1]
    rows[a, KIND + lane] = world.kind[a]
    rows[a, PRESENT + lane], rows[a, ACTIVE + lane] = world.present[a], world.active[a]


@njit(cache=True)
def gather_commands(world, a, rows, lane):
    """Take what aircraft `a` of a world is to do out of its lane."""
    world.commanded_heading[a] = rows[a, COMMANDED_HEADING + lane]
    world.commanded_tas[a], world.commanded_cas[a] = rows[a, COMMANDED_TAS + lane], rows[a, COMMANDED_CAS + lane]
    world.applied_action[a, 0], world.applied_action[a, 1] = (
        rows[a, ACTION_HEADING + lane],
        rows[a, ACTION_SPEED + lane],
    )


@njit(cache=True)
def gather(world, a, rows, lane):
    """Take aircraft `a` of a world out of its lane, at the end of a step."""
    world.position[a, 0], world.position[a, 1] = rows[a, EAST + lane], rows[a, NORTH + lane]
    world.direction[a, 0], world.direction[a, 1] = rows[a, SINE + lane], rows[a, COSINE + lane]
    world.heading[a], world.tas[a], world.cas[a] = rows[a, HEADING + lane], rows[a, TAS + lane], rows[a, CAS + lane]
    gather_commands(world, a, rows, lane)
    world.separation[a] = rows[a, SEPARATION + lane]
    if world.was_active[a]:
        world.active[a] = rows[a, ACTIVE + lane] > 0.5
        world.arrived[a] = rows[a, ACTIVE + lane] < 0.5
        world.present[a] = rows[a, PRESENT + lane] > 0.5
        world.active_ticks[a] = np.int64(rows[a, TICKS + lane])
        world.waypoint_distance[a], world.drift[a] = rows[a, REACHED + lane], rows[a, DRIFT + lane]
