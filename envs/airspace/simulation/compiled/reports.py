"""What do the others know of an aircraft? The last report of it that arrived, or where it would be by now."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.airspace.simulation.compiled.worlds import TICKS_PER_STEP
from envs.ground.compiled.random_draws import uniform

_STEP_H = TICKS_PER_STEP / 3600.0


@njit(cache=True)
def _normal(world):
    """A standard normal number (Box and Muller, 1958) by the world's `draw_state`."""
    radius = math.sqrt(-2.0 * math.log(1.0 - uniform(world, 0.0, 1.0)))
    return radius * math.cos(2.0 * math.pi * uniform(world, 0.0, 1.0))


@njit(cache=True)
def report(world, a, rules):
    """Send a report of aircraft `a`: with noise on each axis, and lost with the probability `dropped_reports`.

    Where it is lost the last one stands, or is carried on by its own velocity and the wind (`coast_reports`).

    The same numbers are drawn whether or not it arrives, so that one disturbance does not change another's.
    """
    lost = uniform(world, 0.0, 1.0) < world.dropped_reports[a]
    noise_nm, noise_kt = world.position_noise[a], world.velocity_noise[a]
    east, north = world.position[a, 0] + noise_nm * _normal(world), world.position[a, 1] + noise_nm * _normal(world)
    east_speed = world.tas[a] * world.direction[a, 0] + noise_kt * _normal(world)
    north_speed = world.tas[a] * world.direction[a, 1] + noise_kt * _normal(world)
    if not lost:
        world.reported[a] = True
        world.report[a, 0], world.report[a, 1] = east, north
        world.report[a, 2], world.report[a, 3] = east_speed, north_speed
    elif rules.coast_reports and world.reported[a]:
        for axis in range(2):
            world.report[a, axis] += (world.report[a, 2 + axis] + world.wind[axis]) * _STEP_H


@njit(cache=True)
def nearest_report(world, a):
    """The distance (NM) from aircraft `a` to the nearest report of another that is present; infinite for none."""
    smallest = np.inf
    for b in range(world.num_aircraft):
        if b != a and world.present[b] and world.reported[b]:
            east, north = world.report[b, 0] - world.position[a, 0], world.report[b, 1] - world.position[a, 1]
            smallest = min(smallest, math.sqrt(east * east + north * north))
    return smallest
