"""What is each car paid? The sum of weighted parts, each recorded (order: worlds.REWARD_PARTS)."""

from __future__ import annotations

from numba import njit

from envs.roads.simulation.compiled.worlds import ARRIVED, COLLIDED, OFF_ROAD, RAN_RED
from envs.roads.simulation.settings import STEP_S

LEAST_TTC_S = 0.95
"""nuPlan's bound on the time to collision."""

MOST_LATERAL_MPS2, MOST_BRAKING_MPS2, MOST_ACCELERATION_MPS2 = 2.0, 4.05, 2.40
MOST_JERK_MPS3, MOST_YAW_RATE_RADPS = 8.3, 0.95
"""nuPlan's bounds of comfort, lateral acceleration as V-Max has it."""


@njit(cache=True, inline="always", error_model="numpy")
def _beyond(value, most):
    """By which part of its bound a number goes beyond it, 1 at most."""
    return min(1.0, max(0.0, abs(value) - most) / most)


@njit(cache=True, error_model="numpy")
def discomfort(world, a):
    """The sum of what goes beyond the bounds of comfort, each as a part of its bound, 0 to 4."""
    forward = world.acceleration_mps2[a]
    bound = MOST_ACCELERATION_MPS2 if forward > 0.0 else MOST_BRAKING_MPS2
    total = _beyond(forward, bound) + _beyond(world.lateral_mps2[a], MOST_LATERAL_MPS2)
    total += _beyond(world.jerk_mps3[a], MOST_JERK_MPS3)
    return total + _beyond(world.yaw_rate_radps[a], MOST_YAW_RATE_RADPS)


@njit(cache=True, error_model="numpy")
def pay(world, a, line, rules):
    """Write the parts that a car earns which drove when the step began."""
    parts, status = world.reward_parts[a], world.status[a]
    gained = min(world.s_m[a], line.length) - world.last_s_m[a]
    parts[0] = rules.progress_per_m * gained
    parts[1] = rules.collision if status == COLLIDED else 0.0
    parts[2] = rules.off_road if status == OFF_ROAD else 0.0
    parts[3] = rules.red_light if status == RAN_RED else 0.0
    parts[4] = rules.ttc if world.ttc_s[a] < LEAST_TTC_S and world.active[a] else 0.0
    parts[5] = rules.comfort * discomfort(world, a)
    parts[6] = rules.speeding_per_mps * max(0.0, world.speed_mps[a] - world.limit_mps[a])
    parts[7] = rules.arrival if status == ARRIVED else 0.0
    parts[8] = rules.time_per_s * STEP_S
