"""The nearest velocity in half-planes, against geometry worked out by hand and against many tries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.airspace.baselines.compiled.linear_program import least_outside, nearest, outside, solve

FASTEST = 300.0
ANGLES = st.floats(0.0, 360.0)
EDGES = st.lists(st.tuples(ANGLES, st.floats(-250.0, 250.0)), min_size=1, max_size=8)


def planes(*edges: tuple[float, float]) -> np.ndarray:
    """Half-planes by the direction of their insides (degrees from north) and how far the edge is that way, kt."""
    angle, far = np.radians([edge[0] for edge in edges]), np.array([edge[1] for edge in edges])
    east, north = np.sin(angle), np.cos(angle)
    return np.stack([far * east, far * north, north, -east], -1)


def solved(given: np.ndarray, wanted: tuple[float, float]) -> np.ndarray:
    velocity = np.zeros(2)
    solve(given, len(given), FASTEST, *wanted, np.zeros_like(given), velocity)
    return velocity


def worst(given: np.ndarray, velocity: np.ndarray) -> float:
    return max(float(outside(plane, velocity)) for plane in given)


def tries(count: int) -> np.ndarray:
    """Velocities all over the disc of those that are no faster than allowed."""
    rng = np.random.default_rng(0)
    angle, speed = rng.uniform(0.0, 2.0 * np.pi, count), FASTEST * np.sqrt(rng.uniform(0.0, 1.0, count))
    return speed[:, None] * np.stack([np.sin(angle), np.cos(angle)], -1)


def test_a_wish_that_is_allowed_is_granted() -> None:
    assert solved(planes((0.0, 100.0), (90.0, -50.0)), (20.0, 150.0)) == pytest.approx([20.0, 150.0])


def test_a_wish_beyond_the_largest_speed_keeps_its_direction() -> None:
    assert solved(planes((0.0, 0.0)), (300.0, 400.0)) == pytest.approx([180.0, 240.0])


def test_a_wish_outside_goes_to_the_nearest_point_of_the_edge() -> None:
    """North of 200 kt: straight up; and east of 100 kt as well: into the corner."""
    assert solved(planes((0.0, 200.0)), (50.0, 100.0)) == pytest.approx([50.0, 200.0])
    assert solved(planes((0.0, 200.0), (90.0, 100.0)), (50.0, 100.0)) == pytest.approx([100.0, 200.0])


def test_the_edge_ends_at_the_largest_speed() -> None:
    """North of 240 kt and no faster than 300: east no further than 180."""
    assert solved(planes((0.0, 240.0)), (900.0, 0.0)) == pytest.approx([180.0, 240.0])


def test_half_planes_without_a_common_point_are_all_missed_by_as_much() -> None:
    """North of 100 and south of -60 kt: at 20 kt, 80 outside of each."""
    velocity = solved(planes((0.0, 100.0), (180.0, 60.0)), (50.0, 0.0))
    assert velocity[1] == pytest.approx(20.0)
    assert worst(planes((0.0, 100.0), (180.0, 60.0)), velocity) == pytest.approx(80.0)


def test_it_is_said_how_many_half_planes_could_be_heeded() -> None:
    given, velocity = planes((90.0, -50.0), (0.0, 100.0), (180.0, 60.0)), np.zeros(2)
    assert nearest(given, 3, FASTEST, 0.0, 0.0, False, velocity) == 2
    least_outside(given, 3, 2, FASTEST, np.zeros_like(given), velocity)
    assert velocity[1] == pytest.approx(20.0)


@settings(max_examples=60, deadline=None)
@given(edges=EDGES, wanted=st.tuples(st.floats(-400.0, 400.0), st.floats(-400.0, 400.0)))
def test_no_other_velocity_that_is_allowed_is_nearer(
    edges: list[tuple[float, float]], wanted: tuple[float, float]
) -> None:
    velocity, tried = solved(planes(*edges), wanted), tries(400)
    assert np.hypot(*velocity) <= FASTEST * (1.0 + 1e-9)
    allowed = np.array([worst(planes(*edges), one) <= 0.0 for one in tried])
    if allowed.any():
        assert worst(planes(*edges), velocity) <= 1e-6
        assert np.hypot(*(tried[allowed] - wanted).T).min() >= np.hypot(*(velocity - wanted)) - 1e-6


@settings(max_examples=60, deadline=None)
@given(edges=EDGES)
def test_where_none_is_allowed_no_other_velocity_is_less_outside(edges: list[tuple[float, float]]) -> None:
    velocity = solved(planes(*edges), (0.0, 0.0))
    least = min(worst(planes(*edges), one) for one in tries(400))
    assert worst(planes(*edges), velocity) <= max(least, 0.0) + 1e-3
