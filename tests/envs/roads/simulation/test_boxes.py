"""Boxes touch exactly where they share a point; capsules are as far apart as their segments less their radii."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.roads.simulation.compiled.boxes import clearance, overlap

Box = tuple[float, float, float, float, float, float]


def box(x: float, y: float, yaw_deg: float, length: float = 4.0, width: float = 2.0) -> Box:
    return x, y, math.cos(math.radians(yaw_deg)), math.sin(math.radians(yaw_deg)), length, width


def grid_of(one: Box, count: int = 41) -> np.ndarray:
    """Points (N, 2) of a box, its corners among them."""
    x, y, cosine, sine, length, width = one
    u, v = np.meshgrid(np.linspace(-length / 2, length / 2, count), np.linspace(-width / 2, width / 2, count))
    return np.stack([x + u * cosine - v * sine, y + u * sine + v * cosine], -1).reshape(-1, 2)


def has_inside(one: Box, points: np.ndarray) -> bool:
    x, y, cosine, sine, length, width = one
    dx, dy = points[:, 0] - x, points[:, 1] - y
    inside = (np.abs(dx * cosine + dy * sine) <= length / 2) & (np.abs(dy * cosine - dx * sine) <= width / 2)
    return bool(inside.any())


@pytest.mark.parametrize(
    ("other", "touch"),
    [
        (box(3.99, 0.0, 0.0), True),
        (box(4.01, 0.0, 0.0), False),
        (box(0.0, 1.99, 0.0), True),
        (box(0.0, 2.01, 0.0), False),
        (box(2.99, 0.0, 90.0), True),
        (box(3.01, 0.0, 90.0), False),
        (box(3.4, 2.42, 45.0), True),
        (box(3.42, 2.42, 45.0), False),
    ],
)
def test_boxes_touch_up_to_their_edges(other: Box, touch: bool) -> None:
    assert overlap(*box(0.0, 0.0, 0.0), *other) is touch


places = st.floats(-6.0, 6.0)


@given(places, places, st.floats(-180.0, 180.0), st.floats(-180.0, 180.0))
def test_touching_is_mutual_and_finds_every_shared_point(x: float, y: float, yaw: float, its_yaw: float) -> None:
    one, other = box(0.0, 0.0, yaw), box(x, y, its_yaw, 5.0, 1.8)
    assert overlap(*one, *other) == overlap(*other, *one)
    if has_inside(one, grid_of(other)) or has_inside(other, grid_of(one)):
        assert overlap(*one, *other)


@given(places, places, st.floats(-180.0, 180.0))
def test_boxes_that_touch_by_more_than_a_little_share_a_point_of_a_fine_grid(x: float, y: float, yaw: float) -> None:
    one, other = box(0.0, 0.0, 0.0), box(x, y, yaw)
    if overlap(*one, *box(x, y, yaw, 3.6, 1.6)):
        assert has_inside(one, grid_of(other))


@pytest.mark.parametrize(
    ("other", "metres"),
    [(box(10.0, 0.0, 0.0), 6.0), (box(0.0, 5.0, 0.0), 3.0), (box(0.0, 6.0, 90.0), 3.0), (box(1.0, 0.0, 90.0), -2.0)],
)
def test_clearances_of_capsules(other: Box, metres: float) -> None:
    assert clearance(box(0.0, 0.0, 0.0), other) == pytest.approx(metres)


@given(places, places, st.floats(-180.0, 180.0))
def test_capsules_lie_inside_of_boxes(x: float, y: float, yaw: float) -> None:
    one, other = box(0.0, 0.0, 0.0), box(x, y, yaw)
    if clearance(one, other) < -1e-5:  # of numbers of 4 bytes
        assert overlap(*one, *other)
