"""How does an episode begin? With a scenario handed in or traffic drawn, and with its disturbances."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.airspace.simulation.compiled.reports import nearest_report, report
from envs.airspace.simulation.compiled.sector import admit, draw_sector, hold_back
from envs.airspace.simulation.traffic.atmosphere import tas_from_cas
from envs.airspace.simulation.traffic.procedural import draw_families
from envs.ground.compiled.elementary import angle_deg, sine_cosine_deg
from envs.ground.compiled.random_draws import advance, mix

_SPLIT_SHIFT = np.uint64(2)
REFERENCE_CAS_KT = 250.0


def start_dtype(num_slots: int) -> np.dtype:
    """The record of one scenario handed in, with room for as many aircraft as the worlds' records."""
    return np.dtype(
        [
            ("num_aircraft", np.int64),
            ("pressure", np.float64),
            ("density", np.float64),
            ("position", np.float64, (num_slots, 2)),
            ("waypoint", np.float64, (num_slots, 2)),
            ("heading", np.float64, (num_slots,)),
            ("cas", np.float64, (num_slots,)),
            ("kind", np.int64, (num_slots,)),
        ],
        align=True,
    )


@njit(cache=True)
def draw_episode(world, split, num_scenarios, distinct):
    """Draw a world's next episode seed (its two highest bits name the split) and, from it, its scenario.

    Args:
        distinct: there are so many seeds to draw from, the same for all worlds; 0: any.
    """
    world.rng = advance(world.rng)
    number = mix(world.rng)
    if distinct > 0:
        number = mix(advance(number % distinct))
    world.episode_seed = (number >> _SPLIT_SHIFT) | split
    world.scenario = -1
    if num_scenarios > 0:
        world.scenario = np.int64(world.episode_seed % np.uint64(num_scenarios))


@njit(cache=True)
def _load_scenario(world, start):
    """Put a world at the start of a scenario handed in."""
    world.family = -1
    world.num_aircraft = start.num_aircraft
    for a in range(start.num_aircraft):
        world.position[a, 0], world.position[a, 1] = start.position[a, 0], start.position[a, 1]
        world.waypoint[a, 0], world.waypoint[a, 1] = start.waypoint[a, 0], start.waypoint[a, 1]
        world.heading[a], world.cas[a], world.kind[a] = start.heading[a], start.cas[a], start.kind[a]


@njit(cache=True)
def _draw_traffic(world, draws):
    """Draw a world's start from its `episode_seed`."""
    world.draw_state = mix(world.episode_seed + np.uint64(1))
    world.scenario = -1
    if draws.is_sector:
        draw_sector(world, draws)
    else:
        draw_families(world, draws)


@njit(cache=True)
def _clear_slot(a, world):
    """A slot as if nobody had ever flown in it."""
    world.present[a] = world.active[a] = world.arrived[a] = world.was_active[a] = False
    world.row_terminated[a] = world.row_truncated[a] = world.reported[a] = False
    world.reward[a] = world.flight_time[a] = 0.0
    world.separation[a] = world.last_separation[a] = np.inf
    world.seen_separation[a] = world.last_seen_separation[a] = np.inf
    world.active_ticks[a] = world.entry_step[a] = 0
    for part in range(world.reward_parts.shape[1]):
        world.reward_parts[a, part] = world.reward_sums[a, part] = 0.0
    for axis in range(2):
        world.applied_action[a, axis] = 0.0
    for slot in range(world.pending_action.shape[1]):
        world.pending_action[a, slot, 0] = world.pending_action[a, slot, 1] = 0.0
    for b in range(world.present.shape[0]):
        world.pair_los[a, b] = False


@njit(cache=True)
def _disturb(a, world, disturbance):
    """Shift an aircraft's start, and take over what will disturb it on the way."""
    sine, cosine = sine_cosine_deg(world.heading[a])
    forward, right = disturbance.forward[a], disturbance.right[a]
    world.position[a, 0] += forward * sine + right * cosine
    world.position[a, 1] += forward * cosine - right * sine
    world.waypoint[a, 0] += disturbance.waypoint[a, 0]
    world.waypoint[a, 1] += disturbance.waypoint[a, 1]
    world.heading[a] = (world.heading[a] + disturbance.heading[a]) % 360.0
    world.cas[a] += disturbance.cas[a]
    if disturbance.kind[a] >= 0:
        world.kind[a] = disturbance.kind[a]
    world.responds[a], world.action_delay[a] = disturbance.responds[a], disturbance.action_delay[a]
    world.position_noise[a], world.velocity_noise[a] = disturbance.position_noise[a], disturbance.velocity_noise[a]
    world.dropped_reports[a] = disturbance.dropped_reports[a]


@njit(cache=True)
def _limit_speed(a, world, fleet, scale):
    """The range of commanded CAS: the type's, scaled about its middle. A start outside the type's own is moved in."""
    low, high = fleet[world.kind[a]].cas_min, fleet[world.kind[a]].cas_max
    middle, half = (low + high) / 2.0, (high - low) / 2.0 * scale
    world.cas_range[a, 0], world.cas_range[a, 1] = middle - half, middle + half
    world.cas[a] = min(max(world.cas[a], low), high)


@njit(cache=True)
def _start_aircraft(a, world):
    """Derive what follows from an aircraft's position, heading, CAS and waypoint."""
    world.tas[a] = tas_from_cas(world.cas[a], world.pressure, world.density)
    world.commanded_heading[a] = world.heading[a]
    world.commanded_cas[a], world.commanded_tas[a] = world.cas[a], world.tas[a]
    sine, cosine = sine_cosine_deg(world.heading[a])
    world.direction[a, 0], world.direction[a, 1] = sine, cosine
    world.present[a] = world.active[a] = world.was_active[a] = True
    east, north = world.waypoint[a, 0] - world.position[a, 0], world.waypoint[a, 1] - world.position[a, 1]
    world.waypoint_distance[a] = math.sqrt(east * east + north * north)
    world.drift[a] = angle_deg(east * cosine - north * sine, east * sine + north * cosine)
    world.last_waypoint_distance[a], world.last_drift[a] = world.waypoint_distance[a], world.drift[a]


@njit(cache=True)
def _separate_starts(world):
    """The smallest distance of each aircraft, and of the world, at the start."""
    count = world.num_aircraft
    for a in range(count):
        for b in range(a + 1, count):
            if not (world.present[a] and world.present[b]):
                continue
            east = world.position[b, 0] - world.position[a, 0]
            north = world.position[b, 1] - world.position[a, 1]
            distance = math.sqrt(east * east + north * north)
            world.separation[a] = min(world.separation[a], distance)
            world.separation[b] = min(world.separation[b], distance)
            world.step_separation = min(world.step_separation, distance)
    if world.warm_up_steps == 0:
        world.min_separation = world.step_separation
    for a in range(count):
        world.last_separation[a] = world.separation[a]


@njit(cache=True)
def see_separations(world, rules):
    """Send reports where they are disturbed; what each aircraft knows of its smallest separation, and knew before."""
    if world.disturbed:
        for a in range(world.num_aircraft):
            if world.present[a]:
                report(world, a, rules)
    for a in range(world.num_aircraft):
        world.seen_separation[a] = nearest_report(world, a) if world.disturbed else world.separation[a]
        if world.active_ticks[a] == 0:  # it has just begun: there is no change to see
            world.last_seen_separation[a] = world.seen_separation[a]


@njit(cache=True)
def _clear_counts(world):
    """A world in which nothing has happened and nobody waits to enter."""
    world.step = world.los_seconds = world.flown_seconds = world.warm_up_steps = world.num_waiting = 0
    world.done = world.disturbed = world.delayed = False
    world.min_separation = world.step_separation = np.inf
    for a in range(world.present.shape[0]):
        _clear_slot(a, world)


@njit(cache=True)
def start_world(world, fleet, start, draws, disturbance, rules):
    """Begin an episode: the scenario handed in, or traffic drawn from the episode seed where `scenario` is -1."""
    _clear_counts(world)
    if world.scenario >= 0:
        _load_scenario(world, start)
        world.draw_state = mix(world.episode_seed + np.uint64(1))
    else:
        _draw_traffic(world, draws)
    world.pressure, world.density = start.pressure, start.density
    world.reference_tas = tas_from_cas(REFERENCE_CAS_KT, world.pressure, world.density)
    world.wind[0], world.wind[1] = disturbance.wind[0], disturbance.wind[1]
    for a in range(world.num_aircraft):
        _disturb(a, world, disturbance)
        _limit_speed(a, world, fleet, disturbance.speed_range[a])
        _start_aircraft(a, world)
        noisy = world.position_noise[a] > 0.0 or world.velocity_noise[a] > 0.0 or world.dropped_reports[a] > 0.0
        world.disturbed = world.disturbed or noisy
        world.delayed = world.delayed or world.action_delay[a] > 0
    if world.num_waiting > 0:
        hold_back(world)
        admit(world, rules)
    _separate_starts(world)
    see_separations(world, rules)
