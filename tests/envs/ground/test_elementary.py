import math

import numpy as np
import pytest
from numba import njit

from envs.ground.compiled.elementary import angle_deg, power_two_sevenths, sine_cosine_deg, tanh


@njit
def each(values):
    out = np.empty((len(values), 4))
    for i in range(len(values)):
        out[i, 0], out[i, 1] = sine_cosine_deg(values[i])
        out[i, 2] = tanh(values[i])
        out[i, 3] = power_two_sevenths(abs(values[i]))
    return out


@njit
def angles(sines, cosines):
    return np.array([angle_deg(sines[i], cosines[i]) for i in range(len(sines))])


def test_sine_and_cosine_are_those_of_the_standard_library() -> None:
    values = np.random.default_rng(0).uniform(-360.0, 360.0, 20_000)
    assert each(values)[:, 0] == pytest.approx(np.sin(np.radians(values)), abs=1e-15)
    assert each(values)[:, 1] == pytest.approx(np.cos(np.radians(values)), abs=1e-15)


def test_sine_and_cosine_are_exact_at_right_angles() -> None:
    found = each(np.array([0.0, 90.0, 180.0, 270.0, 360.0, -90.0]))
    assert found[:, 0].tolist() == [0.0, 1.0, 0.0, -1.0, 0.0, -1.0]
    assert found[:, 1].tolist() == [1.0, 0.0, -1.0, 0.0, 1.0, 0.0]


def test_tanh_is_that_of_the_standard_library_to_float32() -> None:
    values = np.concatenate([np.linspace(-30.0, 30.0, 20_001), [1e-300, -1e-12, math.inf, -math.inf]])
    assert each(values)[:, 2] == pytest.approx(np.tanh(values), rel=3e-8)
    assert each(np.array([0.0]))[0, 2] == 0.0


def test_the_power_is_exact_to_rounding() -> None:
    values = np.linspace(1.0, 8.0, 10_001)
    assert each(values)[:, 3] == pytest.approx(values ** (2 / 7), rel=1e-15)


def test_angles_are_those_of_the_standard_library_on_both_sides() -> None:
    rng = np.random.default_rng(1)
    sines, cosines = rng.normal(size=(2, 20_000)) * 10.0 ** rng.uniform(-8, 3, (2, 20_000))
    wanted = np.degrees(np.arctan2(np.abs(sines), cosines))
    assert angles(sines, cosines) == pytest.approx(wanted, rel=2e-12, abs=1e-12)
    exact = angles(np.array([0.0, 0.0, 1.0, -1.0, 0.0]), np.array([1.0, -1.0, 0.0, 0.0, 0.0]))
    assert exact.tolist() == [0.0, 180.0, 90.0, 90.0, 0.0]
