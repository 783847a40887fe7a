"""Time to collision, time between, and blame, worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from drives_by_hand import Track, drive

from envs.roads.evaluation.drive import ARRIVED, COLLIDED, OFF_ROAD, RED_LIGHT
from envs.roads.evaluation.safety import blame, closeness, outcomes

NORTH = math.pi / 2


def close(*tracks: Track, num_steps: int = 5) -> dict[str, np.ndarray]:
    return {name: column[0] for name, column in closeness(drive(*tracks, num_steps=num_steps)).items()}


def test_behind_a_standing_car_the_time_to_collision_is_gap_over_speed() -> None:
    """30 m between bumpers, 10 m/s: 3 s at first, 2 s after five steps; the standing one sees nobody ahead."""
    found = close(Track(), Track(x_m=34.0, speed_mps=0.0))
    assert found["min_ttc_s"] == pytest.approx([2.0, 5.0])
    assert found["ttc_within_bound"].tolist() == [True, True]


def test_below_the_bound_is_one_near_miss_however_long_it_lasts() -> None:
    found = close(Track(), Track(x_m=14.0, speed_mps=1.0), num_steps=4)
    assert found["min_ttc_s"][0] == pytest.approx(0.4)  # 10 m, less 7.2 m by then, at 9 m/s: 0.31, in ticks 0.4
    assert (found["near_misses"][0], found["ttc_within_bound"][0]) == (1, False)


def test_who_is_not_ahead_does_not_count() -> None:
    """From the side at right angles, both 30 m before the crossing: each sees the other at 45 degrees."""
    found = close(Track(x_m=-30.0), Track(y_m=-30.0, yaw_rad=NORTH), num_steps=1)
    assert found["min_ttc_s"].tolist() == [5.0, 5.0]


def test_the_time_between_is_from_one_leaving_to_the_other_coming() -> None:
    """Both at 10 m/s to the same point, 2 m wide and 4 m long, the second 30 m later.

    The first leaves the other's way when its rear bumper passes y = 1, at 3.3 s; the second's front bumper comes to
    x = -1 at 5.7 s: 2.4 s between. Of states each 0.2 s those at 3.2 and 5.8 s still, and already, overlap: 2.6 s.
    """
    found = close(Track(x_m=-60.0), Track(y_m=-30.0, yaw_rad=NORTH), num_steps=40)
    assert found["min_pet_s"] == pytest.approx([2.6, 2.6])


def test_who_follows_has_no_time_between() -> None:
    found = close(Track(), Track(x_m=20.0), num_steps=20)
    assert np.isnan(found["min_pet_s"]).all()


def test_what_became_of_cars_is_told_of_those_that_entered() -> None:
    statuses = (ARRIVED, COLLIDED, OFF_ROAD, RED_LIGHT, 1)
    tracks = [Track(y_m=50.0 * n, status=status, steps=3) for n, status in enumerate(statuses)]
    never = Track(status=ARRIVED, enters=5, steps=0)
    found = outcomes(drive(*tracks, never, num_steps=5))
    assert found["arrived"][0].tolist() == [True, False, False, False, False, False]
    assert found["lost"][0].tolist() == [False, True, True, True, False, False]
    assert found["at_fault"][0].tolist() == [False, True, False, False, False, False]  # it hit nobody that is known


def crash(*tracks: Track) -> list[bool]:
    return blame(drive(*tracks, num_steps=6))[0].tolist()


def test_who_runs_into_a_slower_one_is_to_blame_and_the_other_is_not() -> None:
    """After two steps ours is at 4 m, the slow one's middle at 8 m: bumper to bumper."""
    back, front = Track(status=COLLIDED, steps=2), Track(x_m=7.6, speed_mps=1.0, status=COLLIDED, steps=2)
    assert crash(back, front) == [True, False]


def test_who_stands_is_not_to_blame_and_who_hits_it_is() -> None:
    moving, standing = Track(status=COLLIDED, steps=2), Track(x_m=8.0, speed_mps=0.0, status=COLLIDED, steps=2)
    assert crash(moving, standing) == [True, False]


def test_hit_in_the_side_only_who_stands_astride_is_to_blame() -> None:
    """Ours comes from the west with its front; the other goes north past it and is touched behind its front bumper."""
    front = Track(x_m=-7.0, status=COLLIDED, steps=2)  # its bumper at -1 m after two steps: the other's left side
    side = Track(y_m=-4.0, yaw_rad=NORTH, status=COLLIDED, steps=2)
    assert crash(front, side) == [True, False]
    beside = Track(y_m=-4.0, yaw_rad=NORTH, d_m=1.0, status=COLLIDED, steps=2)
    assert crash(front, beside) == [True, True]
