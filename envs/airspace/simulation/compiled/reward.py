"""What is each aircraft paid? The sum of weighted parts, each recorded (order: worlds.REWARD_PARTS)."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.airspace.simulation.compiled.worlds import LOSS_NM

_KM_PER_NM = 1.852
_SECONDS_PER_HOUR = 3600.0
_FREE_DRIFT_DEG = 8.0


@njit(cache=True)
def potential(separation, num_present):
    """Phi of a world's smallest separation (NM): 0.5 s/5 up to 5, 0.5 + 0.5 (s - 5)/5 up to 10, then 1."""
    if num_present < 2:
        return 1.0
    return 0.5 * min(separation, LOSS_NM) / LOSS_NM + 0.5 * min(max(separation - LOSS_NM, 0.0), 5.0) / 5.0


@njit(cache=True)
def excess_drift(drift):
    """f(x) = max(0, x - 8): degrees between heading and waypoint bearing beyond the free ones."""
    return max(0.0, drift - _FREE_DRIFT_DEG)


@njit(cache=True)
def violation_penalty(separation):
    """(5 - d)/5 below 5 NM, times 1 + 1.5 (1 - d) below 1 NM; 0 from 5 NM on."""
    if separation >= LOSS_NM:
        return 0.0
    return (LOSS_NM - separation) / LOSS_NM * (1.0 + 1.5 * max(0.0, 1.0 - separation))


@njit(cache=True)
def lack_of_margin(separation, margin):
    """How much of a margin (NM) beyond 5 NM is missing: 0 to 1, and 1 below 5 NM."""
    return min(1.0, max(0.0, (LOSS_NM + margin - separation) / margin))


@njit(cache=True, error_model="numpy")
def seconds_to_loss(east, north, east_speed, north_speed):
    """Seconds until a pair comes below 5 NM, of relative position (NM) and velocity (kt) if both fly straight on.

    Infinite where that never happens, or where they are below already.
    """
    outside = east * east + north * north - LOSS_NM * LOSS_NM
    closing = -(east * east_speed + north * north_speed)
    inside = closing * closing - (east_speed * east_speed + north_speed * north_speed) * outside
    if outside < 0.0 or closing <= 0.0 or inside <= 0.0:
        return np.inf
    return outside / (closing + math.sqrt(inside)) * _SECONDS_PER_HOUR


@njit(cache=True)
def _flies_into_conflict(a, world, look_ahead):
    for b in range(world.num_aircraft):
        if b != a and world.present[b]:
            east = world.position[b, 0] - world.position[a, 0]
            north = world.position[b, 1] - world.position[a, 1]
            east_speed = world.tas[b] * world.direction[b, 0] - world.tas[a] * world.direction[a, 0]
            north_speed = world.tas[b] * world.direction[b, 1] - world.tas[a] * world.direction[a, 1]
            if seconds_to_loss(east, north, east_speed, north_speed) < look_ahead:
                return True
    return False


@njit(cache=True)
def pay_parts(a, world, rules, arrived_now, timed_out):
    """Write the parts that an active aircraft earns by itself, all but the team's.

    Once arrived it flies straight on and earns nothing more: that it does so into a conflict, the others flying on as
    well, is paid at arrival, unless the world ends there.
    """
    separation, entered = world.separation[a], world.last_separation[a] >= LOSS_NM > world.separation[a]
    gained_km = (world.last_waypoint_distance[a] - world.waypoint_distance[a]) * _KM_PER_NM
    action = abs(world.applied_action[a, 0]) + abs(world.applied_action[a, 1])
    flies_on = arrived_now and not world.done and not rules.leave and rules.arrival_conflict < 0.0
    conflict = flies_on and _flies_into_conflict(a, world, rules.arrival_look_ahead)
    world.reward_parts[a, 0] = rules.progress_per_km * gained_km
    world.reward_parts[a, 1] = rules.drift_per_deg * (excess_drift(world.last_drift[a]) - excess_drift(world.drift[a]))
    world.reward_parts[a, 2] = rules.violation_entry if entered else 0.0
    world.reward_parts[a, 3] = rules.violation_step * violation_penalty(separation)
    world.reward_parts[a, 4] = rules.margin_step * lack_of_margin(separation, rules.margin)
    world.reward_parts[a, 5] = rules.action * action
    world.reward_parts[a, 6] = rules.time_per_s * world.active_ticks[a]
    world.reward_parts[a, 7] = rules.arrival if arrived_now else 0.0
    world.reward_parts[a, 8] = rules.arrival_conflict if conflict else 0.0
    world.reward_parts[a, 9] = rules.timeout if timed_out else 0.0
    world.reward_parts[a, 11] = rules.instruction if action > 0.0 else 0.0
    flown_km = world.tas[a] * world.active_ticks[a] / _SECONDS_PER_HOUR * _KM_PER_NM
    world.reward_parts[a, 12] = rules.track_per_km * flown_km


@njit(cache=True)
def responsibility(a, world):
    """The number of other present aircraft within 5 NM at the end of the step."""
    count = 0
    for b in range(world.num_aircraft):
        if b != a and world.present[b]:
            east = world.position[b, 0] - world.position[a, 0]
            north = world.position[b, 1] - world.position[a, 1]
            count += math.sqrt(east * east + north * north) < LOSS_NM
    return count


@njit(cache=True)
def pay_team(world, rules, before, after):
    """Write the team part: weight (gamma Phi' - Phi), Phi' = 0 for an aircraft whose task ends here.

    Potential-based as in Ng, Harada, Russell (ICML 1999) with equal shares; with shares by responsibility it is not,
    and may change what is optimal.
    """
    num_active, total = 0, 0
    for a in range(world.num_aircraft):
        if world.was_active[a]:
            num_active += 1
            total += responsibility(a, world) if rules.share_by_responsibility else 0
    for a in range(world.num_aircraft):
        if not world.was_active[a]:
            continue
        share = 1.0 if total == 0 else responsibility(a, world) * num_active / total
        next_potential = 0.0 if world.row_terminated[a] else after
        world.reward_parts[a, 10] = rules.team_weight * share * (rules.discount * next_potential - before)
