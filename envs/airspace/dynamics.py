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
    table = fleet.acceleration[kind]
    place = (tas - fleet.tas_low[kind]) / fleet.tas_step[kind]
    place = min(max(place, 0.0), table.shape[0] - 1.000001)
    left = int(place)
    return table[left] + (place - left) * (table[left + 1] - table[left])


@njit(cache=True)
def command(w, a, worlds, fleet, rules, action):
    """Turn a normalised action (2,) into commanded heading and CAS; changes below the thresholds count as none."""
    heading_change = min(max(action[0], -1.0), 1.0) * rules.max_heading_change
    speed_change = min(max(action[1], -1.0), 1.0) * rules.max_speed_change
    worlds.applied_action[w, a, 0] = 0.0
    worlds.applied_action[w, a, 1] = 0.0
    if heading_change != 0.0 and abs(heading_change) >= rules.min_heading_change:
        worlds.commanded_heading[w, a] = (worlds.heading[w, a] + heading_change) % 360.0
        worlds.applied_action[w, a, 0] = heading_change / rules.max_heading_change
    if speed_change != 0.0 and abs(speed_change) >= rules.min_speed_change:
        kind = worlds.kind[w, a]
        cas = min(max(worlds.cas[w, a] + speed_change, fleet.cas_min[kind]), fleet.cas_max[kind])
        worlds.commanded_cas[w, a] = cas
        worlds.commanded_tas[w, a] = tas_from_cas(cas, worlds.pressure[w], worlds.density[w])
        worlds.applied_action[w, a, 1] = speed_change / rules.max_speed_change


@njit(cache=True)
def fly_tick(w, a, worlds, fleet, rules):
    """Fly one second: change speed, then heading, and store the tick's displacement (NM) in `move`."""
    tas = worlds.tas[w, a]
    change = worlds.commanded_tas[w, a] - tas
    if change != 0.0:
        most = acceleration_kt_per_s(fleet, worlds.kind[w, a], tas)
        tas = worlds.commanded_tas[w, a] if abs(change) <= most else tas + math.copysign(most, change)
        worlds.tas[w, a] = tas
    heading = worlds.heading[w, a]
    if worlds.commanded_heading[w, a] != heading:
        turn = wrap_deg(worlds.commanded_heading[w, a] - heading)
        most = _TURN_KT_DEG_PER_S / tas
        heading = worlds.commanded_heading[w, a] if abs(turn) <= most else (heading + math.copysign(most, turn)) % 360.0
        worlds.heading[w, a] = heading
        worlds.direction[w, a, 0] = math.sin(math.radians(heading))
        worlds.direction[w, a, 1] = math.cos(math.radians(heading))
    worlds.move[w, a, 0] = (tas * worlds.direction[w, a, 0] + rules.wind_east) * _NM_PER_TICK
    worlds.move[w, a, 1] = (tas * worlds.direction[w, a, 1] + rules.wind_north) * _NM_PER_TICK


@njit(cache=True)
def read_airspeed(w, a, worlds):
    """Bring the CAS up to date with the TAS after a step."""
    if worlds.tas[w, a] == worlds.commanded_tas[w, a]:
        worlds.cas[w, a] = worlds.commanded_cas[w, a]
    else:
        worlds.cas[w, a] = cas_from_tas(worlds.tas[w, a], worlds.pressure[w], worlds.density[w])


@njit(cache=True)
def waypoint_geometry(w, a, worlds):
    """Distance to the waypoint (NM), and cosine and sine of its bearing relative to the heading (ahead at distance 0)."""
    east = worlds.waypoint[w, a, 0] - worlds.position[w, a, 0]
    north = worlds.waypoint[w, a, 1] - worlds.position[w, a, 1]
    distance = math.sqrt(east * east + north * north)
    if distance == 0.0:
        return 0.0, 1.0, 0.0
    sine, cosine = worlds.direction[w, a, 0], worlds.direction[w, a, 1]
    return distance, (east * sine + north * cosine) / distance, (east * cosine - north * sine) / distance
