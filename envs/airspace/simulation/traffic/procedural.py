"""Where does drawn traffic start? Families of geometries, drawn from an episode's own seed.

Each family places aircraft one after the other in a frame of its own; the whole scenario is then turned by a random
angle. One that would start closer to an earlier one than the wanted separation is placed again, its distances wider by
2 % each time: so every draw ends.
"""

from __future__ import annotations

import math

from numba import njit

from envs.ground.compiled.random_draws import integer, uniform

WIDER = 1.02
LONGEST_TRAIL = 6
LANE_NM = 8.0
"""Between the lanes of an overtaken stream too long for one."""

CROSSING, MERGING, CHASING, HEAD_ON, CONVERGING, RANDOM, OVERTAKEN_STREAM, AREA = range(8)


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
def _from(world, ends):
    """A number drawn uniformly from a range (2,)."""
    return uniform(world, ends[0], ends[1])


@njit(cache=True)
def _distance(world, ends, common, together):
    """A distance from a range, pulled towards a `common` one: not at all (`together` 0) or wholly (1)."""
    return common + (1.0 - together) * (_from(world, ends) - common)


@njit(cache=True)
def _next(a, wider, world, draws):
    """Who is placed next, and how much wider than wanted: `a` again while it is too close to an earlier one."""
    for b in range(a):
        east = world.position[b, 0] - world.position[a, 0]
        north = world.position[b, 1] - world.position[a, 1]
        if east * east + north * north < draws.start_separation * draws.start_separation:
            return a, wider * WIDER
    return a + 1, 1.0


@njit(cache=True)
def _num_lanes(world, wanted):
    """So many lanes, or as many as it takes that no trail is longer than LONGEST_TRAIL."""
    return max(wanted, (world.num_aircraft + LONGEST_TRAIL - 1) // LONGEST_TRAIL)


@njit(cache=True)
def _crossing(world, draws):
    """Two streams, each with parallel and opposite tracks, that cross at an angle."""
    angle = _from(world, draws.crossing_angle_deg)
    spread = _from(world, draws.crossing_spread_nm)
    start = _from(world, draws.crossing_start_distance_nm)
    together = 0.85 if uniform(world, 0.0, 1.0) < 0.5 else 0.0
    a, wider = 0, 1.0
    while a < world.num_aircraft:
        heading = (a % 2) * angle + 180.0 * integer(world, 0, 1)
        offset = uniform(world, -spread, spread) * wider
        east, north = offset * math.cos(math.radians(heading)), -offset * math.sin(math.radians(heading))
        before = _distance(world, draws.crossing_start_distance_nm, start, together) * wider
        _place_before(a, world, east, north, heading, before, _from(world, draws.crossing_waypoint_distance_nm))
        a, wider = _next(a, wider, world, draws)


@njit(cache=True)
def _converging(world, draws):
    """From all sides to one point; the waypoints just past it, or far beyond."""
    count = world.num_aircraft
    start = _from(world, draws.converging_start_distance_nm)
    together = uniform(world, 0.8, 1.0)
    short = uniform(world, 0.0, 1.0) < 0.4
    beyond = _from(world, draws.converging_near_waypoint_nm if short else draws.converging_waypoint_distance_nm)
    a, wider = 0, 1.0
    while a < count:
        heading = 360.0 * a / count + uniform(world, -60.0, 60.0) / count
        before = _distance(world, draws.converging_start_distance_nm, start, together) * wider
        _place_before(a, world, 0.0, 0.0, heading, before, beyond)
        a, wider = _next(a, wider, world, draws)


@njit(cache=True)
def _merging(world, draws):
    """Streams within a fan to one waypoint; sometimes one aircraft beside it, sometimes two opposite fans."""
    start = _from(world, draws.merging_start_distance_nm)
    fan = _from(world, draws.merging_fan_deg)
    aside = _from(world, draws.merging_aside_nm)
    opposite = uniform(world, 0.0, 1.0) < 0.3
    together = uniform(world, 0.8, 1.0)
    a, wider = 0, 1.0
    while a < world.num_aircraft:
        second = (opposite and a % 2 == 1) or (not opposite and uniform(world, 0.0, 1.0) < 0.2)
        heading = uniform(world, -fan, fan) * wider + (180.0 if second and opposite else 0.0)
        point = aside if second else (-aside if opposite else 0.0)
        before = _distance(world, draws.merging_start_distance_nm, start, together) * wider
        _place_before(a, world, point, 0.0, heading, before, 0.0)
        a, wider = _next(a, wider, world, draws)


@njit(cache=True)
def _chasing(world, draws):
    """In trail on one or two lanes (more where there are many), sometimes to a common waypoint."""
    lanes = _num_lanes(world, integer(world, 1, 2))
    aside = _from(world, draws.chasing_lane_distance_nm)
    gap = _from(world, draws.chasing_gap_nm)
    ahead = _from(world, draws.chasing_waypoint_distance_nm)
    common = uniform(world, 0.0, 1.0) < 0.7
    a, wider = 0, 1.0
    while a < world.num_aircraft:
        lane = (a % lanes) * aside * wider
        back = ((a // lanes) * gap + uniform(world, 0.0, 0.5)) * wider
        _place(a, world, lane + uniform(world, -0.5, 0.5), -back, 0.0, ahead + (back if common else 0.0))
        if common:
            world.waypoint[a, 0] = lane
        a, wider = _next(a, wider, world, draws)


@njit(cache=True)
def _head_on(world, draws):
    """Opposite pairs on neighbouring tracks; now and then one that crosses."""
    aside = _from(world, draws.head_on_track_distance_nm)
    a, wider = 0, 1.0
    while a < world.num_aircraft:
        pair = a // 2
        east = pair * aside * wider + uniform(world, -2.5, 2.5)
        heading = 180.0 * (a % 2)
        if pair > 0 and uniform(world, 0.0, 1.0) < 0.4:
            heading, east = uniform(world, 60.0, 120.0) + 180.0 * (a % 2), uniform(world, -3.0, 3.0)
        before = _from(world, draws.head_on_start_distance_nm) * wider
        _place_before(a, world, east, 0.0, heading, before, uniform(world, 0.5, 1.1) * before)
        a, wider = _next(a, wider, world, draws)


@njit(cache=True)
def _random(world, draws):
    """Anywhere in a disc (larger where there are more than six), heading roughly for a waypoint anywhere."""
    radius = _from(world, draws.random_radius_nm) * math.sqrt(max(1.0, world.num_aircraft / 6.0))
    a, wider = 0, 1.0
    while a < world.num_aircraft:
        angle = uniform(world, 0.0, 2 * math.pi)
        distance = radius * math.sqrt(uniform(world, 0.0, 1.0)) * wider
        heading = uniform(world, 0.0, 360.0)
        ahead = _from(world, draws.random_waypoint_distance_nm)
        _place(a, world, distance * math.sin(angle), distance * math.cos(angle), heading, ahead)
        world.heading[a] = (heading + _from(world, draws.random_off_course_deg)) % 360.0
        a, wider = _next(a, wider, world, draws)


@njit(cache=True)
def _overtaken_stream(world, draws):
    """A slow stream in trail, and faster traffic behind it on nearly the same track, the waypoints ahead of all."""
    count = world.num_aircraft
    num_slow = (count + 1) // 2
    lanes = _num_lanes(world, 1)
    gap = _from(world, draws.overtaken_stream_gap_nm)
    behind = _from(world, draws.overtaken_stream_behind_nm)
    ahead = _from(world, draws.overtaken_stream_waypoint_distance_nm)
    last = ((num_slow - 1) // lanes) * gap
    a, wider = 0, 1.0
    while a < count:
        fast = a >= num_slow
        rank = a - num_slow if fast else a
        east = (rank % lanes) * LANE_NM * wider + (_from(world, draws.overtaken_stream_aside_nm) if fast else 0.0)
        back = ((rank // lanes) * gap + (last + behind if fast else 0.0)) * wider
        world.cas[a] = _cas(
            world, draws.overtaken_stream_fast_cas_kt if fast else draws.overtaken_stream_slow_cas_kt, draws
        )
        _place(a, world, east, -back, 0.0, ahead + back)
        a, wider = _next(a, wider, world, draws)


@njit(cache=True)
def _area(world, draws):
    """At random places in a disc; the waypoints on its edge across from there; headings off the way to them."""
    radius = _from(world, draws.area_radius_nm)
    a, wider = 0, 1.0
    while a < world.num_aircraft:
        place = uniform(world, 0.0, 2 * math.pi)
        across = place + math.pi + math.radians(_from(world, draws.area_across_deg))
        distance = radius * math.sqrt(uniform(world, 0.0, 1.0)) * wider
        world.position[a, 0], world.position[a, 1] = distance * math.sin(place), distance * math.cos(place)
        world.waypoint[a, 0], world.waypoint[a, 1] = radius * math.sin(across), radius * math.cos(across)
        east, north = world.waypoint[a, 0] - world.position[a, 0], world.waypoint[a, 1] - world.position[a, 1]
        bearing = math.degrees(math.atan2(east, north))
        world.heading[a] = (bearing + _from(world, draws.area_off_course_deg)) % 360.0
        a, wider = _next(a, wider, world, draws)


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
def _draw_geometry(world, draws):
    family = world.family
    if family == CROSSING:
        _crossing(world, draws)
    elif family == MERGING:
        _merging(world, draws)
    elif family == CHASING:
        _chasing(world, draws)
    elif family == HEAD_ON:
        _head_on(world, draws)
    elif family == CONVERGING:
        _converging(world, draws)
    elif family == RANDOM:
        _random(world, draws)
    elif family == OVERTAKEN_STREAM:
        _overtaken_stream(world, draws)
    else:
        _area(world, draws)


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
def _cas(world, ends, draws):
    """A calibrated airspeed (kt) drawn uniformly from a range (2,), less the inside of what is held out."""
    low, high = ends[0], ends[1]
    below = min(max(draws.held_out_cas_kt[0], low), high)
    gap = min(max(draws.held_out_cas_kt[1], low), high) - below
    cas = uniform(world, low, high - gap)
    return cas if gap == 0.0 or cas <= below else cas + gap


@njit(cache=True)
def draw_aircraft(world, draws):
    """Types and speeds of `num_aircraft`: all alike, or each its own."""
    alike = uniform(world, 0.0, 1.0) < draws.equal_speed_share
    cas = _cas(world, draws.cas_kt, draws)
    for a in range(world.num_aircraft):
        world.kind[a] = integer(world, 0, draws.num_kinds - 1)
        world.cas[a] = cas if alike else _cas(world, draws.cas_kt, draws)


@njit(cache=True)
def draw_families(world, draws):
    """Draw a world's start: number, family, speeds, positions, headings, waypoints."""
    world.num_aircraft = draws.counts[integer(world, 0, draws.num_counts - 1)]
    world.family = _draw_family(world, draws)
    draw_aircraft(world, draws)
    _draw_geometry(world, draws)
    _turn(world, uniform(world, 0.0, 360.0))
