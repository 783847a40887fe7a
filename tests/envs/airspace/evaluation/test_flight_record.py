"""A flight refuses arrays that do not fit each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from flights_by_hand import Track, flight, side_by_side

PAIR = flight(Track(0.0, 0.0, 0.0), Track(50.0, 0.0, 0.0, arrives_after_s=15.0), num_steps=3)


def test_pairs_are_all_pairs_the_lower_slot_first() -> None:
    four = flight(*[Track(50.0 * a, 0.0, 0.0) for a in range(4)], num_steps=1)
    assert four.pairs.tolist() == [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]
    assert (four.max_steps, four.num_worlds, four.num_slots) == (1, 1, 4)


def test_an_aircraft_commands_the_steps_it_begins_active() -> None:
    assert PAIR.commanding[:, 0].tolist() == [[True, True], [True, True], [True, False]]


def test_steps_after_an_episodes_end_are_not_flown() -> None:
    block = side_by_side(PAIR, flight(Track(0.0, 0.0, 0.0), num_steps=5))
    assert block.flown.T.tolist() == [[True, True, True, False, False], [True] * 5]


@pytest.mark.parametrize(
    ("name", "array", "wish"),
    [
        ("heading_deg", np.zeros((3, 1, 2)), r"heading_deg: got shape \(3, 1, 2\), wanted \(4, 1, 2\)"),
        ("change", np.zeros((3, 1, 2)), r"change: got shape \(3, 1, 2\), wanted \(3, 1, 2, 2\)"),
        ("pair_separation_nm", np.zeros((3, 1, 2)), r"pair_separation_nm: got shape .* wanted \(3, 1, 1\)"),
        ("present", np.zeros((4, 1)), r"present: got shape \(4, 1\), wanted \(steps \+ 1, worlds, aircraft\)"),
        ("num_steps", np.array([4]), "num_steps: got 4, wanted at most 3"),
        ("waypoint_nm", np.zeros((1, 3, 2)), r"waypoint_nm: got shape \(1, 3, 2\), wanted \(1, 2, 2\)"),
    ],
)
def test_an_array_that_does_not_fit_is_named(name: str, array: np.ndarray, wish: str) -> None:
    with pytest.raises(ValueError, match=f"flight: {wish}"):
        replace(PAIR, **{name: array})
