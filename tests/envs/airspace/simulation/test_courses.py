"""How clear other headings are, in exact numbers for states made by hand (sea level: TAS is CAS, 360 kt)."""

import math
from typing import Any

import numpy as np
import pytest

from tests.envs.airspace.simulation.worlds_by_hand import fly, put, world

COURSES = (-90.0, 0.0, 90.0)
HEAD_ON = ((0.0, 0.0, 0.0, 0.0, 90.0), (0.0, 30.0, 180.0, 0.0, -50.0))
"""30 NM apart on opposite courses at 360 kt each, the waypoints beyond one another."""


def see(*rows: Any, aircraft: int = 0, **observation: Any) -> np.ndarray:
    """Clearance and urgency of each course and of the direct one, (C + 1, 2)."""
    chosen = {"courses_deg": list(COURSES), "num_neighbours": 1, **observation}
    seen = world(*rows, observation=chosen).worlds.observation[0, aircraft]
    return seen[6 + 14 + 1 :].reshape(-1, 2)


def test_a_head_on_course_is_urgent_and_those_aside_are_clear() -> None:
    # Ahead: 25 NM until 5 NM are reached, at 720 kt: 125 s of 300; the courses meet: tanh(-5 / 3) = -0.931110.
    # Aside: (0, 30) closing at (-360, -360): nearest after 150 s, at 30 / sqrt(2) = 21.213 NM: tanh(16.213 / 3).
    left, ahead, right, direct = see(*HEAD_ON)
    assert ahead == pytest.approx([-0.931110, 1.0 - 125.0 / 300.0], abs=1e-6)
    assert direct == pytest.approx(ahead)
    assert left == pytest.approx(right)
    assert left == pytest.approx([math.tanh(16.2132 / 3.0), 0.0], abs=1e-6)


def test_what_is_further_ahead_than_the_time_is_not_seen() -> None:
    # After 100 s of 720 kt the two are 30 - 20 NM apart.
    assert see(*HEAD_ON, look_ahead_s=100.0)[1] == pytest.approx([math.tanh(5.0 / 3.0), 0.0], abs=1e-6)


def test_the_direct_course_is_the_waypoints_bearing() -> None:
    # The waypoint lies to the right: as the course of 90 degrees.
    aside = (0.0, 0.0, 0.0, 50.0, 0.0), HEAD_ON[1]
    seen = see(*aside)
    assert seen[3] == pytest.approx(seen[2], abs=1e-6)
    assert abs(seen[3] - seen[1]).max() > 0.1


def test_the_nearest_of_all_others_counts_though_it_is_no_neighbour() -> None:
    # The nearest other flies along 8 NM to the right; from 12 NM to the left, beyond it, one comes at right angles
    # to where the nose points: (-12, 12) closing at (360, -360), met after 12 / 360 h.
    along, across = (8.0, 0.0, 0.0, 8.0, 90.0), (-12.0, 12.0, 90.0, 90.0, 12.0)
    alone, both = (see((0.0, 0.0, 0.0, 0.0, 90.0), *others)[1] for others in ((along,), (along, across)))
    assert alone == pytest.approx([math.tanh(1.0), 0.0], abs=1e-6)
    assert both[0] == pytest.approx(math.tanh(-5.0 / 3.0), abs=1e-6)
    entry_s = (12.0 * math.sqrt(2.0) - 5.0) / (360.0 * math.sqrt(2.0)) * 3600.0
    assert both[1] == pytest.approx(1.0 - entry_s / 300.0, abs=1e-6)


def test_below_5_nm_every_course_is_most_urgent() -> None:
    batch = world((0.0, 0.0, 0.0, 0.0, 90.0), (10.0, 0.0, 0.0, 10.0, 90.0), observation={"courses_deg": list(COURSES)})
    put(batch, [(0.0, 0.0), (4.0, 0.0)], 4.0)
    seen = fly(batch).observation[0, 0, 77:].reshape(-1, 2)
    assert seen[:, 1].tolist() == [1.0] * 4
    assert seen[1, 0] == pytest.approx(math.tanh(-1.0 / 3.0), abs=1e-6)  # side by side at one speed it stays 4 NM


def test_equal_velocities_never_lose_separation() -> None:
    assert see((0.0, 0.0, 0.0, 0.0, 90.0), (6.0, 0.0, 0.0, 6.0, 90.0))[1].tolist() == pytest.approx(
        [math.tanh(1.0 / 3.0), 0.0], abs=1e-6
    )


def test_alone_all_courses_are_clear() -> None:
    assert see((0.0, 0.0, 0.0, 0.0, 90.0)).tolist() == [[1.0, 0.0]] * 4
