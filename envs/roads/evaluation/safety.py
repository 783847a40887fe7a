"""What went wrong, who was to blame, and how close it came, per car."""

from __future__ import annotations

import math

import numpy as np

from envs.roads.evaluation.compiled.closing import encroachments, is_ahead, times_to_collision
from envs.roads.evaluation.drive import ARRIVED, COLLIDED, OFF_ROAD, RED_LIGHT, Columns, Drive
from envs.roads.evaluation.lanes import astride
from envs.roads.simulation.compiled.boxes import overlap_by_yaw

HORIZON_S, AHEAD_RAD, SOONEST_S = 5.0, math.radians(30.0), 0.95
"""Of the time to collision: how far it is looked ahead, at whom, and what must always be left; V-Max's."""
LONGEST_PET_S, LEAST_TURN_RAD = 5.0, math.radians(10.0)
"""Of the time between: longer ones are not looked for; who comes at less of an angle follows."""
STOPPED_MPS, BEHIND_RAD = 0.05, math.radians(150.0)
_TOUCH_M = 0.3  # who has just been stopped by the crash may stand a hair apart


def outcomes(drive: Drive) -> Columns:
    """Of cars (W, S), bool: arrived, collided, off_road, red_light, lost (any of the three), at_fault (see `blame`)."""
    status = np.where(drive.entered, drive.status, 0)
    found = {
        "arrived": status == ARRIVED,
        "collided": status == COLLIDED,
        "off_road": status == OFF_ROAD,
        "red_light": status == RED_LIGHT,
    }
    lost = found["collided"] | found["off_road"] | found["red_light"]
    return found | {"lost": lost, "at_fault": blame(drive) & found["collided"]}


def blame(drive: Drive) -> np.ndarray:
    """(W, S) bool: collided by its own fault, as nuPlan and V-Max have it.

    Not where it stood (0.05 m/s at most), nor where the other's middle lay behind it (150 degrees from the nose, seen
    from the rear axle). Else where the other stood, or its front bumper touched the other; and where it was hit from
    the side if it stood astride its lane. Of a crash whose other part is not found all are to blame.
    """
    last = {name: drive.of_last(getattr(drive, name)) for name in ("x_m", "y_m", "yaw_rad", "speed_mps")}
    beside_lane = drive.of_last(astride(drive))
    when, found = _last_state(drive), np.zeros(drive.entered.shape, bool)
    for w, i in np.argwhere(drive.entered & (drive.status == COLLIDED)):
        others = [int(j) for j in np.flatnonzero(drive.entered[w]) if j != i and _together(drive, when, w, i, int(j))]
        touched = [j for j in others if _touch(drive, last, w, i, j)]
        found[w, i] = not touched or any(_to_blame(drive, last, beside_lane, w, i, j) for j in touched)
    return found


def _last_state(drive: Drive) -> np.ndarray:
    """(W, S): the state in which each car was last seen."""
    return np.asarray(len(drive.seen) - 1 - drive.seen[::-1].argmax(0))


def _together(drive: Drive, when: np.ndarray, w: int, i: int, j: int) -> bool:
    """Whether j was there when i crashed: seen, or a wreck by then."""
    return bool(drive.seen[when[w, i], w, j]) or bool(drive.status[w, j] == COLLIDED and when[w, j] <= when[w, i])


def _box(drive: Drive, last: Columns, w: int, i: int, more_m: float) -> tuple[float, ...]:
    place = (last[name][w, i] for name in ("x_m", "y_m", "yaw_rad"))
    return (*place, drive.length_m[w, i] + more_m, drive.width_m[w, i] + more_m)


def _touch(drive: Drive, last: Columns, w: int, i: int, j: int) -> bool:
    return bool(overlap_by_yaw(*_box(drive, last, w, i, _TOUCH_M), *_box(drive, last, w, j, _TOUCH_M)))


def _to_blame(drive: Drive, last: Columns, beside_lane: np.ndarray, w: int, i: int, j: int) -> bool:
    if last["speed_mps"][w, i] <= STOPPED_MPS:
        return False
    if last["speed_mps"][w, j] <= STOPPED_MPS:
        return True
    x, y, yaw, length, width = _box(drive, last, w, i, 0.0)
    other_x, other_y = last["x_m"][w, j], last["y_m"][w, j]
    if is_ahead(x, y, yaw + math.pi, -length, other_x, other_y, math.pi - BEHIND_RAD):
        return False
    ahead = 0.5 * length
    bumper = (x + ahead * math.cos(yaw), y + ahead * math.sin(yaw), yaw, _TOUCH_M, width + _TOUCH_M)
    return bool(overlap_by_yaw(*bumper, *_box(drive, last, w, j, _TOUCH_M))) or bool(beside_lane[w, i])


def closeness(drive: Drive) -> Columns:
    """Of cars (W, S): how close they came to others.

    min_ttc_s: the smallest time to collision with any car within 30 degrees ahead, both at constant velocity, in ticks
        of 0.1 s; 5 where it was never less.
    ttc_within_bound: never below 0.95 s. near_misses: how often it fell below.
    min_pet_s: post-encroachment time, the least time between a car's leaving a place and another's coming there, of
        both (Allen, Shin and Cooper, "Analysis of traffic conflicts and collisions", Transportation Research Record
        667, 1978), in whole steps; NaN: none within 5 s. Who comes at less than 10 degrees follows and is not counted.
    """
    ttc = np.full(drive.driving.shape, HORIZON_S)
    places = (drive.x_m, drive.y_m, drive.yaw_rad)
    arrays = (*places, drive.speed_mps, drive.length_m, drive.width_m)
    times_to_collision(*arrays, drive.seen, HORIZON_S, AHEAD_RAD, ttc)
    below = ttc < SOONEST_S
    most = round(LONGEST_PET_S / drive.step_s)
    least = np.full(drive.entered.shape, most + 1.0)
    encroachments(*places, drive.length_m, drive.width_m, drive.seen, most, LEAST_TURN_RAD, least)
    return {
        "min_ttc_s": ttc.min(0),
        "ttc_within_bound": ~below.any(0),
        "near_misses": (below[1:] & ~below[:-1]).sum(0) + below[0],
        "min_pet_s": np.where(least <= most, least * drive.step_s, np.nan),
    }
