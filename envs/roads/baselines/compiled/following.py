"""Whom a car follows, how hard it accelerates behind it, and where lights stop it."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.roads.baselines.compiled.paths import project

GREEN, AMBER, RED = 0, 1, 2
SHORTEST_GAP_M = 0.1
_ASIDE_M = 0.2  # who would pass nearer than this is in the way


@njit(cache=True, error_model="numpy")
def acceleration_mps2(law, speed, wanted, gap, leader_speed):
    """The Intelligent Driver Model: a (1 - (v / v0)^delta - (s* / s)^2), s* = s0 + max(0, v T + v dv / (2 sqrt(a b))).

    Treiber, Hennecke and Helbing, "Congested traffic states in empirical observations and microscopic simulations",
    Physical Review E 62 (2000), with the maximum as V-Max has it.

    Args:
        law: spacing_m s0, headway_s T, acceleration_mps2 a, braking_mps2 b, exponent delta.
        speed, wanted, leader_speed: m/s. gap: bumper to bumper, m; inf: nobody ahead.
    """
    free = 1.0 - (speed / max(wanted, 0.1)) ** law.exponent
    return law.acceleration_mps2 * (free - hindrance(law, speed, gap, leader_speed))


@njit(cache=True, error_model="numpy")
def hindrance(law, speed, gap, leader_speed):
    """(s* / s)^2 of `acceleration_mps2`: 0 where nobody is ahead; of several the largest counts."""
    closing = speed * (speed - leader_speed) / (2.0 * math.sqrt(law.acceleration_mps2 * law.braking_mps2))
    wish = law.spacing_m + max(0.0, speed * law.headway_s + closing)
    return (wish / max(gap, SHORTEST_GAP_M)) ** 2


@njit(cache=True, error_model="numpy")
def beside(yaw, length, width, heading):
    """Half of what a box at `yaw` covers along a heading, and across it, m."""
    along, across = abs(math.cos(yaw - heading)), abs(math.sin(yaw - heading))
    return 0.5 * (length * along + width * across), 0.5 * (length * across + width * along)


@njit(cache=True, error_model="numpy")
def leader_gap(cars, net, w, i, j, offset_m, reach_m):
    """Gap to j on the route of i, driven at an offset, and the speed of j along it; inf where j is not in the way.

    In the way is who stands on what i's body will pass over, as in V-Max's identify_leading_agent.
    """
    n, r, s = cars.road[w], cars.route[w, i], cars.s_m[w, i]
    east, north = cars.x_m[w, j] - cars.x_m[w, i], cars.y_m[w, j] - cars.y_m[w, i]
    if east * east + north * north > (reach_m + 20.0) ** 2:
        return np.inf, 0.0
    until = min(s + reach_m, net.length_m[n, r])
    at, d, heading = project(net.point_m[n, r], net.heading_rad[n, r], cars.x_m[w, j], cars.y_m[w, j], s, until)
    along, across = beside(cars.yaw_rad[w, j], cars.length_m[w, j], cars.width_m[w, j], heading)
    if at <= s or abs(d - offset_m) > across + 0.5 * cars.width_m[w, i] + _ASIDE_M:
        return np.inf, 0.0
    if at - along > until or at + along < s:
        return np.inf, 0.0
    speed = max(0.0, cars.speed_mps[w, j] * math.cos(cars.yaw_rad[w, j] - heading))
    return at - along - s - 0.5 * cars.length_m[w, i], speed


@njit(cache=True, error_model="numpy")
def light(net, n, g, time_s):
    """Which light signal g shows: green, amber after it, else red."""
    cycle = net.cycle_s[n, g]
    since = (time_s - net.green_from_s[n, g]) % cycle
    green = (net.green_until_s[n, g] - net.green_from_s[n, g]) % cycle
    if since < green:
        return GREEN
    return AMBER if since < green + net.amber_s[n, g] else RED


@njit(cache=True, error_model="numpy")
def line_gap(cars, net, w, i, braking_mps2):
    """How far the stop line is from the front bumper where a light forbids to pass it, m; else inf.

    At amber only who can stop with `braking_mps2` stops.
    """
    n, r = cars.road[w], cars.route[w, i]
    gap = net.stop_m[n, r] - cars.s_m[w, i] - 0.5 * cars.length_m[w, i]
    if net.signal[n, r] < 0 or not 0.0 <= gap < np.inf:
        return np.inf
    shown = light(net, n, net.signal[n, r], cars.time_s[w])
    stops = cars.speed_mps[w, i] ** 2 <= 2.0 * braking_mps2 * gap
    return gap if shown == RED or (shown == AMBER and stops) else np.inf


@njit(cache=True, error_model="numpy")
def follow(cars, net, allowed, law, w, i):
    """The acceleration of i behind whoever is in its way, and at lights, m/s2."""
    n, r, speed = cars.road[w], cars.route[w, i], cars.speed_mps[w, i]
    wanted = allowed[n, r, int(min(max(cars.s_m[w, i], 0.0), net.length_m[n, r]))]
    most = hindrance(law, speed, line_gap(cars, net, w, i, law.braking_mps2), 0.0)
    for j in range(cars.drives.shape[1]):
        if j != i and cars.there[w, j]:
            gap, leader = leader_gap(cars, net, w, i, j, 0.0, law.reach_m)
            most = max(most, hindrance(law, speed, gap, leader))
    return acceleration_mps2(law, speed, wanted, np.inf, 0.0) - law.acceleration_mps2 * most


@njit(cache=True, error_model="numpy")
def follow_all(cars, net, allowed, law, found):
    """Write the acceleration of all that drive to `found` (W, S)."""
    for w, i in np.ndindex(cars.drives.shape):
        if cars.drives[w, i]:
            found[w, i] = follow(cars, net, allowed, law, w, i)
