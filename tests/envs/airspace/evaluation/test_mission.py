"""Distances, times and fuel of tracks worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from flights_by_hand import Track, flight, side_by_side

from envs.airspace.evaluation.flight import Flight
from envs.airspace.evaluation.mission import mission
from envs.airspace.simulation.traffic.performance import fuel_flow_kgps


def figures(flown: Flight) -> dict[str, float]:
    return {name: column[0] for name, column in mission(flown).items()}


ARRIVING = Track(0.0, 0.0, 0.0, waypoint_nm=(0.0, 9.4), arrives_after_s=84.0)


def test_a_straight_flight_has_efficiency_1() -> None:
    """84 s at 0.1 NM/s: 8.4 NM, and 1 NM of the 9.4 remains."""
    found = figures(replace(flight(ARRIVING, num_steps=9), remaining_nm=np.array([[1.0]])))
    assert found["track_nm"] == pytest.approx(8.4)
    assert found["path_efficiency"] == pytest.approx(1.0)
    assert (found["flight_time_s"], found["flight_hours"]) == (84.0, pytest.approx(84.0 / 3600.0))
    assert (found["arrived_share"], found["all_arrived"]) == (1.0, True)


def test_a_detour_costs_efficiency() -> None:
    """The same track where the waypoint was 6 NM away: (6 - 1) / 8.4."""
    flown = flight(replace(ARRIVING, waypoint_nm=(3.6, 4.8)), num_steps=9)
    assert figures(replace(flown, remaining_nm=np.array([[1.0]])))["path_efficiency"] == pytest.approx(5.0 / 8.4)


def test_a_detour_is_what_was_flown_more_than_straight_to_the_waypoint() -> None:
    """8.4 NM flown where 6 less 1 would have done; the aircraft that did not arrive has none."""
    flown = flight(replace(ARRIVING, waypoint_nm=(3.6, 4.8)), Track(50.0, 0.0, 0.0), num_steps=9)
    found = figures(replace(flown, remaining_nm=np.array([[1.0, 7.0]])))
    assert (found["detour_nm"], found["arrivals"]) == (pytest.approx(3.4), 1)


def test_of_a_warm_up_hours_and_track_do_not_count_but_who_arrives_later_is_measured_from_its_start() -> None:
    """Five of nine steps are warm-up: 34 s and 3.4 NM remain of ARRIVING; who arrived before has no part in it."""
    early = replace(ARRIVING, arrives_after_s=50.0, east_nm=50.0, waypoint_nm=(50.0, 99.0))
    flown = flight(ARRIVING, early, num_steps=9, warm_up_steps=5)
    found = figures(replace(flown, remaining_nm=np.array([[1.0, 1.0]])))
    assert (found["flight_hours"], found["track_nm"]) == (pytest.approx(34.0 / 3600.0), pytest.approx(3.4 / 2))
    assert (found["arrivals"], found["path_efficiency"], found["detour_nm"]) == (1, 1.0, pytest.approx(0.0))
    assert found["flight_time_s"] == pytest.approx((84.0 + 50.0) / 2)


def test_leaving_at_arrival_and_flying_on_give_the_same() -> None:
    on, gone = (figures(flight(replace(ARRIVING, leaves=leaves), num_steps=12)) for leaves in (False, True))
    assert on.pop("delays_s") == pytest.approx(gone.pop("delays_s"))
    assert on == pytest.approx(gone)


def test_who_did_not_arrive_counts_in_track_and_hours_and_not_in_time_and_efficiency() -> None:
    """The other flies 12 steps of 1 NM."""
    found = figures(flight(ARRIVING, Track(50.0, 0.0, 0.0), num_steps=12))
    assert (found["arrived_share"], found["all_arrived"]) == (0.5, False)
    assert (found["flight_time_s"], found["path_efficiency"]) == (84.0, pytest.approx(9.4 / 8.4))
    assert found["track_nm"] == pytest.approx((8.4 + 12.0) / 2)
    assert found["flight_hours"] == pytest.approx((84.0 + 120.0) / 3600.0)


def test_a_delay_is_against_the_direct_way_at_the_speed_it_came_with() -> None:
    """20 NM at 360 kt: 200 s. It arrives after 250 s; the other, with 15 NM to fly, after 150 s; the third never."""
    late, soon = (
        Track(0.0, 0.0, 0.0, waypoint_nm=(0.0, 20.0), arrives_after_s=250.0),
        Track(50.0, 0.0, 0.0, waypoint_nm=(50.0, 15.0), arrives_after_s=150.0),
    )
    delays_s = mission(flight(late, soon, Track(99.0, 0.0, 0.0), num_steps=26))["delays_s"][0]
    assert delays_s == pytest.approx([0.0, 50.0])


def test_the_direct_way_is_flown_in_the_wind() -> None:
    """20 NM with 40 kt of tail wind: 400 kt, 180 s; with 216 kt from the side 288 kt along the course, 250 s."""
    track = Track(0.0, 0.0, 0.0, waypoint_nm=(0.0, 20.0), arrives_after_s=250.0)
    winds = ((0.0, 40.0), (216.0, 0.0))
    found = [mission(flight(track, num_steps=26, wind_kt=wind))["delays_s"][0] for wind in winds]
    assert found == [pytest.approx([70.0]), pytest.approx([0.0])]


def test_nobody_arriving_leaves_time_and_efficiency_open() -> None:
    found = figures(flight(Track(0.0, 0.0, 0.0), num_steps=3))
    assert np.isnan(found["flight_time_s"])
    assert np.isnan(found["path_efficiency"])


def test_a_curve_is_as_long_as_its_arc() -> None:
    """A circle of 3 NM at 360 kt: 1 NM of arc, 19.1 degrees, in each step; chords alone would give 0.9954 NM."""
    flown = flight(Track(0.0, 0.0, 0.0), num_steps=6)
    angle = np.arange(7) / 3.0
    circle = 3.0 * np.stack([1.0 - np.cos(angle), np.sin(angle)], -1)
    velocity = 360.0 * np.stack([np.sin(angle), np.cos(angle)], -1)
    found = figures(replace(flown, position_nm=circle[:, None, None], velocity_kt=velocity[:, None, None]))
    assert found["track_nm"] == pytest.approx(6.0, abs=2e-4)
    assert 6 * 2 * 3.0 * math.sin(1.0 / 6.0) < 5.975


def test_the_track_is_that_over_the_ground() -> None:
    """360 kt north with 60 kt of tail wind: 7 NM in 60 s."""
    assert figures(flight(Track(0.0, 0.0, 0.0), num_steps=6, wind_kt=(0.0, 60.0)))["track_nm"] == pytest.approx(7.0)


def test_fuel_is_openaps_flow_times_time() -> None:
    flow = float(fuel_flow_kgps("A320", 10_000.0, np.array([360.0]), np.array([0.0]))[0])
    assert figures(flight(ARRIVING, num_steps=9))["fuel_kg"] == pytest.approx(84.0 * flow)


def test_accelerating_burns_more_and_slowing_down_less() -> None:
    tas_kt, zero = np.array([290.0]), np.zeros(1)
    slower, level, faster = (fuel_flow_kgps("A320", 10_000.0, tas_kt, zero + change)[0] for change in (-0.3, 0.0, 0.3))
    assert slower < level < faster
    flown = flight(Track(0.0, 0.0, 0.0, tas_kt=280.0), num_steps=1)
    speeding = replace(flown, tas_kt=np.array([280.0, 300.0])[:, None, None])
    acceleration = np.array([20.0 * 0.514444 / 10.0])
    expected = 10.0 * fuel_flow_kgps("A320", 10_000.0, tas_kt, acceleration)[0]
    assert figures(speeding)["fuel_kg"] == pytest.approx(expected)


def test_each_type_burns_its_own_fuel() -> None:
    flown = flight(ARRIVING, Track(50.0, 0.0, 0.0), num_steps=12)
    types = (("A320", 10_000.0), ("B744", 10_000.0))
    found = figures(replace(flown, kind=np.array([[0, 1]]), types=types))["fuel_kg"]
    a320, b744 = (fuel_flow_kgps(name, 10_000.0, np.array([360.0]), np.zeros(1))[0] for name, _ in types)
    assert found == pytest.approx((84.0 * a320 + 120.0 * b744) / 2)
    assert b744 > 3.0 * a320


def test_what_comes_after_an_episodes_end_does_not_count() -> None:
    block = side_by_side(flight(Track(0.0, 0.0, 0.0), num_steps=3), flight(ARRIVING, ARRIVING, num_steps=12))
    found = mission(block)
    assert found["track_nm"].tolist() == pytest.approx([3.0, 8.4])
    assert found["arrived_share"].tolist() == [0.0, 1.0]
