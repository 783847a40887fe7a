"""Did cars keep to their lanes, their direction and their limits, per car."""

from __future__ import annotations

import numpy as np

from envs.roads.evaluation.drive import Columns, Drive

LANE_M, MARGIN_M = 3.5, 0.2
"""A corner further than half a lane and the margin from the middle of the route stands in another lane."""
SHORT_S, LONG_S = 3.4, 5.7
"""Seconds astride two lanes that cost nothing, and all; between them half. V-Max's."""
SHORT_M, LONG_M = 2.0, 6.0
"""The same of metres against the direction, nuPlan's."""
EXCESS_MPS = 2.23
"""So much above the limit on the mean costs all, nuPlan's."""
_BITS = 1e-9


def astride(drive: Drive) -> np.ndarray:
    """(T + 1, W, S) bool: some corner is further from the middle of its route than half a lane and 0.2 m.

    On a bend the corners are taken as if it went on straight: 0.5 m at most where 4.8 m turn on a radius of 6 m.
    """
    across = 0.5 * (
        drive.length_m * np.abs(np.sin(drive.off_heading_rad)) + drive.width_m * np.abs(np.cos(drive.off_heading_rad))
    )
    return np.asarray(np.abs(drive.d_m) + across > 0.5 * LANE_M + MARGIN_M)


def lanes(drive: Drive) -> Columns:
    """Of cars (W, S):

    astride_s: seconds astride. lanes: 1 up to 3.4 s, 0.5 up to 5.7 s, else 0.
    wrong_way_m: metres driven with the nose more than 90 degrees off the route. direction: 1 up to 2 m, 0.5 up to 6 m.
    speed: 1 - mean excess over the limit / 2.23 m/s, at least 0. max_excess_mps: the largest.
    """
    step_s, drove = drive.step_s, drive.drove
    astride_s = step_s * (astride(drive)[1:] & drove).sum(0)
    wrong = np.cos(drive.off_heading_rad[1:]) < 0.0
    wrong_m = step_s * np.where(wrong & drove, np.abs(drive.speed_mps[1:]), 0.0).sum(0)
    excess = np.where(drove, np.maximum(drive.speed_mps[1:] - drive.limit_mps[1:], 0.0), 0.0)
    mean = step_s * excess.sum(0) / np.maximum(drive.driven_s, step_s)
    return {
        "astride_s": astride_s,
        "lanes": _of_two(astride_s, SHORT_S, LONG_S),
        "wrong_way_m": wrong_m,
        "direction": _of_two(wrong_m, SHORT_M, LONG_M),
        "speed": np.maximum(0.0, 1.0 - mean / EXCESS_MPS),
        "max_excess_mps": excess.max(0, initial=0.0),
    }


def _of_two(amount: np.ndarray, little: float, much: float) -> np.ndarray:
    """1 up to little, 0.5 up to much, else 0; sums of steps end in some last bits."""
    return np.where(amount <= little + _BITS, 1.0, np.where(amount <= much + _BITS, 0.5, 0.0))
