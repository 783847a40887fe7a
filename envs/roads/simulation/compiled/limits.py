"""What ends a car's drive: a crash, the road's edge, a red light, or the end of its route."""

from __future__ import annotations

from numba import njit

from envs.roads.simulation.compiled.boxes import overlap
from envs.roads.simulation.compiled.signals import RED, shown
from envs.roads.simulation.compiled.table import LEFT, NARROW_LEFT, NARROW_M, NARROW_RIGHT, RIGHT, along, project
from envs.roads.simulation.compiled.worlds import ARRIVED, COLLIDED, OFF_ROAD, RAN_RED


@njit(cache=True, error_model="numpy")
def _beyond(points, line, s, left, right):
    """Whether what reaches `left` m to the left of a route and `right` m to its right lies beyond the road's edge."""
    return left > along(points, line, s, LEFT) or right > along(points, line, s, RIGHT)


@njit(cache=True, error_model="numpy")
def off_road(world, a, points, line):
    """Whether a corner of a car lies beyond the road's edge."""
    half, side = 0.5 * world.length_m[a], 0.5 * world.width_m[a]
    cosine, sine = world.heading_error[a, 0], world.heading_error[a, 1]
    swing = half * abs(sine) + side + half * half * abs(world.curvature_per_m[a])
    s, d = world.s_m[a], world.d_m[a]
    wide = d + swing < along(points, line, s, NARROW_LEFT) and swing - d < along(points, line, s, NARROW_RIGHT)
    if wide and half < NARROW_M - 1.0:
        return False
    for end in (-half, half):
        x = world.x_m[a] + end * world.direction[a, 0]
        y = world.y_m[a] + end * world.direction[a, 1]
        there, aside, _, _ = project(points, line, x, y, s + end * cosine)
        if _beyond(points, line, there, aside + side * abs(cosine), side * abs(cosine) - aside):
            return True
    return False


@njit(cache=True, error_model="numpy")
def runs_red(world, a, line, lights, front_before, time_s):
    """Whether a car's front has passed its stop line within this tick while the light was red."""
    if line.signal < 0:
        return False
    front = world.s_m[a] + 0.5 * world.length_m[a]
    if not front_before <= line.stop < front:
        return False
    colour, _ = shown(lights[line.signal], time_s)
    return colour == RED


@njit(cache=True, error_model="numpy")
def _touches(world, a, b):
    return overlap(
        world.x_m[a],
        world.y_m[a],
        world.direction[a, 0],
        world.direction[a, 1],
        world.length_m[a],
        world.width_m[a],
        world.x_m[b],
        world.y_m[b],
        world.direction[b, 0],
        world.direction[b, 1],
        world.length_m[b],
        world.width_m[b],
    )


@njit(cache=True, error_model="numpy")
def collide(world, stay):
    """Mark all cars that touch another; those that crashed before stand in the way where they `stay`."""
    count = world.num_cars
    for a in range(count):
        for b in range(a + 1, count):
            drives = world.active[a] or world.active[b]
            if drives and there(world, a, stay) and there(world, b, stay) and _touches(world, a, b):
                if world.active[a]:
                    world.status[a] = COLLIDED
                if world.active[b]:
                    world.status[b] = COLLIDED


@njit(cache=True, inline="always")
def there(world, a, stay):
    """Whether a car stands in the way: it drives, or it is a wreck that stays."""
    return world.active[a] or (stay and world.status[a] > ARRIVED)


@njit(cache=True, error_model="numpy")
def judge(world, a, points, line, lights, front_before, time_s):
    """Say what became of a car in a tick in which it touched nobody."""
    if off_road(world, a, points, line):
        world.status[a] = OFF_ROAD
    elif runs_red(world, a, line, lights, front_before, time_s):
        world.status[a] = RAN_RED
    elif world.s_m[a] >= line.length:
        world.status[a] = ARRIVED
