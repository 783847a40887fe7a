"""Cars that pass in an order: each follows its route and waits before a shared stretch until it is its turn."""

from __future__ import annotations

import numpy as np
from numba import njit

from envs.roads.baselines.compiled.following import acceleration_mps2, follow
from envs.roads.baselines.compiled.reserving import free_times
from envs.roads.baselines.compiled.yielding import merging_gap, stretch

_HARDEST_MPS2 = 6.0
_LONGEST_M = 15.0  # of a stretch that counts as shared: beyond, they follow each other


@njit(cache=True, error_model="numpy")
def pass_all(cars, net, allowed, followed, entry, law, rank, found):
    """Write the acceleration (m/s2) of all that drive to `found` (W, S).

    Args:
        cars, net, law: see envs/roads/baselines/traffic.py. allowed: see baselines/compiled/paths.py. followed: as
            its `joins`, (N, R, R) m, but NaN where it is not told who goes first: there only one is in the stretch.
        entry: (N, R), of each route. rank: (W, S), whose turn is before whose.
    """
    for w, i in np.ndindex(cars.drives.shape):
        if cars.drives[w, i]:
            found[w, i] = _pass_one(cars, net, allowed, followed, entry, law, rank, w, i)


@njit(cache=True, error_model="numpy")
def _pass_one(cars, net, allowed, followed, entry, law, rank, w, i):
    """What brings i on behind who is ahead, and to a stand where others have to pass before."""
    found, speed = follow(cars, net, allowed, law, w, i), cars.speed_mps[w, i]
    n, r = cars.road[w], cars.route[w, i]
    wanted = allowed[n, r, int(min(max(cars.s_m[w, i], 0.0), net.length_m[n, r]))]
    for j in range(cars.drives.shape[1]):
        q = cars.route[w, j]
        if j == i or entry[n, q] == entry[n, r] or not np.isfinite(net.meets_from_m[n, r, q]):
            continue
        if cars.there[w, j]:
            gap = merging_gap(cars, net, followed, w, i, j)
            found = min(found, acceleration_mps2(law, speed, wanted, gap, cars.speed_mps[w, j]))
        gap = _until_turn(cars, net, followed, rank, w, i, j)
        if speed * speed <= 2.0 * _HARDEST_MPS2 * gap and gap < law.reach_m:
            found = min(found, acceleration_mps2(law, speed, wanted, gap, 0.0))
    return found


@njit(cache=True, error_model="numpy")
def _until_turn(cars, net, followed, rank, w, i, j):
    """How far it is to where i has to wait for j, m; inf: it has not.

    It waits until j has left the stretch, or where it then follows j in one lane, until j is in it.
    """
    n, r, q = cars.road[w], cars.route[w, i], cars.route[w, j]
    enter, _, other_enter, other_leave, _ = stretch(cars, net, followed, w, i, j)
    if enter <= 0.0 or not cars.there[w, j] or other_leave <= 0.0:
        return np.inf
    if other_enter <= 0.0:
        return enter if np.isnan(followed[n, r, q]) else np.inf
    if net.signal[n, r] >= 0 and net.signal[n, q] >= 0:
        return np.inf
    return enter if rank[w, j] < rank[w, i] else np.inf


@njit(cache=True, error_model="numpy")
def free_passages(cars, net, allowed, acceleration, begin_s):
    """When each car would be at each metre of its route if it were alone: (W, S, P), s from the episode's begin.

    Args:
        begin_s: (W, S), when each enters.
    """
    num_worlds, num_slots = cars.route.shape
    times = np.zeros((num_worlds, num_slots, allowed.shape[2]))
    for w, i in np.ndindex(cars.route.shape):
        n, r = cars.road[w], cars.route[w, i]
        free_times(net, allowed, acceleration, n, r, cars.s_m[w, i], cars.speed_mps[w, i], times[w, i])
        times[w, i] += begin_s[w, i]
    return times


@njit(cache=True, error_model="numpy")
def shared_seconds(cars, net, times, present):
    """For how many seconds two cars of each world (W,) would be in the first 15 m of a stretch, were each alone.

    Args:
        times: as `free_passages` gives them. present: (W, S).
    """
    found = np.zeros(cars.route.shape[0])
    for w, i in np.ndindex(cars.route.shape):
        for j in range(i):
            if present[w, i] and present[w, j]:
                found[w] += _together(cars, net, times, w, i, j)
    return found


@njit(cache=True, error_model="numpy")
def _together(cars, net, times, w, i, j):
    n, r, q = cars.road[w], cars.route[w, i], cars.route[w, j]
    if net.meets_from_m[n, r, q] == np.inf or net.meets_from_m[n, r, q] <= 0.0:
        return 0.0
    own_from, own_until = _within(cars, net, times, w, i, r, q)
    other_from, other_until = _within(cars, net, times, w, j, q, r)
    return max(0.0, min(own_until, other_until) - max(own_from, other_from))


@njit(cache=True, error_model="numpy")
def _within(cars, net, times, w, i, r, q):
    """When a car is in the stretch of its route r that q shares, from, until."""
    n, half = cars.road[w], 0.5 * cars.length_m[w, i]
    first = int(max(net.meets_from_m[n, r, q] - half, 0.0))
    until = min(net.meets_until_m[n, r, q], net.meets_from_m[n, r, q] + _LONGEST_M)
    last = int(min(until + half, net.length_m[n, r]))
    return times[w, i, first], times[w, i, last]
