"""From worlds to observations: spread what is seen over lanes, and write down who sees what."""

from __future__ import annotations

import numpy as np
from numba import njit

from envs.airspace.simulation.compiled.dynamics import face_waypoint
from envs.airspace.simulation.compiled.lanes import (
    ACTIVE,
    LANES,
    PRECEDENCE,
    PROGRESS,
    SAFETY,
    SEEN,
    SEEN_EAST,
    SEEN_EAST_SPEED,
    SEEN_NORTH,
    SEEN_NORTH_SPEED,
    TIME_LEFT,
    occupied,
)
from envs.airspace.simulation.compiled.observation import observe, sight_rows
from envs.airspace.simulation.compiled.pending import see_pending
from envs.ground.compiled.random_draws import precedence


@njit(cache=True)
def spread_view(world, rows, air, lane, max_steps):
    """Spread what is seen: reports of who is present, true where nothing disturbs them, and changes since last step."""
    air[TIME_LEFT + lane] = 1.0 - world.step / max_steps
    for a in range(world.num_aircraft):
        rows[a, ACTIVE + lane], rows[a, PRECEDENCE + lane] = world.active[a], precedence(world.episode_seed, a)
        rows[a, SEEN + lane] = world.present[a] and (world.reported[a] or not world.disturbed)
        if world.disturbed:
            rows[a, SEEN_EAST + lane], rows[a, SEEN_NORTH + lane] = world.report[a, 0], world.report[a, 1]
            rows[a, SEEN_EAST_SPEED + lane], rows[a, SEEN_NORTH_SPEED + lane] = world.report[a, 2], world.report[a, 3]
        else:
            rows[a, SEEN_EAST + lane], rows[a, SEEN_NORTH + lane] = world.position[a, 0], world.position[a, 1]
            rows[a, SEEN_EAST_SPEED + lane] = world.tas[a] * world.direction[a, 0]
            rows[a, SEEN_NORTH_SPEED + lane] = world.tas[a] * world.direction[a, 1]
        separation, last = world.seen_separation[a], world.last_seen_separation[a]
        alone = separation == np.inf or last == np.inf
        rows[a, SAFETY + lane] = 0.0 if alone else separation - last
        rows[a, PROGRESS + lane] = 0.0 if alone else world.last_waypoint_distance[a] - world.waypoint_distance[a]


@njit(cache=True)
def _anybody_acted(worlds, which, a):
    """Whether slot `a` was active in one of the worlds `which` (N,)."""
    for w in which:
        if a < worlds[w].num_aircraft and worlds[w].was_active[a]:
            return True
    return False


@njit(cache=True)
def observe_lanes(worlds, which, rows, air, rules, observation):
    """Write what is seen by all aircraft that were active, in the worlds `which` (N,), N up to LANES."""
    num_features = observation.shape[2]
    sight = np.empty((sight_rows(rules.num_neighbours), LANES))
    seen = np.zeros((num_features + 1, LANES))
    there = occupied(rows, SEEN)
    for a in range(rows.shape[0]):
        face_waypoint(rows, a)
    for a in range(rows.shape[0]):
        if not _anybody_acted(worlds, which, a):
            continue
        observe(a, rows, there, air, rules, sight, seen)
        for lane in range(len(which)):
            world = worlds[which[lane]]
            if a < world.num_aircraft and world.was_active[a]:
                for f in range(num_features):
                    observation[which[lane], a, f] = seen[f, lane]
                if rules.see_pending > 0:
                    see_pending(world, a, rules, observation[which[lane], a])
