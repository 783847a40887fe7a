"""Where would each aircraft fly under 32 candidate plans? Rolled out by the simulation's own compiled functions.

A candidate is what an aircraft is told now, and a heading and a CAS that it is brought to afterwards, to fly straight
on for ever. It looks at nobody: an aircraft's track depends on its own candidate alone, so that n aircraft in LANES
lanes tell of LANES ** n joint plans.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.airspace.baselines.shield.compiled.records import MOST_STEPS, MOST_TICKS
from envs.airspace.simulation.compiled.dynamics import accelerate, arrive, command, move, read_airspeed, turn, wrap_deg
from envs.airspace.simulation.compiled.lanes import (
    ACTION_HEADING,
    ACTION_SPEED,
    ACTIVE,
    CAS,
    CAS_HIGH,
    CAS_LOW,
    COMMANDED_CAS,
    COMMANDED_HEADING,
    COMMANDED_TAS,
    COSINE,
    DENSITY,
    EAST,
    HEADING,
    KIND,
    LANES,
    MOVE_EAST,
    MOVE_NORTH,
    NORTH,
    PRESENT,
    PRESSURE,
    SINE,
    TAS,
    TICKS,
    WAYPOINT_EAST,
    WAYPOINT_NORTH,
    WIND_EAST,
    WIND_NORTH,
)
from envs.airspace.simulation.compiled.worlds import TICKS_PER_STEP
from envs.airspace.simulation.traffic.traffic_settings import ARRIVAL_NM

_SAME = 1e-6
"""Degrees and kt: who is that near to its target is told no more."""
_S_UNTIL_GONE = 2.0
"""After the closest approach to its waypoint an aircraft that vanishes on arrival surely is gone."""
_SURELY_NM = 0.9 * ARRIVAL_NM
"""Who passes its waypoint that near is within the radius of arrival at the end of some tick."""


@njit(cache=True)
def _fill(row, quantity, value):
    row[quantity : quantity + LANES] = value


@njit(cache=True)
def _place(world, a, row):
    """Put aircraft `a` into all lanes as it is known: its state, or where reports are disturbed the last report."""
    east, north, heading = world.position[a, 0], world.position[a, 1], world.heading[a]
    sine, cosine, tas, cas = world.direction[a, 0], world.direction[a, 1], world.tas[a], world.cas[a]
    if world.disturbed:
        east, north = world.report[a, 0], world.report[a, 1]
        tas = max(math.sqrt(world.report[a, 2] ** 2 + world.report[a, 3] ** 2), 1.0)
        sine, cosine = world.report[a, 2] / tas, world.report[a, 3] / tas
        heading = math.degrees(math.atan2(sine, cosine)) % 360.0
        cas = world.cas[a] * tas / world.tas[a]
    _fill(row, EAST, east)
    _fill(row, NORTH, north)
    _fill(row, HEADING, heading)
    _fill(row, SINE, sine)
    _fill(row, COSINE, cosine)
    _fill(row, TAS, tas)
    _fill(row, CAS, cas)
    _fill(row, COMMANDED_HEADING, world.commanded_heading[a])
    _fill(row, COMMANDED_TAS, world.commanded_tas[a])
    _fill(row, COMMANDED_CAS, world.commanded_cas[a])
    _fill(row, WAYPOINT_EAST, world.waypoint[a, 0])
    _fill(row, WAYPOINT_NORTH, world.waypoint[a, 1])
    _fill(row, CAS_LOW, world.cas_range[a, 0])
    _fill(row, CAS_HIGH, world.cas_range[a, 1])
    _fill(row, KIND, world.kind[a])
    _fill(row, PRESENT, 1.0)
    _fill(row, ACTIVE, 1.0 if world.active[a] else 0.0)
    _fill(row, MOVE_EAST, (tas * sine + world.wind[0]) / 3600.0)
    _fill(row, MOVE_NORTH, (tas * cosine + world.wind[1]) / 3600.0)


@njit(cache=True)
def _towards(difference, largest):
    """The normalised change that brings an aircraft by `difference` nearer to its target; 0 where it has none."""
    if math.isnan(difference) or abs(difference) < _SAME:
        return 0.0
    return min(max(difference / largest, -1.0), 1.0)


@njit(cache=True)
def _instruct(tracks, n, step, world, limits):
    """What is told in a step: what is on its way, then what is told now, then what leads to the target."""
    a, row = tracks.slots[n], tracks.rows[n]
    delay = world.action_delay[a]
    for i in range(LANES):
        heading = _towards(wrap_deg(tracks.target[n, 0, i] - row[HEADING + i]), limits.max_heading_change)
        speed = _towards(tracks.target[n, 1, i] - row[CAS + i], limits.max_speed_change)
        if step == delay:
            first_heading, first_speed = tracks.first[n, 0, i], tracks.first[n, 1, i]
            heading = heading if math.isnan(first_heading) else first_heading
            speed = speed if math.isnan(first_speed) else first_speed
            tracks.given[n, 0, i], tracks.given[n, 1, i] = heading, speed
        elif step < delay:
            heading, speed = world.pending_action[a, step, 0], world.pending_action[a, step, 1]
        heeds = row[ACTIVE + i] > 0.5 and world.responds[a]
        row[ACTION_HEADING + i] = heading if heeds else 0.0
        row[ACTION_SPEED + i] = speed if heeds else 0.0


@njit(cache=True)
def _note(tracks, n, tick):
    """Keep where an aircraft is after a tick, or in lanes where it has gone, from when on."""
    row = tracks.rows[n]
    for i in range(LANES):
        tracks.position[n, tick, 0, i], tracks.position[n, tick, 1, i] = row[EAST + i], row[NORTH + i]
        tracks.gone[n, i] = min(tracks.gone[n, i], tick) if row[PRESENT + i] < 0.5 else tracks.gone[n, i]


@njit(cache=True)
def _fly_step(tracks, n, step, world, fleet, limits):
    """Ten seconds of aircraft `n`."""
    rows, air = tracks.rows, tracks.air
    _instruct(tracks, n, step, world, limits)
    _fill(rows[n], TICKS, 0.0)
    command(rows, n, air, limits)
    for tick in range(step * TICKS_PER_STEP, (step + 1) * TICKS_PER_STEP):
        accelerate(rows, n, fleet)
        turn(rows, n)
        move(rows, n, air, limits.leave)
        _note(tracks, n, tick + 1)
        arrive(rows, n)
    read_airspeed(rows, n, air)
    for i in range(LANES):
        if limits.leave and rows[n, ACTIVE + i] < 0.5:
            rows[n, PRESENT + i] = 0.0
    _see_speed(tracks, n)


@njit(cache=True)
def _see_speed(tracks, n):
    """Keep the largest speed in sight; within a step TAS goes one way, so that looking between steps is enough."""
    for i in range(LANES):
        tracks.fastest[0] = max(tracks.fastest[0], tracks.rows[n, TAS + i])


@njit(cache=True)
def _counts(change, largest, smallest):
    return abs(change * largest) >= smallest and change != 0.0


@njit(cache=True)
def _see_straight(tracks, n, step, world, limits):
    """Note in which lanes aircraft `n` flies straight from now on; whether it does in all."""
    a, row, everywhere = tracks.slots[n], tracks.rows[n], True
    told = step > world.action_delay[a]
    for i in range(LANES):
        heading = _towards(wrap_deg(tracks.target[n, 0, i] - row[HEADING + i]), limits.max_heading_change)
        speed = _towards(tracks.target[n, 1, i] - row[CAS + i], limits.max_speed_change)
        more = _counts(heading, limits.max_heading_change, limits.min_heading_change)
        more = more or _counts(speed, limits.max_speed_change, limits.min_speed_change)
        listens = row[ACTIVE + i] > 0.5 and world.responds[a]
        there = row[COMMANDED_HEADING + i] == row[HEADING + i] and row[COMMANDED_TAS + i] == row[TAS + i]
        tracks.straight[n, i] = there and (not listens or (told and not more))
        everywhere = everywhere and tracks.straight[n, i]
    return everywhere


@njit(cache=True)
def _see_end(tracks, n, limits):
    """Until when an aircraft is there that flies straight on after the last tick."""
    row = tracks.rows[n]
    for i in range(LANES):
        tracks.until_s[n, i] = np.inf
        if not limits.leave:
            continue
        if row[ACTIVE + i] < 0.5:
            tracks.until_s[n, i] = 0.0
            continue
        east, north = row[WAYPOINT_EAST + i] - row[EAST + i], row[WAYPOINT_NORTH + i] - row[NORTH + i]
        speed = math.hypot(row[MOVE_EAST + i], row[MOVE_NORTH + i])
        if speed == 0.0:
            continue
        ahead = (east * row[MOVE_EAST + i] + north * row[MOVE_NORTH + i]) / speed
        aside = (east * row[MOVE_NORTH + i] - north * row[MOVE_EAST + i]) / speed
        if ahead > 0.0 and abs(aside) < _SURELY_NM:
            tracks.until_s[n, i] = ahead / speed + _S_UNTIL_GONE


@njit(cache=True)
def _set_out(tracks, n, world):
    """Put aircraft `n` where it is, before anything was flown."""
    _place(world, tracks.slots[n], tracks.rows[n])
    tracks.gone[n], tracks.steps[n] = MOST_TICKS + 1, 0
    _note(tracks, n, 0)
    _see_speed(tracks, n)


@njit(cache=True)
def _fill_air(tracks, world):
    _fill(tracks.air, WIND_EAST, world.wind[0])
    _fill(tracks.air, WIND_NORTH, world.wind[1])
    _fill(tracks.air, PRESSURE, world.pressure)
    _fill(tracks.air, DENSITY, world.density)


@njit(cache=True)
def roll_out(tracks, count, world, fleet, limits):
    """Fly the first `count` aircraft of `tracks` by their candidates until all fly straight; the steps that it took.

    Each is flown until it flies straight itself, and then, in a second round, as far as the one that took longest.
    """
    tracks.fastest[0], most = 0.0, MOST_STEPS
    _fill_air(tracks, world)
    for n in range(count):
        _set_out(tracks, n, world)
    for again in (False, True):
        for n in range(count):
            straight = again
            while tracks.steps[n] < most and (again or not straight):
                _fly_step(tracks, n, tracks.steps[n], world, fleet, limits)
                tracks.steps[n] += 1
                straight = _see_straight(tracks, n, tracks.steps[n], world, limits)
        if not again:
            most = tracks.steps[:count].max()
    for n in range(count):
        _see_end(tracks, n, limits)
    return most
