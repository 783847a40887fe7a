"""Where does drawn traffic start? Families of geometries, drawn from an episode's own seed.

Each family places aircraft in a frame of its own; the whole scenario is then turned by a random angle. A draw whose
starts come closer than the wanted separation is thrown away and drawn again, wider by 2 % each time.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.airspace.random_draws import integer, mix, uniform

CHASE_NM = 6.0
"""Aircraft in trail start no closer, so that at equal speeds a chase in which nobody acts stays clear."""

CROSSING, MERGING, CHASING, HEAD_ON, CONVERGING, RANDOM = range(6)


@njit(cache=True)
def _place(a, world, east, north, heading, distance):
    """Put aircraft `a` at (east, north) NM with its waypoint `distance` NM straight ahead."""
    world.position[a, 0], world.position[a, 1] = east, north
    world.heading[a] = heading % 360.0
    world.waypoint[a, 0] = east + distance * math.sin(math.radians(heading))
    world.waypoint[a, 1] = north + distance * math.cos(math.radians(heading))


@njit(cache=True)
def _place_before(a, world, east, north, heading, before, beyond):
    """Put aircraft `a` on a track through (east, north): `before` NM ahead of that point, the waypoint `beyond` it."""
    sine, cosine = math.sin(math.radians(heading)), math.cos(math.radians(heading))
    _place(a, world, east - before * sine, north - before * cosine, heading, before + beyond)


@njit(cache=True)
def _distance(world, low, high, common, together):
    """A distance from low..high, pulled towards a `common` one: not at all (`together` 0) or wholly (1)."""
    return common + (1.0 - together) * (uniform(world, low, high) - common)


@njit(cache=True)
def _crossing(world, draws, wider):
    """Two streams, each with parallel and opposite tracks, that cross at an angle of 30 to 150 degrees."""
    angle = uniform(world, 30.0, 150.0)
    spread = uniform(world, 0.0, 16.0) * wider
    start = uniform(world, draws.start_low, draws.start_high)
    together = 0.85 if uniform(world, 0.0, 1.0) < 0.5 else 0.0
    for a in range(world.num_aircraft):
        heading = (a % 2) * angle + 180.0 * integer(world, 0, 1)
        offset = uniform(world, -spread, spread)
        east, north = offset * math.cos(math.radians(heading)), -offset * math.sin(math.radians(heading))
        before = _distance(world, draws.start_low, draws.start_high, start, together) * wider
        _place_before(a, world, east, north, heading, before, uniform(world, draws.waypoint_low, draws.waypoint_high))


@njit(cache=True)
def _converging(world, draws, wider):
    """From all sides to one point; the waypoints just past it, or far beyond."""
    count = world.num_aircraft
    start = uniform(world, draws.start_low, draws.start_high)
    together = uniform(world, 0.8, 1.0)
    short = uniform(world, 0.0, 1.0) < 0.4
    beyond = uniform(world, 1.0, 4.0) if short else uniform(world, draws.waypoint_low, draws.waypoint_high)
    for a in range(count):
        heading = 360.0 * a / count + uniform(world, -60.0, 60.0) / count
        before = _distance(world, draws.start_low, draws.start_high, start, together) * wider
        _place_before(a, world, 0.0, 0.0, heading, before, beyond)


@njit(cache=True)
def _merging(world, draws, wider):
    """Streams within 30 degrees to one waypoint; sometimes one aircraft beside it, sometimes two opposite fans."""
    start = uniform(world, draws.merge_low, draws.merge_high)
    fan = uniform(world, 5.0, 30.0) * wider
    aside = uniform(world, 6.0, 28.0)
    opposite = uniform(world, 0.0, 1.0) < 0.3
    together = uniform(world, 0.8, 1.0)
    for a in range(world.num_aircraft):
        second = (opposite and a % 2 == 1) or (not opposite and uniform(world, 0.0, 1.0) < 0.2)
        heading = uniform(world, -fan, fan) + (180.0 if second and opposite else 0.0)
        point = aside if second else (-aside if opposite else 0.0)
        before = _distance(world, draws.merge_low, draws.merge_high, start, together) * wider
        _place_before(a, world, point, 0.0, heading, before, 0.0)


@njit(cache=True)
def _chasing(world, draws, wider):
    """In trail on one or two lanes, sometimes to a common waypoint."""
    count = world.num_aircraft
    lanes = integer(world, 1, 2)
    aside = uniform(world, 7.0, 18.0) * wider
    gap = uniform(world, max(draws.start_separation, CHASE_NM) + 0.5, 11.0) * wider
    ahead = uniform(world, draws.waypoint_low, draws.waypoint_high)
    common = uniform(world, 0.0, 1.0) < 0.7
    for a in range(count):
        back = (a // lanes) * gap + uniform(world, 0.0, 0.5)
        offset = uniform(world, -0.5, 0.5)
        _place(a, world, (a % lanes) * aside + offset, -back, 0.0, ahead + (back if common else 0.0))
        if common:
            world.waypoint[a, 0] = (a % lanes) * aside


@njit(cache=True)
def _head_on(world, draws, wider):
    """Opposite pairs on neighbouring tracks; now and then one that crosses."""
    aside = uniform(world, 6.0, 16.0) * wider
    for a in range(world.num_aircraft):
        pair = a // 2
        east = pair * aside + uniform(world, -2.5, 2.5)
        heading = 180.0 * (a % 2)
        if pair > 0 and uniform(world, 0.0, 1.0) < 0.4:
            heading, east = uniform(world, 60.0, 120.0) + 180.0 * (a % 2), uniform(world, -3.0, 3.0)
        before = uniform(world, draws.head_on_low, draws.head_on_high) * wider
        beyond = uniform(world, 0.5, 1.1) * before
        _place_before(a, world, east, 0.0, heading, before, beyond)


@njit(cache=True)
def _random(world, draws, wider):
    """Anywhere in a disc, heading roughly for a waypoint anywhere in it."""
    count = world.num_aircraft
    radius = draws.start_high * wider * math.sqrt(max(1.0, count / 6.0))
    for a in range(count):
        angle = uniform(world, 0.0, 2 * math.pi)
        distance = radius * math.sqrt(uniform(world, 0.0, 1.0))
        heading = uniform(world, 0.0, 360.0)
        ahead = uniform(world, draws.waypoint_low, draws.waypoint_high + draws.start_high)
        _place(a, world, distance * math.sin(angle), distance * math.cos(angle), heading, ahead)
        world.heading[a] = (heading + uniform(world, -30.0, 30.0)) % 360.0


@njit(cache=True)
def _draw_family(world, draws):
    """The index of a family, by weight."""
    total = 0.0
    for weight in draws.family_weights:
        total += weight
    left = uniform(world, 0.0, total)
    chosen = 0
    for family in range(len(draws.family_weights)):
        if draws.family_weights[family] > 0.0 and left >= 0.0:
            chosen = family
        left -= draws.family_weights[family]
    return chosen


@njit(cache=True)
def _draw_geometry(world, draws, wider):
    family = world.family
    if family == CROSSING:
        _crossing(world, draws, wider)
    elif family == MERGING:
        _merging(world, draws, wider)
    elif family == CHASING:
        _chasing(world, draws, wider)
    elif family == HEAD_ON:
        _head_on(world, draws, wider)
    elif family == CONVERGING:
        _converging(world, draws, wider)
    else:
        _random(world, draws, wider)


@njit(cache=True)
def _far_enough(world, wanted):
    """Whether all starts are `wanted` NM apart."""
    count = world.num_aircraft
    for a in range(count):
        for b in range(a + 1, count):
            east = world.position[b, 0] - world.position[a, 0]
            north = world.position[b, 1] - world.position[a, 1]
            if east * east + north * north < wanted * wanted:
                return False
    return True


@njit(cache=True)
def _turn(world, angle):
    """Turn the whole scenario clockwise by `angle` degrees about the origin."""
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    for a in range(world.num_aircraft):
        for points in (world.position, world.waypoint):
            east, north = points[a, 0], points[a, 1]
            points[a, 0], points[a, 1] = east * cosine + north * sine, north * cosine - east * sine
        world.heading[a] = (world.heading[a] + angle) % 360.0


@njit(cache=True)
def _draw_aircraft(world, draws):
    """Types and speeds: all alike, or each its own."""
    alike = uniform(world, 0.0, 1.0) < draws.equal_speed_share
    cas = uniform(world, draws.cas_low, draws.cas_high)
    for a in range(world.num_aircraft):
        world.kind[a] = integer(world, 0, draws.num_kinds - 1)
        world.cas[a] = cas if alike else uniform(world, draws.cas_low, draws.cas_high)


@njit(cache=True)
def draw_traffic(world, draws):
    """Draw a world's start from its `episode_seed`: number, family, positions, headings, speeds, waypoints."""
    world.draw_state = mix(world.episode_seed + np.uint64(1))
    world.scenario = -1
    world.num_aircraft = integer(world, draws.min_aircraft, draws.max_aircraft)
    world.family = _draw_family(world, draws)
    _draw_aircraft(world, draws)
    wider = 1.0
    _draw_geometry(world, draws, wider)
    while not _far_enough(world, draws.start_separation):
        wider *= 1.02
        _draw_geometry(world, draws, wider)
    _turn(world, uniform(world, 0.0, 360.0))
