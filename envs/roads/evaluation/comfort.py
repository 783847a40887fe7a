"""Was it comfortable: accelerations, jerk and turning against the bounds of nuPlan and of V-Max, per car."""

from __future__ import annotations

import numpy as np

from envs.roads.evaluation.drive import Columns, Drive

TICK_S = 0.1
LEAST_MPS2, MOST_MPS2, YAW_RAD_PER_S = -4.05, 2.40, 0.95
"""Longitudinal acceleration, and yaw rate, of both."""
LATERAL_MPS2, JERK_MPS3, YAW_RAD_PER_S2 = 2.0, 8.3, 2.2
"""V-Max's further bounds: lateral acceleration, longitudinal jerk, yaw acceleration."""
NUPLAN_LATERAL_MPS2, NUPLAN_JERK_MPS3, NUPLAN_ALL_JERK_MPS3, NUPLAN_YAW_RAD_PER_S2 = 4.89, 4.13, 8.37, 1.93
"""nuPlan's: of jerk the longitudinal one, and that of the acceleration's magnitude."""
HARD_MPS2 = LEAST_MPS2
"""A hard brake is one below it."""
_STRAIGHT = np.array([-2.0, -1.0, 0.0, 1.0, 2.0]) / 10.0  # first derivative of the parabola through five, least squares
_BENT = np.array([2.0, -1.0, -2.0, -1.0, 2.0]) / 7.0  # second derivative of the same


def comfort(drive: Drive) -> Columns:
    """Of cars (W, S):

    comfort: bool, within V-Max's bounds all along. comfort_nuplan: within nuPlan's. hard_brakes: how often it began to
    brake harder than 4.05 m/s2. Who drove for less than 0.5 s is comfortable.

    Speeds and headings are taken each 0.1 s, between two steps straight from one to the other, and derived as V-Max and
    nuPlan do, by least squares over five of them (Savitzky and Golay, Analytical Chemistry 36, 1964; a parabola).
    Lateral acceleration is speed times yaw rate.
    """
    found = np.ones((2, *drive.entered.shape), bool)
    brakes = np.zeros(drive.entered.shape, np.int64)
    for w, i in np.argwhere(drive.entered):
        states = np.flatnonzero(drive.seen[:, w, i])
        yaws = np.unwrap(drive.yaw_rad[states, w, i])
        speed, yaw = (_ticks(values, drive.step_s) for values in (drive.speed_mps[states, w, i], yaws))
        if len(speed) >= len(_STRAIGHT):
            motion = _motion(speed, yaw)
            found[0, w, i], found[1, w, i] = _vmax(*motion), _nuplan(*motion)
        hard = np.diff(drive.speed_mps[states, w, i]) / drive.step_s < HARD_MPS2
        brakes[w, i] = (hard[1:] & ~hard[:-1]).sum() + hard[:1].sum()
    return {"comfort": found[0], "comfort_nuplan": found[1], "hard_brakes": brakes}


def _ticks(values: np.ndarray, step_s: float) -> np.ndarray:
    """Values each 0.1 s from those each step."""
    last = step_s * (len(values) - 1)
    times = np.arange(round(last / TICK_S) + 1) * TICK_S
    return np.interp(times, step_s * np.arange(len(values)), values)


def _motion(speed: np.ndarray, yaw: np.ndarray) -> tuple[np.ndarray, ...]:
    """Longitudinal and lateral acceleration, jerk of the first, of their magnitude, yaw rate and yaw acceleration."""
    forward, turning = _derived(speed, _STRAIGHT, 1), _derived(yaw, _STRAIGHT, 1)
    aside = speed[2:-2] * turning
    magnitude = np.hypot(forward, aside)
    together = _derived(magnitude, _STRAIGHT, 1) if len(magnitude) >= len(_STRAIGHT) else np.zeros(1)
    return forward, aside, _derived(speed, _BENT, 2), together, turning, _derived(yaw, _BENT, 2)


def _derived(values: np.ndarray, weights: np.ndarray, order: int) -> np.ndarray:
    """Derivatives (n - 4,) of values (n,) each 0.1 s."""
    return np.correlate(values, weights, "valid") / TICK_S**order


def _vmax(*motion: np.ndarray) -> bool:
    forward, aside, jerk, _, turning, twisting = motion
    return _within(forward, turning) and _below((aside, LATERAL_MPS2), (jerk, JERK_MPS3), (twisting, YAW_RAD_PER_S2))


def _nuplan(*motion: np.ndarray) -> bool:
    forward, aside, jerk, together, turning, twisting = motion
    return _within(forward, turning) and _below(
        (aside, NUPLAN_LATERAL_MPS2),
        (jerk, NUPLAN_JERK_MPS3),
        (together, NUPLAN_ALL_JERK_MPS3),
        (twisting, NUPLAN_YAW_RAD_PER_S2),
    )


def _within(forward: np.ndarray, turning: np.ndarray) -> bool:
    return bool(forward.min() >= LEAST_MPS2 and forward.max() <= MOST_MPS2) and _below((turning, YAW_RAD_PER_S))


def _below(*bounded: tuple[np.ndarray, float]) -> bool:
    return all(bool(np.abs(values).max() <= bound) for values, bound in bounded)
