"""Who has to wait before a shared stretch: gap acceptance by priority."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.roads.baselines.compiled.following import RED, acceleration_mps2, follow, light

STANDING_MPS = 0.3
_HARDEST_MPS2 = 6.0  # who could not stop with all of its brakes goes on


@njit(cache=True, error_model="numpy")
def travel_s(distance_m, speed, fastest, acceleration):
    """Seconds for a distance, from a speed, accelerating evenly up to the fastest; 0 where it is behind."""
    if distance_m <= 0.0:
        return 0.0
    if speed >= fastest:
        return distance_m / max(speed, 0.1)
    ramp = (fastest * fastest - speed * speed) / (2.0 * acceleration)
    if distance_m <= ramp:
        return (math.sqrt(speed * speed + 2.0 * acceleration * distance_m) - speed) / acceleration
    return (fastest - speed) / acceleration + (distance_m - ramp) / fastest


@njit(cache=True, error_model="numpy")
def _fastest(net, allowed, n, r, first_m, until_m):
    """The least speed that is allowed anywhere on a part of a route."""
    found = np.inf
    for k in range(int(max(first_m, 0.0)), int(min(until_m, net.length_m[n, r])) + 1):
        found = min(found, allowed[n, r, k])
    return max(found, 1.0)


@njit(cache=True, error_model="numpy")
def behind_red(cars, net, w, j):
    """Whether a red light keeps j where it is."""
    n, r = cars.road[w], cars.route[w, j]
    before = cars.s_m[w, j] + 0.5 * cars.length_m[w, j] <= net.stop_m[n, r]
    return net.signal[n, r] >= 0 and before and light(net, n, net.signal[n, r], cars.time_s[w]) == RED


@njit(cache=True, error_model="numpy")
def _comes_first(net, n, r, q, own_s, other_s, i, j):
    """Whether the car on route q goes before that on r: by priority, else who is there first."""
    if net.priority[n, r, q] != 0:
        return net.priority[n, r, q] < 0
    return other_s < own_s or (other_s == own_s and j < i)


@njit(cache=True, error_model="numpy")
def stretch(cars, net, joined, w, i, j):
    """Of the stretch that i shares with j: to its begin and its end for i, and for j, m, and whether it is shared.

    From the front bumper to the begin, from the rear bumper to the end; negative: it is past.
    """
    n, r, q = cars.road[w], cars.route[w, i], cars.route[w, j]
    first, until = net.meets_from_m[n, r, q], net.meets_until_m[n, r, q]
    other_first, other_until = net.meets_from_m[n, q, r], net.meets_until_m[n, q, r]
    if not np.isnan(joined[n, r, q]):
        other_first = joined[n, r, q]
    half, other_half = 0.5 * cars.length_m[w, i], 0.5 * cars.length_m[w, j]
    s, other_s = cars.s_m[w, i], cars.s_m[w, j]
    return (
        first - s - half,
        until - s + half,
        other_first - other_s - other_half,
        other_until - other_s + other_half,
        np.isfinite(first) and np.isfinite(other_first),
    )


@njit(cache=True, error_model="numpy")
def must_wait(cars, net, allowed, joined, law, gap_s, w, i, j):
    """Whether i has to stop before the stretch that it shares with j, and how far that is from its front bumper.

    i goes if it leaves the stretch `gap_s` before j enters it, or enters it `gap_s` after j has left it, j at the speed
    that it has; where both run on in one lane it is enough that it enters so much before.
    """
    enter, leave, other_enter, other_leave, shared = stretch(cars, net, joined, w, i, j)
    if not shared or enter <= 0.0 or other_leave <= 0.0:
        return False, np.inf
    n, r, q = cars.road[w], cars.route[w, i], cars.route[w, j]
    speed, other_speed = cars.speed_mps[w, i], cars.speed_mps[w, j]
    fast = _fastest(net, allowed, n, r, cars.s_m[w, i], net.meets_until_m[n, r, q])
    enter_s = travel_s(enter, speed, fast, law.acceleration_mps2)
    inside, merges = other_enter <= 0.0, not np.isnan(joined[n, r, q])
    if inside:
        if merges:
            return False, np.inf  # followed, see _merging_gap
        other_leave_s = other_leave / max(other_speed, STANDING_MPS)
        return enter / max(speed, 0.1) < other_leave_s + gap_s, enter
    if behind_red(cars, net, w, j):
        return False, np.inf
    other_enter_s = other_enter / max(other_speed, STANDING_MPS)
    if not _comes_first(net, n, r, q, enter_s, other_enter_s, i, j):
        return False, np.inf
    own_s = enter_s if merges else travel_s(leave, speed, fast, law.acceleration_mps2)
    if own_s + gap_s <= other_enter_s:
        return False, np.inf
    other_leave_s = other_leave / max(other_speed, STANDING_MPS)
    return enter / max(speed, 0.1) < other_leave_s + gap_s, enter


@njit(cache=True, error_model="numpy")
def merging_gap(cars, net, joined, w, i, j):
    """The gap to j that is already in the lane in which i is about to join it, along the shared stretch; else inf."""
    enter, _, other_enter, other_leave, shared = stretch(cars, net, joined, w, i, j)
    n, r, q = cars.road[w], cars.route[w, i], cars.route[w, j]
    if not shared or np.isnan(joined[n, r, q]) or enter <= 0.0 or other_enter > 0.0 or other_leave <= 0.0:
        return np.inf
    return enter - other_enter - cars.length_m[w, j]


@njit(cache=True, error_model="numpy")
def yield_one(cars, net, allowed, joined, law, gap_s, w, i):
    """The acceleration of i, which follows, stops at lights, and before stretches where it has to wait, m/s2."""
    found, speed = follow(cars, net, allowed, law, w, i), cars.speed_mps[w, i]
    n, r = cars.road[w], cars.route[w, i]
    wanted = allowed[n, r, int(min(max(cars.s_m[w, i], 0.0), net.length_m[n, r]))]
    for j in range(cars.drives.shape[1]):
        if j == i or not cars.there[w, j] or cars.route[w, j] == r:
            continue
        gap = merging_gap(cars, net, joined, w, i, j)
        found = min(found, acceleration_mps2(law, speed, wanted, gap, cars.speed_mps[w, j]))
        waits, gap = must_wait(cars, net, allowed, joined, law, gap_s, w, i, j)
        if waits and speed * speed <= 2.0 * _HARDEST_MPS2 * gap and gap < law.reach_m:
            found = min(found, acceleration_mps2(law, speed, wanted, gap, 0.0))
    return found


@njit(cache=True, error_model="numpy")
def yield_all(cars, net, allowed, joined, law, gap_s, found):
    """Write the acceleration of all that drive to `found` (W, S)."""
    for w, i in np.ndindex(cars.drives.shape):
        if cars.drives[w, i]:
            found[w, i] = yield_one(cars, net, allowed, joined, law, gap_s, w, i)
