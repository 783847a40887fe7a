"""How close each pair came within a step, from where aircraft were at its ends.

For recordings that hold no separation of pairs. Between the ends each aircraft follows the cubic through both positions
and velocities (Hermite), sampled every second, with straight relative motion between samples. A turn or change of speed
that ends within the step makes that up to about 0.01 NM wrong; `settle` takes over what a simulator says of each
aircraft's nearest other, so that all losses of separation and all smallest distances of episodes are its own.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from envs.airspace.evaluation.flight import KT_IN_NM_PER_S, STEP_S, all_pairs

_SAMPLES = round(STEP_S)


def pair_separations(
    position_nm: np.ndarray, velocity_kt: np.ndarray, present: np.ndarray, active_s: np.ndarray, num_steps: np.ndarray
) -> np.ndarray:
    """The smallest distance (NM) of each pair within each step (T, W, P); inf where not both are present.

    Args:
        position_nm, velocity_kt: (T + 1, W, A, 2), over the ground.
        present: (T + 1, W, A). active_s: (T, W, A); who leaves within a step does so after so many seconds.
        num_steps: (W,) steps that each world has flown.
    """
    pairs = all_pairs(active_s.shape[2])
    separation_nm = np.full((*active_s.shape[:2], len(pairs)), np.inf)
    _approach_all(position_nm, velocity_kt, present, active_s, num_steps, pairs, separation_nm)
    return separation_nm


def settle(separation_nm: np.ndarray, nearest_nm: np.ndarray) -> None:
    """Make `separation_nm` (T, W, P) agree with each aircraft's smallest separation `nearest_nm` (T, W, A), in place.

    The pair that comes closest for an aircraft gets exactly that distance, the others are no closer.
    """
    _settle_all(all_pairs(nearest_nm.shape[2]), nearest_nm, separation_nm)


def _weights() -> np.ndarray:
    """The cubic's weights (D + 1, S + 1, 4): for a duration of so many seconds, after each second (at most all of
    them), of both ends' positions and, times the duration, velocities."""
    seconds = np.arange(_SAMPLES + 1.0)
    u = np.minimum(1.0, seconds / np.maximum(seconds[:, None], 1e-9))
    v = 1.0 - u
    return np.stack([(1.0 + 2.0 * u) * v**2, (3.0 - 2.0 * u) * u**2, u * v**2, -(u**2) * v], 2)


_WEIGHTS = _weights()


@njit(cache=True)
def _sample(start, end, start_kt, end_kt, seconds, samples):
    """Fill `samples` (S + 1, 2) with the cubic's positions after each second."""
    hours = seconds * KT_IN_NM_PER_S
    for s in range(samples.shape[0]):
        weights = _WEIGHTS[seconds, s]
        for axis in range(2):
            by_position = weights[0] * start[axis] + weights[1] * end[axis]
            samples[s, axis] = by_position + hours * (weights[2] * start_kt[axis] + weights[3] * end_kt[axis])


@njit(cache=True)
def _closest_squared(one, other, count):
    """Smallest squared distance of two sampled tracks over `count` stretches of straight motion."""
    east, north = other[0, 0] - one[0, 0], other[0, 1] - one[0, 1]
    smallest = east * east + north * north
    for s in range(1, count + 1):
        east_end, north_end = other[s, 0] - one[s, 0], other[s, 1] - one[s, 1]
        move_east, move_north = east_end - east, north_end - north
        if east * move_east + north * move_north < 0.0 < east_end * move_east + north_end * move_north:
            cross = east * move_north - north * move_east
            smallest = min(smallest, cross * cross / (move_east * move_east + move_north * move_north))
        east, north = east_end, north_end
        smallest = min(smallest, east * east + north * north)
    return smallest


@njit(cache=True)
def _approach_all(position, velocity, present, active_s, num_steps, pairs, separation):
    """Fill `separation` (T, W, P)."""
    most_steps, num_worlds, num_slots = active_s.shape
    samples, seconds = np.empty((num_slots, _SAMPLES + 1, 2)), np.empty(num_slots, np.int64)
    for t in range(most_steps):
        for w in range(num_worlds):
            if t >= num_steps[w]:
                continue
            for a in range(num_slots):
                seconds[a] = _SAMPLES if present[t + 1, w, a] else int(active_s[t, w, a])
                if present[t, w, a]:
                    start, end = position[t, w, a], position[t + 1, w, a]
                    _sample(start, end, velocity[t, w, a], velocity[t + 1, w, a], seconds[a], samples[a])
            for p in range(pairs.shape[0]):
                a, b = pairs[p, 0], pairs[p, 1]
                if present[t, w, a] and present[t, w, b]:
                    count = min(seconds[a], seconds[b])
                    separation[t, w, p] = np.sqrt(_closest_squared(samples[a], samples[b], count))


@njit(cache=True)
def _settle_all(pairs, nearest, separation):
    num_steps, num_worlds, num_slots = nearest.shape
    closest = np.empty(num_slots, np.int64)
    for t in range(num_steps):
        for w in range(num_worlds):
            closest[:] = -1
            for p in range(pairs.shape[0]):
                for slot in pairs[p]:
                    if closest[slot] < 0 or separation[t, w, p] < separation[t, w, closest[slot]]:
                        closest[slot] = p
            for p in range(pairs.shape[0]):
                if np.isfinite(separation[t, w, p]):
                    least = max(nearest[t, w, pairs[p, 0]], nearest[t, w, pairs[p, 1]])
                    separation[t, w, p] = max(separation[t, w, p], least)
            for slot in range(num_slots):
                if closest[slot] >= 0 and np.isfinite(nearest[t, w, slot]):
                    separation[t, w, closest[slot]] = nearest[t, w, slot]
