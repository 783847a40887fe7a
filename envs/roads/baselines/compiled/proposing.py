"""Plans of a car over some seconds, simulated against others at constant velocity, and which is best."""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from envs.roads.baselines.compiled.following import acceleration_mps2, beside, hindrance, line_gap
from envs.roads.baselines.compiled.paths import place, project
from envs.roads.simulation.compiled.boxes import overlap_by_yaw

SOONEST_S = 0.95
"""Time to collision that must be left, as nuPlan's metric has it."""
PROGRESS, TTC, COMFORT = 5.0, 5.0, 2.0
"""Weights of the parts of a plan's score, as in PDM."""
_HARDEST_MPS2, _EMERGENCY_S = 6.0, 2.0
_LEAST_PROGRESS_M = 0.1
_STOPPED_MPS = 0.05
_ASIDE_M, _SPARE_M = 0.2, 0.4  # of others, and of the road's edges
_LATERAL_MPS = 1.0  # towards an offset
_EASY_MPS2, _HARD_MPS2 = 2.40, -4.05  # nuPlan's comfort, longitudinal


@njit(cache=True, error_model="numpy")
def forecast(cars, net, w, i, step_s, ahead, who):
    """Fill `ahead` (T, S, 7): x, y of all others in T steps at constant velocity, and how they lie on i's route.

    The other columns: s there, d, half of what they cover along and across, speed along. `who` (S,): whose each is; who
    is so far that they cannot meet is left out. How many there are.
    """
    n, r, s, count = cars.road[w], cars.route[w, i], cars.s_m[w, i], 0
    horizon_s = ahead.shape[0] * step_s
    own_reach = 10.0 + horizon_s * (cars.speed_mps[w, i] + horizon_s)
    until = min(s + own_reach, net.length_m[n, r])
    for j in range(ahead.shape[1]):
        speed = cars.speed_mps[w, j]
        away = math.hypot(cars.x_m[w, j] - cars.x_m[w, i], cars.y_m[w, j] - cars.y_m[w, i])
        if j == i or not cars.there[w, j] or away > own_reach + horizon_s * speed + cars.length_m[w, j]:
            continue
        cosine, sine = math.cos(cars.yaw_rad[w, j]), math.sin(cars.yaw_rad[w, j])
        for t in range(ahead.shape[0]):
            x = cars.x_m[w, j] + speed * cosine * t * step_s
            y = cars.y_m[w, j] + speed * sine * t * step_s
            at, d, heading = project(net.point_m[n, r], net.heading_rad[n, r], x, y, s, until)
            along, across = beside(cars.yaw_rad[w, j], cars.length_m[w, j], cars.width_m[w, j], heading)
            of = ahead[t, count]
            of[0], of[1], of[2], of[3], of[4], of[5] = x, y, at, d, along, across
            of[6] = max(0.0, speed * math.cos(cars.yaw_rad[w, j] - heading))
        who[count] = j
        count += 1
    return count


@njit(cache=True, error_model="numpy")
def _hindered(cars, ahead, count, law, w, i, t, s, d, speed):
    """The largest hindrance by those that are in the way then."""
    found, half, front = 0.0, 0.5 * cars.width_m[w, i] + _ASIDE_M, s + 0.5 * cars.length_m[w, i]
    for c in range(count):
        of = ahead[t, c]
        if of[2] > s and abs(of[3] - d) <= of[5] + half:
            found = max(found, hindrance(law, speed, of[2] - of[4] - front, of[6]))
    return found


@njit(cache=True, error_model="numpy")
def _hits(cars, ahead, who, count, w, i, t, x, y, yaw, speed):
    """Whether i there, then, touches another that it is to blame for: not if i stands, nor where the other is behind.

    nuPlan's at-fault collision: neither at a standstill, nor by who comes from behind.
    """
    if speed <= _STOPPED_MPS or t >= ahead.shape[0]:
        return False
    for c in range(count):
        j, east, north = who[c], ahead[t, c, 0] - x, ahead[t, c, 1] - y
        length, width = cars.length_m[w, j], cars.width_m[w, j]
        reach = 0.5 * (length + width + cars.length_m[w, i] + cars.width_m[w, i])
        if east * east + north * north > reach * reach:
            continue
        own_length, own_width, other_yaw = cars.length_m[w, i], cars.width_m[w, i], cars.yaw_rad[w, j]
        if overlap_by_yaw(0.0, 0.0, yaw, own_length, own_width, east, north, other_yaw, length, width):
            forward = east * math.cos(yaw) + north * math.sin(yaw)
            if forward > -0.4 * cars.length_m[w, i] or cars.speed_mps[w, j] <= _STOPPED_MPS:
                return True
    return False


@njit(cache=True, error_model="numpy")
def simulate(cars, net, allowed, law, ahead, who, count, step_s, w, i, share, offset, told):
    """Drive one plan; write `told` (6,): metres made, no collision, on the road, TTC kept, comfort, when it hits.

    Args:
        share: of the allowed speed. offset: to the left of the route, m.

    Returns:
        The acceleration of its first step, m/s2.
    """
    n, r, s, d, speed = cars.road[w], cars.route[w, i], cars.s_m[w, i], cars.d_m[w, i], cars.speed_mps[w, i]
    start, half, length = s, 0.5 * cars.width_m[w, i], net.length_m[n, r]
    line, lag = s + line_gap(cars, net, w, i, law.braking_mps2), round(SOONEST_S / step_s)
    told[:] = 1.0
    told[5], first = np.inf, 0.0
    for t in range(ahead.shape[0]):
        k = int(min(max(s, 0.0), length))
        wanted = share * allowed[n, r, k]
        most = max(_hindered(cars, ahead, count, law, w, i, t, s, d, speed), hindrance(law, speed, line - s, 0.0))
        push = acceleration_mps2(law, speed, wanted, np.inf, 0.0) - law.acceleration_mps2 * most
        push = min(max(push, -_HARDEST_MPS2), law.acceleration_mps2)
        first = push if t == 0 else first
        x, y, yaw = place(net.point_m[n, r], net.heading_rad[n, r], length, s, d)
        if t == 0:
            x, y, yaw = cars.x_m[w, i], cars.y_m[w, i], cars.yaw_rad[w, i]
        if _hits(cars, ahead, who, count, w, i, t, x, y, yaw, speed):
            told[1], told[5] = 0.0, t * step_s
            break
        moved = speed * lag * step_s
        soon_x, soon_y = x + moved * math.cos(yaw), y + moved * math.sin(yaw)
        if told[3] > 0.0 and _hits(cars, ahead, who, count, w, i, t + lag, soon_x, soon_y, yaw, speed):
            told[3] = 0.0
        swing = half + cars.length_m[w, i] ** 2 / 8.0 * abs(net.curvature_per_m[n, r, k]) + _SPARE_M
        left, right = swing + d > net.left_m[n, r, k], swing - d > net.right_m[n, r, k]
        if (left and d > cars.d_m[w, i]) or (right and d < cars.d_m[w, i]):  # who is there already may come back
            told[2] = 0.0
            break
        if push < _HARD_MPS2 or push > _EASY_MPS2:
            told[4] = 0.0
        faster = max(0.0, speed + push * step_s)
        s, speed = s + 0.5 * (speed + faster) * step_s, faster
        d += min(max(offset - d, -_LATERAL_MPS * step_s), _LATERAL_MPS * step_s)
        if s >= length:
            break
    told[0] = s - start
    return first


@njit(cache=True, error_model="numpy")
def best_plan(told):
    """The best of plans (N, 6) by PDM's score, the first of equals: its place, and the score.

    Product of no collision and on the road, times the weighted mean of progress over the most that any harmless plan
    makes (1 where that is nothing), TTC and comfort. Dauner, Hallgarten, Geiger and Chitta, "Parting with
    misconceptions about learning-based vehicle motion planning", CoRL 2023.
    """
    most = 0.0
    for n in range(told.shape[0]):
        most = max(most, told[n, 0] * told[n, 1] * told[n, 2])
    best, largest = 0, -1.0
    for n in range(told.shape[0]):
        progress = told[n, 0] / most if most > _LEAST_PROGRESS_M else 1.0
        mean = (PROGRESS * min(progress, 1.0) + TTC * told[n, 3] + COMFORT * told[n, 4]) / (PROGRESS + TTC + COMFORT)
        score = told[n, 1] * told[n, 2] * mean
        if score > largest:
            best, largest = n, score
    return best, largest


@njit(cache=True, error_model="numpy", parallel=True)
def propose_all(cars, net, allowed, law, shares, offsets, horizon_s, step_s, found, aside):
    """Write acceleration and offset of the best plan of all that drive to `found`, `aside` (W, S).

    Where even the best one hits somebody within two seconds, all brakes.

    Args:
        shares, offsets: of the plans, each of one with each of the other, the wanted ones first.
    """
    num_steps, num_slots = round(horizon_s / step_s) + 1, cars.drives.shape[1]
    for w in prange(cars.drives.shape[0]):
        ahead, who = np.zeros((num_steps, num_slots, 7)), np.zeros(num_slots, np.int64)
        told, firsts = np.zeros((len(shares) * len(offsets), 6)), np.zeros(len(shares) * len(offsets))
        for i in range(num_slots):
            if not cars.drives[w, i]:
                continue
            count = forecast(cars, net, w, i, step_s, ahead, who)
            for n in range(len(firsts)):
                share, offset = shares[n // len(offsets)], offsets[n % len(offsets)]
                firsts[n] = simulate(cars, net, allowed, law, ahead, who, count, step_s, w, i, share, offset, told[n])
            best, _ = best_plan(told)
            found[w, i] = -_HARDEST_MPS2 if told[best, 5] <= _EMERGENCY_S else firsts[best]
            aside[w, i] = offsets[best % len(offsets)]
