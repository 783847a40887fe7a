"""Slots of shared stretches, first come, first served: when each car may enter each, and how it gets there in time.

The idea of K. Dresner and P. Stone, "A multiagent approach to autonomous intersection management", Journal of
Artificial Intelligence Research 31 (2008): who comes first reserves the time that it takes, later ones what is left.
Here all plans are worked out anew in every step from where the cars are, in the same order.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.roads.baselines.compiled.following import acceleration_mps2, leader_gap, line_gap

_STOPPABLE_MPS2 = 5.5  # who would have to brake harder to stop before a stretch has it
_EASY_MPS2, _HARDEST_MPS2, _SETTLED_S = 2.0, 6.0, 1.0
_CREEP_MPS = 1.5
_SPARE_M = 0.5
_ELSEWHERE_M = 5.0
_ROUNDS = 3
_MOST_HOLDS = 64


@njit(cache=True, error_model="numpy")
def free_times(net, allowed, acceleration, n, r, s_m, speed, times):
    """Fill `times` (P,): seconds from now until each metre of the route, unhindered; 0 where it is past."""
    times[:] = 0.0
    t, length = 0.0, min(int(net.length_m[n, r]), times.shape[0] - 1)
    first = int(min(max(s_m, 0.0), length))
    for k in range(first + 1, times.shape[0]):
        step = k - s_m if k == first + 1 else 1.0
        limit = max(allowed[n, r, min(k, length)], 1.0)
        faster = min(max(limit, speed - 6.0 * step / max(speed, 1.0)), math.sqrt(speed**2 + 2.0 * acceleration * step))
        t += 2.0 * step / max(speed + faster, 0.1)
        times[k], speed = t, faster


@njit(cache=True, error_model="numpy")
def _until(times, s_m):
    """Seconds until s, between metres, beyond the last one at its pace."""
    last = times.shape[0] - 1
    k = int(min(max(s_m, 0.0), last - 1))
    return max(0.0, times[k] + (s_m - k) * (times[k + 1] - times[k]))


@njit(cache=True, error_model="numpy")
def delayed_until(times, holds, num_holds, s_m):
    """Seconds until s where one may not pass places (H, 2), each told with its time, before these."""
    found = _until(times, s_m)
    for h in range(num_holds):
        if holds[h, 0] <= s_m:
            found = max(found, holds[h, 1] + _until(times, s_m) - _until(times, holds[h, 0]))
    return found


@njit(cache=True, error_model="numpy")
def _has(cars, enter, w, i):
    """Whether i is in a stretch that begins `enter` ahead, or can no more stop before it."""
    return cars.speed_mps[w, i] ** 2 > 2.0 * _STOPPABLE_MPS2 * max(enter, 0.0) or enter <= 0.0


@njit(cache=True, error_model="numpy")
def _interval(cars, times, holds, num_holds, w, i, first, until):
    """When some part of i is on a part of its route: from, until, s."""
    half = 0.5 * cars.length_m[w, i]
    return (
        delayed_until(times[i], holds[i], num_holds[i], first - half),
        delayed_until(times[i], holds[i], num_holds[i], until + half),
    )


@njit(cache=True, error_model="numpy")
def _gate(cars, net, w, i):
    """Where i waits, if it must, to pass all that follows at once: before the first stretch it has not; or inf."""
    n, r, found = cars.road[w], cars.route[w, i], np.inf
    for q in range(net.meets_from_m.shape[2]):
        first = net.meets_from_m[n, r, q]
        if first > 0.0 and first < np.inf and not _has(cars, first - cars.s_m[w, i] - 0.5 * cars.length_m[w, i], w, i):
            found = min(found, first)
    return found - 0.5 * cars.length_m[w, i]


@njit(cache=True, error_model="numpy")
def _keep_apart(cars, net, gap_s, w, i, j, parts, planned, times, holds, num_holds):
    """Write a hold of i before the first of `parts` (from, until of i, of j) if j has it then; whether there is one."""
    first, until, other_first, other_until = parts
    enter = first - cars.s_m[w, i] - 0.5 * cars.length_m[w, i]
    other_enter = other_first - cars.s_m[w, j] - 0.5 * cars.length_m[w, j]
    past = cars.s_m[w, i] > until + 0.5 * cars.length_m[w, i]
    other_past = cars.s_m[w, j] > other_until + 0.5 * cars.length_m[w, j]
    has = _has(cars, other_enter, w, j)
    if past or other_past or _has(cars, enter, w, i) or not (planned[j] or has):
        return False
    own_in, own_out = _interval(cars, times, holds, num_holds, w, i, first, until)
    other_in, other_out = _interval(cars, times, holds, num_holds, w, j, other_first, other_until)
    before = own_out + gap_s <= other_in and not has
    if before or own_in >= other_out + gap_s - 1e-9 or num_holds[i] == _MOST_HOLDS:
        return False
    at = first - 0.5 * cars.length_m[w, i]
    gate = min(at, _gate(cars, net, w, i))
    earlier_s = _until(times[i], at) - _until(times[i], gate)
    holds[i, num_holds[i], 0], holds[i, num_holds[i], 1] = gate, other_out + gap_s - earlier_s
    num_holds[i] += 1
    return True


@njit(cache=True, error_model="numpy")
def _reserve(cars, net, joined, gap_s, w, i, planned, times, holds, num_holds):
    """Write the holds of i: before each stretch that somebody planned before, or who has it, leaves too late.

    Of two routes that run on in one lane the begin counts, on each route that of either.
    """
    n, r = cars.road[w], cars.route[w, i]
    for _ in range(_ROUNDS):
        changed = False
        for j in range(cars.drives.shape[1]):
            q = cars.route[w, j]
            first, other_first = net.meets_from_m[n, r, q], net.meets_from_m[n, q, r]
            if j == i or not cars.there[w, j] or not np.isfinite(first):
                continue
            if np.isnan(joined[n, r, q]):
                parts = (first, net.meets_until_m[n, r, q], other_first, net.meets_until_m[n, q, r])
                changed |= _keep_apart(cars, net, gap_s, w, i, j, parts, planned, times, holds, num_holds)
                continue
            there, here = joined[n, r, q], joined[n, q, r]
            parts = (first, first, there, there)
            changed |= _keep_apart(cars, net, gap_s, w, i, j, parts, planned, times, holds, num_holds)
            if np.isfinite(here) and abs(here - first) > _ELSEWHERE_M:
                parts = (here, here, other_first, other_first)
                changed |= _keep_apart(cars, net, gap_s, w, i, j, parts, planned, times, holds, num_holds)
        if not changed:
            break


@njit(cache=True, error_model="numpy")
def hold_back(law, speed, wanted, gap, seconds):
    """The acceleration that brings one to a place in so many seconds, and to a stand before it if it must, m/s2."""
    room = max(gap - _SPARE_M, 0.05)
    slot = max(room / max(seconds, 0.1), _CREEP_MPS)
    found = acceleration_mps2(law, speed, wanted, np.inf, 0.0)
    found = min(found, max((slot - speed) / _SETTLED_S, -_EASY_MPS2))
    needed = speed * speed / (2.0 * room)
    if needed >= _EASY_MPS2 or room <= 0.05:
        found = min(found, -needed)
    return max(found, -_HARDEST_MPS2)


@njit(cache=True, error_model="numpy")
def _order(cars, w, order):
    """Write all that drive to `order`, who came first first; how many."""
    count = 0
    for i in range(order.shape[0]):
        if not cars.drives[w, i]:
            continue
        place = count
        while place > 0 and cars.order[w, order[place - 1]] > cars.order[w, i]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = i
        count += 1
    return count


@njit(cache=True, error_model="numpy")
def reserve_all(cars, net, allowed, joined, law, gap_s, found):
    """Write the acceleration of all that drive to `found` (W, S)."""
    num_slots, num_points = cars.drives.shape[1], allowed.shape[2]
    times, holds = np.zeros((num_slots, num_points)), np.zeros((num_slots, _MOST_HOLDS, 2))
    order, num_holds, planned = (
        np.zeros(num_slots, np.int64),
        np.zeros(num_slots, np.int64),
        np.zeros(num_slots, np.bool_),
    )
    for w in range(cars.drives.shape[0]):
        n = cars.road[w]
        num_holds[:], planned[:] = 0, False
        for i in range(num_slots):
            if cars.there[w, i]:
                route, s, speed = cars.route[w, i], cars.s_m[w, i], cars.speed_mps[w, i]
                free_times(net, allowed, law.acceleration_mps2, n, route, s, speed, times[i])
        for place in range(_order(cars, w, order)):
            i = order[place]
            _reserve(cars, net, joined, gap_s, w, i, planned, times, holds, num_holds)
            planned[i] = True
            found[w, i] = _kept(cars, net, allowed, joined, law, w, i, holds[i], num_holds[i])


@njit(cache=True, error_model="numpy")
def _kept(cars, net, allowed, joined, law, w, i, holds, num_holds):
    """The acceleration of i that follows in its lane, stops at lights, and keeps its holds, m/s2.

    Who only crosses its way is no leader: slots see to that.
    """
    n, r, speed = cars.road[w], cars.route[w, i], cars.speed_mps[w, i]
    wanted = allowed[n, r, int(min(max(cars.s_m[w, i], 0.0), net.length_m[n, r]))]
    found = acceleration_mps2(law, speed, wanted, line_gap(cars, net, w, i, law.braking_mps2), 0.0)
    for j in range(cars.drives.shape[1]):
        if j != i and cars.there[w, j] and not np.isnan(joined[n, r, cars.route[w, j]]):
            gap, leader = leader_gap(cars, net, w, i, j, 0.0, law.reach_m)
            found = min(found, acceleration_mps2(law, speed, wanted, gap, leader))
    for h in range(num_holds):
        found = min(found, hold_back(law, speed, wanted, holds[h, 0] - cars.s_m[w, i], holds[h, 1]))
    return found
