"""What others see of each car: the truth, or what noise and lost reports leave of it."""

from __future__ import annotations

import math

from numba import njit

from envs.ground.compiled.random_draws import uniform


@njit(cache=True, error_model="numpy")
def _normal(world):
    """A standard normal number of the world's own generator (Box, Muller 1958)."""
    radius = math.sqrt(-2.0 * math.log(1.0 - uniform(world, 0.0, 1.0)))
    return radius * math.cos(2.0 * math.pi * uniform(world, 0.0, 1.0))


@njit(cache=True, error_model="numpy")
def disturb_sight(world):
    """Draw the errors with which each car is seen until the next step."""
    for a in range(world.num_cars):
        for k in range(4):
            world.seen[a, k] = 0.0
        if world.position_noise[a] > 0.0:
            world.seen[a, 0] = world.position_noise[a] * _normal(world)
            world.seen[a, 1] = world.position_noise[a] * _normal(world)
        if world.velocity_noise[a] > 0.0:
            world.seen[a, 2] = world.velocity_noise[a] * _normal(world)
        if world.dropped[a] > 0.0 and uniform(world, 0.0, 1.0) < world.dropped[a]:
            world.seen[a, 3] = -1.0
