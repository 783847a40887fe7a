"""Comfort against the bounds, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from drives_by_hand import STEP_S, Track, drive

from envs.roads.evaluation.comfort import comfort


def of(speed: np.ndarray | float, yaw: np.ndarray | float = 0.0) -> dict[str, float]:
    speed, yaw = np.broadcast_to(speed, 21), np.broadcast_to(yaw, 21)
    found = comfort(drive(Track(speed_mps=tuple(speed), yaw_rad=tuple(yaw))))
    return {name: column[0, 0] for name, column in found.items()}


TIMES = np.arange(21) * STEP_S


@pytest.mark.parametrize(
    ("acceleration", "vmax", "nuplan"),
    [(2.3, True, True), (2.5, False, False), (-4.0, True, True), (-4.2, False, False)],
)
def test_longitudinal_acceleration_is_bounded_by_both(acceleration: float, vmax: bool, nuplan: bool) -> None:
    found = of(20.0 + acceleration * TIMES)
    assert (found["comfort"], found["comfort_nuplan"]) == (vmax, nuplan)


def test_lateral_acceleration_is_bounded_by_2_for_v_max_and_4_89_for_nuplan() -> None:
    """10 m/s and 0.3 rad/s: 3 m/s2; at 0.15 rad/s 1.5 m/s2; at 0.6 rad/s 6 m/s2."""
    assert [of(10.0, rate * TIMES)["comfort"] for rate in (0.15, 0.3, 0.6)] == [True, False, False]
    assert [of(10.0, rate * TIMES)["comfort_nuplan"] for rate in (0.15, 0.3, 0.6)] == [True, True, False]


def test_turning_fast_on_the_spot_is_uncomfortable() -> None:
    assert [of(0.5, rate * TIMES)["comfort"] for rate in (0.9, 1.0)] == [True, False]


def test_turning_over_half_a_circle_is_no_jump() -> None:
    assert of(1.0, (3.0 + 0.5 * TIMES + np.pi) % (2 * np.pi) - np.pi)["comfort"]


def test_a_jump_of_acceleration_is_a_jerk() -> None:
    """From 0 to 2.3 m/s2 at once: by the parabola through five 2.3 * 3 / 7 / 0.1 = 9.9 m/s3; to 1.8: 7.7."""
    found = [of(10.0 + push * np.maximum(TIMES - 2.0, 0.0)) for push in (1.8, 2.3, 0.9)]
    assert [each["comfort"] for each in found] == [True, False, True]
    assert [each["comfort_nuplan"] for each in found] == [False, False, True]


def test_hard_brakes_are_counted_when_they_begin() -> None:
    """5 m/s2 in the steps 2, 3 and 7."""
    change = np.zeros(20)
    change[[2, 3, 7]] = -1.0
    assert of(10.0 + np.append(0.0, np.cumsum(change)))["hard_brakes"] == 2
    assert of(10.0)["hard_brakes"] == 0
