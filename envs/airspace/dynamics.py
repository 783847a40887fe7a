"""How does an aircraft move? Speed, then heading, then position, in ticks of one second."""

from __future__ import annotations

import math

from numba import njit

from envs.airspace.atmosphere import G0, KT_TO_MPS, cas_from_tas, tas_from_cas

_TURN_KT_DEG_PER_S = math.degrees(G0 * math.tan(math.radians(25.0))) / KT_TO_MPS
"""Rate of turn times TAS at 25 degrees of bank, in kt * degrees / s: g0 tan(bank) / TAS."""

_NM_PER_TICK = 1.0 / 3600.0


@njit(cache=True, inline="always")
def wrap_deg(angle):
    """The angle in [-180, 180)."""
    return (angle + 180.0) % 360.0 - 180.0


@njit(cache=True)
def acceleration_kt_per_s(fleet, kind, tas):
    """The largest change of speed, interpolated in the type's table over TAS (kt)."""
    table = fleet[kind].acceleration
    place = (tas - fleet[kind].tas_low) / fleet[kind].tas_step
    place = min(max(place, 0.0), table.shape[0] - 1.000001)
    left = int(place)
    return table[left] + (place - left) * (table[left + 1] - table[left])


@njit(cache=True)
def command(a, world, fleet, rules, action):
    """Turn a normalised action (2,) into commanded heading and CAS; changes below the thresholds count as none."""
    heading_change = min(max(action[0], -1.0), 1.0) * rules.max_heading_change
    speed_change = min(max(action[1], -1.0), 1.0) * rules.max_speed_change
    world.applied_action[a, 0] = 0.0
    world.applied_action[a, 1] = 0.0
    if heading_change != 0.0 and abs(heading_change) >= rules.min_heading_change:
        world.commanded_heading[a] = (world.heading[a] + heading_change) % 360.0
        world.applied_action[a, 0] = heading_change / rules.max_heading_change
    if speed_change != 0.0 and abs(speed_change) >= rules.min_speed_change:
        kind = world.kind[a]
        cas = min(max(world.cas[a] + speed_change, fleet[kind].cas_min), fleet[kind].cas_max)
        world.commanded_cas[a] = cas
        world.commanded_tas[a] = tas_from_cas(cas, world.pressure, world.density)
        world.applied_action[a, 1] = speed_change / rules.max_speed_change


@njit(cache=True)
def fly_tick(a, world, fleet, rules):
    """Fly one second: change speed, then heading, and store the tick's displacement (NM) in `move`."""
    tas = world.tas[a]
    change = world.commanded_tas[a] - tas
    if change != 0.0:
        most = acceleration_kt_per_s(fleet, world.kind[a], tas)
        tas = world.commanded_tas[a] if abs(change) <= most else tas + math.copysign(most, change)
        world.tas[a] = tas
    heading = world.heading[a]
    if world.commanded_heading[a] != heading:
        turn = wrap_deg(world.commanded_heading[a] - heading)
        most = _TURN_KT_DEG_PER_S / tas
        heading = world.commanded_heading[a] if abs(turn) <= most else (heading + math.copysign(most, turn)) % 360.0
        world.heading[a] = heading
        world.direction[a, 0] = math.sin(math.radians(heading))
        world.direction[a, 1] = math.cos(math.radians(heading))
    world.move[a, 0] = (tas * world.direction[a, 0] + rules.wind_east) * _NM_PER_TICK
    world.move[a, 1] = (tas * world.direction[a, 1] + rules.wind_north) * _NM_PER_TICK


@njit(cache=True)
def read_airspeed(a, world):
    """Bring the CAS up to date with the TAS after a step."""
    if world.tas[a] == world.commanded_tas[a]:
        world.cas[a] = world.commanded_cas[a]
    else:
        world.cas[a] = cas_from_tas(world.tas[a], world.pressure, world.density)


@njit(cache=True)
def waypoint_geometry(a, world):
    """Distance to the waypoint (NM), and cosine and sine of its bearing off the heading (ahead at distance 0)."""
    east = world.waypoint[a, 0] - world.position[a, 0]
    north = world.waypoint[a, 1] - world.position[a, 1]
    distance = math.sqrt(east * east + north * north)
    if distance == 0.0:
        return 0.0, 1.0, 0.0
    sine, cosine = world.direction[a, 0], world.direction[a, 1]
    return distance, (east * sine + north * cosine) / distance, (east * cosine - north * sine) / distance
