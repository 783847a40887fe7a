"""How does a car move? A kinematic bicycle about its rear axle, in ticks of 0.1 s, steered by path or command.

Kinematic bicycle: Kong, Pfeiffer, Schildbach, Borrelli, IV 2015, about the rear axle. Path tracking: pure pursuit,
Coulter, CMU-RI-TR-92-01. Tyres hold the share `friction` of the weight: beyond that a car turns and brakes no harder.
"""

from __future__ import annotations

import math

from numba import njit

from envs.roads.simulation.compiled.table import (
    CURVATURE,
    HARD_MPS2,
    LIMIT,
    SOFT,
    SOFT_MPS2,
    along,
    between,
    place,
    project,
    segment_within,
)
from envs.roads.simulation.compiled.worlds import WHEELBASE_SHARE
from envs.roads.simulation.settings import STEP_S, TICK_S

GRAVITY_MPS2 = 9.81
_LOOK_AHEAD_M, _LOOK_AHEAD_S = 2.5, 0.35
_MOST_INSIDE_M = 1.5


@njit(cache=True, error_model="numpy")
def command(world, a, first, second, rules):
    """What an action, two numbers in [-1, 1], asks of a car: acceleration, and offset or steering angle."""
    wanted = min(max(first, -1.0), 1.0)
    world.applied_action[a, 0] = wanted * (rules.max_acceleration if wanted > 0.0 else rules.max_braking)
    aside = min(max(second, -1.0), 1.0)
    world.applied_action[a, 1] = aside * (rules.max_steering if rules.steers else rules.max_offset)


@njit(cache=True, error_model="numpy")
def _pursuit(world, a, points, line, offset, wheelbase):
    """The steering angle by which the rear axle follows the route, inside of bends by half of what the front is out."""
    cosine, sine = world.direction[a, 0], world.direction[a, 1]
    rear_x, rear_y = world.x_m[a] - 0.5 * wheelbase * cosine, world.y_m[a] - 0.5 * wheelbase * sine
    ahead = _LOOK_AHEAD_M + _LOOK_AHEAD_S * world.speed_mps[a]
    goal_s = world.s_m[a] - 0.5 * wheelbase + ahead
    inside = 0.25 * wheelbase * wheelbase * along(points, line, goal_s, CURVATURE)
    inside = min(max(inside, -_MOST_INSIDE_M), _MOST_INSIDE_M)
    goal_x, goal_y, _, _ = place(points, line, goal_s, offset + inside)
    dx, dy = goal_x - rear_x, goal_y - rear_y
    return math.atan(2.0 * wheelbase * (dy * cosine - dx * sine) / (dx * dx + dy * dy))


@njit(cache=True, error_model="numpy")
def drive_alone(world, a, points, line, rules):
    """Command what keeps the limit and is slow enough for bends, whoever else is there."""
    lacks = along(points, line, world.s_m[a], SOFT) - world.speed_mps[a]
    world.applied_action[a, 0] = min(max(lacks / STEP_S, -HARD_MPS2), SOFT_MPS2)
    wheelbase = WHEELBASE_SHARE * world.length_m[a]
    world.applied_action[a, 1] = _pursuit(world, a, points, line, 0.0, wheelbase) if rules.steers else 0.0


@njit(cache=True, error_model="numpy")
def steer(world, a, points, line, rules):
    """Turn the wheels for a tick, as far as their rate and their end allow."""
    wheelbase = WHEELBASE_SHARE * world.length_m[a]
    wanted = world.applied_action[a, 1]
    if not rules.steers:
        wanted = _pursuit(world, a, points, line, wanted, wheelbase)
    wanted = min(max(wanted, -rules.max_steering), rules.max_steering)
    most = rules.max_steering_rate * TICK_S
    world.steering_rad[a] += min(max(wanted - world.steering_rad[a], -most), most)


@njit(cache=True, inline="always")
def _small(angle):
    """Cosine and sine of an angle below 0.2, to 1e-16."""
    z = angle * angle
    sine = angle * (1.0 - z / 6.0 * (1.0 - z / 20.0 * (1.0 - z / 42.0 * (1.0 - z / 72.0 * (1.0 - z / 110.0)))))
    return 1.0 - z / 2.0 * (1.0 - z / 12.0 * (1.0 - z / 30.0 * (1.0 - z / 56.0 * (1.0 - z / 90.0)))), sine


@njit(cache=True, error_model="numpy")
def drive(world, a):
    """Move a car on for a tick by its acceleration and the angle of its wheels."""
    wheelbase, grip = WHEELBASE_SHARE * world.length_m[a], GRAVITY_MPS2 * world.friction[a]
    speed = world.speed_mps[a]
    acceleration = min(max(world.applied_action[a, 0], -grip), grip)
    after = max(0.0, speed + acceleration * TICK_S)
    mean = 0.5 * (speed + after)
    curvature = math.tan(world.steering_rad[a]) / wheelbase
    if mean * mean * abs(curvature) > grip:
        curvature = math.copysign(grip / (mean * mean), curvature)
    turned = mean * curvature * TICK_S
    cosine, sine = world.direction[a, 0], world.direction[a, 1]
    half_cosine, half_sine = _small(0.5 * turned)
    middle_cosine, middle_sine = cosine * half_cosine - sine * half_sine, sine * half_cosine + cosine * half_sine
    next_cosine = middle_cosine * half_cosine - middle_sine * half_sine
    next_sine = middle_sine * half_cosine + middle_cosine * half_sine
    world.x_m[a] += mean * TICK_S * middle_cosine + 0.5 * wheelbase * (next_cosine - cosine)
    world.y_m[a] += mean * TICK_S * middle_sine + 0.5 * wheelbase * (next_sine - sine)
    world.direction[a, 0], world.direction[a, 1] = next_cosine, next_sine
    yaw = world.yaw_rad[a] + turned
    yaw = yaw - 2.0 * math.pi if yaw > math.pi else yaw
    world.yaw_rad[a] = yaw + 2.0 * math.pi if yaw < -math.pi else yaw
    world.acceleration_mps2[a] = (after - speed) / TICK_S
    world.speed_mps[a] = after
    world.yaw_rate_radps[a] = mean * curvature
    world.lateral_mps2[a] = mean * mean * curvature


@njit(cache=True, error_model="numpy")
def locate(world, a, points, line):
    """Read where on its route a car is now."""
    mean = world.speed_mps[a] - 0.5 * world.acceleration_mps2[a] * TICK_S
    squeeze = max(1.0 - world.curvature_per_m[a] * world.d_m[a], 0.3)
    guess = world.s_m[a] + mean * TICK_S * world.heading_error[a, 0] / squeeze
    s, d, cosine, sine = project(points, line, world.x_m[a], world.y_m[a], guess)
    world.s_m[a], world.d_m[a] = s, d
    world.heading_error[a, 0] = world.direction[a, 0] * cosine + world.direction[a, 1] * sine
    world.heading_error[a, 1] = world.direction[a, 1] * cosine - world.direction[a, 0] * sine
    row, part = segment_within(line, s)
    world.curvature_per_m[a] = between(points, row, part, CURVATURE)
    world.limit_mps[a] = between(points, row, part, LIMIT)


@njit(cache=True, error_model="numpy")
def set_down(world, a, points, line, s, speed):
    """Put a car onto the middle of its route, wheels as the road bends, at a speed."""
    x, y, cosine, sine = place(points, line, s, 0.0)
    world.x_m[a], world.y_m[a], world.yaw_rad[a] = x, y, math.atan2(sine, cosine)
    world.direction[a, 0], world.direction[a, 1] = math.cos(world.yaw_rad[a]), math.sin(world.yaw_rad[a])
    world.s_m[a] = world.last_s_m[a] = s
    world.speed_mps[a] = speed
    world.d_m[a] = world.heading_error[a, 0] = world.heading_error[a, 1] = world.curvature_per_m[a] = 0.0
    world.acceleration_mps2[a] = world.lateral_mps2[a] = world.jerk_mps3[a] = world.yaw_rate_radps[a] = 0.0
    locate(world, a, points, line)
    world.steering_rad[a] = math.atan(WHEELBASE_SHARE * world.length_m[a] * world.curvature_per_m[a])
