"""Where does drawn traffic start? Families of geometries, drawn from an episode's own seed.

Each family places aircraft in a frame of its own; the whole scenario is then turned by a random angle. A draw whose
starts come closer than the wanted separation is thrown away and drawn again, wider by 2 % each time.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.airspace.random_draws import integer, mix, uniform

CROSSING, MERGING, CHASING, HEAD_ON, CONVERGING, RANDOM = range(6)


@njit(cache=True)
def _place(w, a, worlds, east, north, heading, distance):
    """Put aircraft `a` at (east, north) NM with its waypoint `distance` NM straight ahead."""
    worlds.position[w, a, 0], worlds.position[w, a, 1] = east, north
    worlds.heading[w, a] = heading % 360.0
    worlds.waypoint[w, a, 0] = east + distance * math.sin(math.radians(heading))
    worlds.waypoint[w, a, 1] = north + distance * math.cos(math.radians(heading))


@njit(cache=True)
def _place_before(w, a, worlds, east, north, heading, before, beyond):
    """Put aircraft `a` on a track through (east, north): `before` NM ahead of that point, the waypoint `beyond` it."""
    sine, cosine = math.sin(math.radians(heading)), math.cos(math.radians(heading))
    _place(w, a, worlds, east - before * sine, north - before * cosine, heading, before + beyond)


@njit(cache=True)
def _crossing(w, worlds, draws, wider):
    """Two streams, each with parallel and opposite tracks, that cross at an angle of 30 to 150 degrees."""
    state, angle = worlds.draw_state, uniform(worlds.draw_state, w, 30.0, 150.0)
    spread = uniform(state, w, 0.0, 16.0) * wider
    start = uniform(state, w, draws.start_low, draws.start_high) * wider
    together = uniform(state, w, 0.0, 1.0) < 0.5
    for a in range(worlds.num_aircraft[w]):
        heading = (a % 2) * angle + 180.0 * integer(state, w, 0, 1)
        offset = uniform(state, w, -spread, spread)
        east, north = offset * math.cos(math.radians(heading)), -offset * math.sin(math.radians(heading))
        before = start + uniform(state, w, -3.0, 3.0)
        if not together:
            before = uniform(state, w, draws.start_low, draws.start_high) * wider
        _place_before(w, a, worlds, east, north, heading, before, uniform(state, w, draws.waypoint_low, draws.waypoint_high))


@njit(cache=True)
def _converging(w, worlds, draws, wider):
    """From all sides to one point; the waypoints just past it, or far beyond."""
    state, count = worlds.draw_state, worlds.num_aircraft[w]
    start = uniform(state, w, draws.start_low, draws.start_high) * wider
    jitter = uniform(state, w, 0.0, 4.0)
    short = uniform(state, w, 0.0, 1.0) < 0.4
    beyond = uniform(state, w, 1.0, 4.0) if short else uniform(state, w, draws.waypoint_low, draws.waypoint_high)
    for a in range(count):
        heading = 360.0 * a / count + uniform(state, w, -60.0, 60.0) / count
        before = start + uniform(state, w, -jitter, jitter)
        _place_before(w, a, worlds, 0.0, 0.0, heading, before, beyond)


@njit(cache=True)
def _merging(w, worlds, draws, wider):
    """Streams within 30 degrees to one waypoint; sometimes one aircraft in four beside it, sometimes two opposite fans."""
    state = worlds.draw_state
    start = uniform(state, w, draws.merge_low, draws.merge_high) * wider
    fan = uniform(state, w, 5.0, 30.0) * wider
    aside = uniform(state, w, 6.0, 28.0)
    opposite = uniform(state, w, 0.0, 1.0) < 0.3
    jitter = uniform(state, w, 0.0, 5.0)
    for a in range(worlds.num_aircraft[w]):
        second = (opposite and a % 2 == 1) or (not opposite and uniform(state, w, 0.0, 1.0) < 0.2)
        heading = uniform(state, w, -fan, fan) + (180.0 if second and opposite else 0.0)
        point = aside if second else (-aside if opposite else 0.0)
        _place_before(w, a, worlds, point, 0.0, heading, start + uniform(state, w, -jitter, jitter), 0.0)


@njit(cache=True)
def _chasing(w, worlds, draws, wider):
    """In trail on one or two lanes, sometimes to a common waypoint."""
    state, count = worlds.draw_state, worlds.num_aircraft[w]
    lanes = integer(state, w, 1, 2)
    aside = uniform(state, w, 6.0, 18.0) * wider
    gap = uniform(state, w, draws.start_separation + 0.1, 10.0) * wider
    ahead = uniform(state, w, draws.waypoint_low, draws.waypoint_high)
    common = uniform(state, w, 0.0, 1.0) < 0.7
    for a in range(count):
        back = (a // lanes) * gap + uniform(state, w, 0.0, 1.0)
        offset = uniform(state, w, -0.5, 0.5)
        _place(w, a, worlds, (a % lanes) * aside + offset, -back, 0.0, ahead + (back if common else 0.0))
        if common:
            worlds.waypoint[w, a, 0] = (a % lanes) * aside


@njit(cache=True)
def _head_on(w, worlds, draws, wider):
    """Opposite pairs on neighbouring tracks; now and then one that crosses."""
    state = worlds.draw_state
    aside = uniform(state, w, 6.0, 16.0) * wider
    for a in range(worlds.num_aircraft[w]):
        pair = a // 2
        east = pair * aside + uniform(state, w, -2.5, 2.5)
        heading = 180.0 * (a % 2)
        if pair > 0 and uniform(state, w, 0.0, 1.0) < 0.4:
            heading, east = uniform(state, w, 60.0, 120.0) + 180.0 * (a % 2), uniform(state, w, -3.0, 3.0)
        before = uniform(state, w, 0.6 * draws.start_low, draws.start_high) * wider
        beyond = uniform(state, w, 0.5, 1.1) * before
        _place_before(w, a, worlds, east, 0.0, heading, before, beyond)


@njit(cache=True)
def _random(w, worlds, draws, wider):
    """Anywhere in a disc, heading roughly for a waypoint anywhere in it."""
    state, count = worlds.draw_state, worlds.num_aircraft[w]
    radius = draws.start_high * wider * math.sqrt(max(1.0, count / 6.0))
    for a in range(count):
        angle = uniform(state, w, 0.0, 2 * math.pi)
        distance = radius * math.sqrt(uniform(state, w, 0.0, 1.0))
        heading = uniform(state, w, 0.0, 360.0)
        ahead = uniform(state, w, draws.waypoint_low, draws.waypoint_high + draws.start_high)
        _place(w, a, worlds, distance * math.sin(angle), distance * math.cos(angle), heading, ahead)
        worlds.heading[w, a] = (heading + uniform(state, w, -30.0, 30.0)) % 360.0


@njit(cache=True)
def _draw_family(w, worlds, draws):
    """The index of a family, by weight."""
    total = 0.0
    for weight in draws.family_weights:
        total += weight
    left = uniform(worlds.draw_state, w, 0.0, total)
    chosen = 0
    for family in range(len(draws.family_weights)):
        if draws.family_weights[family] > 0.0 and left >= 0.0:
            chosen = family
        left -= draws.family_weights[family]
    return chosen


@njit(cache=True)
def _draw_geometry(w, worlds, draws, wider):
    family = worlds.family[w]
    if family == CROSSING:
        _crossing(w, worlds, draws, wider)
    elif family == MERGING:
        _merging(w, worlds, draws, wider)
    elif family == CHASING:
        _chasing(w, worlds, draws, wider)
    elif family == HEAD_ON:
        _head_on(w, worlds, draws, wider)
    elif family == CONVERGING:
        _converging(w, worlds, draws, wider)
    else:
        _random(w, worlds, draws, wider)


@njit(cache=True)
def _far_enough(w, worlds, wanted):
    """Whether all starts are `wanted` NM apart."""
    count = worlds.num_aircraft[w]
    for a in range(count):
        for b in range(a + 1, count):
            east = worlds.position[w, b, 0] - worlds.position[w, a, 0]
            north = worlds.position[w, b, 1] - worlds.position[w, a, 1]
            if east * east + north * north < wanted * wanted:
                return False
    return True


@njit(cache=True)
def _turn(w, worlds, angle):
    """Turn the whole scenario clockwise by `angle` degrees about the origin."""
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    for a in range(worlds.num_aircraft[w]):
        for points in (worlds.position, worlds.waypoint):
            east, north = points[w, a, 0], points[w, a, 1]
            points[w, a, 0], points[w, a, 1] = east * cosine + north * sine, north * cosine - east * sine
        worlds.heading[w, a] = (worlds.heading[w, a] + angle) % 360.0


@njit(cache=True)
def _draw_aircraft(w, worlds, draws):
    """Types and speeds: all alike, or each its own."""
    state = worlds.draw_state
    alike = uniform(state, w, 0.0, 1.0) < draws.equal_speed_share
    cas = uniform(state, w, draws.cas_low, draws.cas_high)
    for a in range(worlds.num_aircraft[w]):
        worlds.kind[w, a] = integer(state, w, 0, draws.num_kinds - 1)
        worlds.cas[w, a] = cas if alike else uniform(state, w, draws.cas_low, draws.cas_high)


@njit(cache=True)
def draw_traffic(w, worlds, draws):
    """Draw the start of world `w` from its `episode_seed`: number, family, positions, headings, speeds, waypoints."""
    worlds.draw_state[w] = mix(worlds.episode_seed[w] + np.uint64(1))
    worlds.scenario[w] = -1
    worlds.num_aircraft[w] = integer(worlds.draw_state, w, draws.min_aircraft, draws.max_aircraft)
    worlds.family[w] = _draw_family(w, worlds, draws)
    _draw_aircraft(w, worlds, draws)
    wider = 1.0
    _draw_geometry(w, worlds, draws, wider)
    while not _far_enough(w, worlds, draws.start_separation):
        wider *= 1.02
        _draw_geometry(w, worlds, draws, wider)
    _turn(w, worlds, uniform(worlds.draw_state, w, 0.0, 360.0))
