"""Who enters a sector, where and when? Each aircraft has a slot of its own, used once, and flies across a disc."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.airspace.simulation.compiled.observation import closest_approach
from envs.airspace.simulation.compiled.worlds import LOSS_NM
from envs.airspace.simulation.traffic.procedural import draw_aircraft
from envs.airspace.simulation.traffic.traffic_settings import SECTOR
from envs.ground.compiled.random_draws import uniform


@njit(cache=True)
def draw_sector(world, draws):
    """Draw who will enter: times, types, speeds, and ways straight across from edge to edge."""
    world.family = SECTOR
    world.num_aircraft = world.num_waiting = draws.sector_entries
    world.warm_up_steps = draws.sector_warm_up_steps
    _draw_entry_steps(world, draws.sector_steps)
    draw_aircraft(world, draws)
    radius = draws.sector_radius
    for a in range(world.num_aircraft):
        entry = uniform(world, 0.0, 2.0 * math.pi)
        leave = entry + uniform(world, 0.5 * math.pi, 1.5 * math.pi)
        world.position[a, 0], world.position[a, 1] = radius * math.sin(entry), radius * math.cos(entry)
        world.waypoint[a, 0], world.waypoint[a, 1] = radius * math.sin(leave), radius * math.cos(leave)
        east, north = world.waypoint[a, 0] - world.position[a, 0], world.waypoint[a, 1] - world.position[a, 1]
        world.heading[a] = math.degrees(math.atan2(east, north)) % 360.0


@njit(cache=True)
def _draw_entry_steps(world, num_steps):
    """The first enters at once, the others uniformly within the episode, in ascending order.

    Sums of exponentials over their total are sorted uniform numbers (Devroye, Non-Uniform Random Variate Generation,
    1986, V.3.1): a Poisson process of which the number of events is given.
    """
    sums, total = np.empty(world.num_aircraft), 0.0
    for a in range(world.num_aircraft):
        total -= math.log(1.0 - uniform(world, 0.0, 1.0))
        sums[a] = total
    for a in range(1, world.num_aircraft):
        world.entry_step[a] = min(np.int64(sums[a - 1] / total * num_steps), num_steps - 1)


@njit(cache=True)
def hold_back(world):
    """Take all aircraft out of the world: they wait for their time."""
    for a in range(world.num_aircraft):
        world.present[a] = world.active[a] = world.was_active[a] = False


@njit(cache=True)
def admit(world, rules):
    """Let in whose time has come and whose place is clear; who has to wait tries again after the next step."""
    for a in range(world.num_aircraft):
        if world.entry_step[a] > world.step:
            break
        waits = not world.present[a] and not world.arrived[a]
        if waits and _is_clear(a, world, rules):
            _enter(a, world)


@njit(cache=True)
def _is_clear(a, world, rules):
    """Whether nobody is near, or would come below 5 NM within the look-ahead if both flew straight on."""
    for b in range(world.num_aircraft):
        if not world.present[b]:
            continue
        east, north = world.position[b, 0] - world.position[a, 0], world.position[b, 1] - world.position[a, 1]
        if east * east + north * north < rules.entry_separation * rules.entry_separation:
            return False
        east_speed = world.tas[b] * world.direction[b, 0] - world.tas[a] * world.direction[a, 0]
        north_speed = world.tas[b] * world.direction[b, 1] - world.tas[a] * world.direction[a, 1]
        if _smallest_nm(east, north, east_speed, north_speed, rules.entry_look_ahead) < LOSS_NM:
            return False
    return True


@njit(cache=True)
def _smallest_nm(east, north, east_speed, north_speed, look_ahead):
    """The smallest distance within `look_ahead` s of a relative position (NM) at a relative velocity (kt)."""
    seconds, _ = closest_approach(east, north, east_speed, north_speed)
    hours = min(max(seconds, 0.0), look_ahead) / 3600.0
    east, north = east + east_speed * hours, north + north_speed * hours
    return math.sqrt(east * east + north * north)


@njit(cache=True)
def _enter(a, world):
    """Put a waiting aircraft into the world; nothing that was done to its row before has any effect."""
    world.present[a] = world.active[a] = world.was_active[a] = True
    world.num_waiting -= 1
    world.separation[a] = np.inf
    for b in range(world.num_aircraft):
        if b != a and world.present[b]:
            east, north = world.position[b, 0] - world.position[a, 0], world.position[b, 1] - world.position[a, 1]
            world.separation[a] = min(world.separation[a], math.sqrt(east * east + north * north))
    world.last_separation[a] = world.separation[a]
    for slot in range(world.pending_action.shape[1]):
        world.pending_action[a, slot, 0] = world.pending_action[a, slot, 1] = 0.0
