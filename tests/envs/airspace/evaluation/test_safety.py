"""Separation of straight tracks, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from flights_by_hand import Track, flight, side_by_side

from envs.airspace.evaluation.flight import Flight
from envs.airspace.evaluation.safety import safety

NORTHBOUND = Track(0.0, -18.0, 0.0)


def figures(flown: Flight) -> dict[str, list]:
    return {name: column.tolist() for name, column in safety(flown).items()}


def passing(distance_nm: float) -> Flight:
    """Two on opposite tracks so far apart sideways; they pass after 180 s."""
    return flight(NORTHBOUND, Track(distance_nm, 18.0, 180.0), num_steps=30)


@pytest.mark.parametrize(
    ("distance_nm", "los", "below_1nm", "near_mid_air"),
    [
        (5.0, False, False, False),
        (4.99, True, False, False),
        (0.99, True, True, False),
        (0.083, True, True, False),  # 504 ft
        (0.082, True, True, True),  # 498 ft
    ],
)
def test_each_limit_of_proximity(distance_nm: float, los: bool, below_1nm: bool, near_mid_air: bool) -> None:
    found = figures(passing(distance_nm))
    assert found["min_separation_nm"] == [pytest.approx(distance_nm, abs=1e-9)]
    assert (found["los"], found["below_1nm"], found["near_mid_air"]) == ([los], [below_1nm], [near_mid_air])


def test_pairs_are_counted_once_however_often_they_come_close() -> None:
    """The third flies 2 NM beside the first all the way; both meet the second."""
    found = figures(flight(NORTHBOUND, Track(0.0, 18.0, 180.0), Track(2.0, -18.0, 0.0), num_steps=30))
    assert found["los_pairs"] == [3]


def test_an_aircraft_alone_keeps_an_infinite_separation() -> None:
    found = figures(flight(NORTHBOUND, num_steps=3))
    assert (found["min_separation_nm"], found["los"], found["los_pairs"]) == ([np.inf], [False], [0])


def test_what_comes_after_an_episodes_end_does_not_count() -> None:
    one, two = flight(NORTHBOUND, Track(0.0, 18.0, 180.0), num_steps=5), passing(0.5)
    assert figures(side_by_side(one, two))["min_separation_nm"] == [pytest.approx(26.0), pytest.approx(0.5)]


def test_seconds_are_those_that_the_simulator_counted() -> None:
    assert figures(flight(NORTHBOUND, num_steps=3, los_seconds=17))["los_seconds"] == [17.0]
