"""How close aircraft come: inside ticks, by seconds, by pairs, and after arrival."""

import math

import pytest

from envs.airspace.simulation.compiled.separation import closest_squared
from tests.envs.airspace.simulation.worlds_by_hand import fly, put, world

HEAD_ON = ((0.0, 0.0, 0.0, 0.0, 50.0), (0.0, 5.9, 180.0, 0.0, -50.0))
"""5.9 NM apart, closing by 0.2 NM per tick."""


def test_the_closest_approach_lies_inside_a_tick_where_tracks_pass() -> None:
    # From (3, 4) by (-6, 0) to (-3, 4): closest at (0, 4), both ends are 5 away.
    assert closest_squared(3.0, 4.0, -6.0, 0.0) == 16.0


@pytest.mark.parametrize(
    ("start", "move", "squared"),
    [((3.0, 4.0), (1.0, 0.0), 25.0), ((3.0, 4.0), (-3.0, 0.0), 16.0), ((3.0, 4.0), (0.0, 0.0), 25.0)],
    ids=["receding", "approaching to its foot", "still"],
)
def test_the_closest_approach_lies_at_an_end_where_they_do_not_pass(
    start: tuple[float, float], move: tuple[float, float], squared: float
) -> None:
    assert closest_squared(*start, *move) == squared


def test_a_head_on_pair_is_closest_in_the_middle_of_a_tick() -> None:
    batch = world((0.0, 0.0, 0.0, 0.0, 50.0), (0.05, 20.0, 180.0, 0.05, -50.0))
    put(batch, [(0.0, 0.0), (0.05, 1.1)], 5.0)
    worlds = fly(batch)  # abeam 5.5 ticks later at 0.05 NM; at the ends of that tick sqrt(0.1^2 + 0.05^2) = 0.112 NM
    assert worlds.separation[0] == pytest.approx([0.05, 0.05], abs=1e-6)
    assert worlds.step_separation[0] == pytest.approx(0.05, abs=1e-6)
    assert worlds.min_separation[0] == pytest.approx(0.05, abs=1e-6)


def test_los_seconds_count_the_ticks_below_5_nm() -> None:
    batch = world(*HEAD_ON)
    worlds = fly(batch)  # 5.9 - 0.2 k is below 5 from tick 5 on: ticks 5 to 10
    assert worlds.los_seconds[0] == 6
    assert worlds.separation[0] == pytest.approx([3.9, 3.9], abs=1e-6)
    worlds = fly(batch, num_steps=5)  # they part again: tick 55 begins 4.9 NM beyond, tick 56 begins at 5.1
    assert worlds.los_seconds[0] == 51
    assert worlds.separation[0] == pytest.approx([4.1, 4.1], abs=1e-6)
    assert worlds.min_separation[0] == pytest.approx(0.0, abs=1e-6)


def test_a_new_episode_forgets_the_last_ones_losses() -> None:
    batch = world(*HEAD_ON)
    fly(batch, num_steps=2)
    batch.reset()
    assert batch.worlds.los_seconds[0] == 0
    assert not batch.worlds.pair_los.any()
    assert batch.worlds.min_separation[0] == pytest.approx(5.9)


def test_only_the_pair_that_lost_separation_is_marked() -> None:
    worlds = fly(world((30.0, 0.0, 0.0, 30.0, 50.0), *HEAD_ON))
    assert worlds.pair_los[0].tolist() == [[False] * 3, [False, False, True], [False] * 3]


def test_a_steps_separation_is_each_aircrafts_own() -> None:
    # Abreast at 0, 6 and 14 NM: the nearest of the last is 8 NM away.
    worlds = fly(world(*((east, 0.0, 0.0, east, 50.0) for east in (0.0, 6.0, 14.0))))
    assert worlds.separation[0] == pytest.approx([6.0, 6.0, 8.0])
    assert worlds.step_separation[0] == pytest.approx(6.0)


def test_separation_starts_as_the_distance_at_the_start_and_alone_as_infinite() -> None:
    assert world(*HEAD_ON).worlds.min_separation[0] == pytest.approx(5.9)
    assert world(HEAD_ON[0]).worlds.separation[0, 0] == math.inf


ARRIVING = ((0.0, 0.0, 0.0, 0.0, 1.55), (0.0, 7.0, 180.0, 0.0, -50.0))
"""The first is within 1 NM of its waypoint after tick 6 (0.95 NM), when the two are 7 - 6 * 0.2 = 5.8 NM apart."""


def test_an_arrived_aircraft_that_continues_still_counts() -> None:
    batch = world(*ARRIVING)
    worlds = fly(batch)
    assert worlds.arrived[0].tolist() == [True, False]
    assert worlds.separation[0, 1] == pytest.approx(5.0, abs=1e-6)  # 7 - 10 * 0.2
    worlds = fly(batch)
    assert worlds.present[0].all()
    assert worlds.separation[0, 1] == pytest.approx(3.0, abs=1e-6)
    assert worlds.pair_los[0, 0, 1]


def test_an_arrived_aircraft_that_leaves_counts_no_more_from_the_next_tick_on() -> None:
    batch = world(*ARRIVING, episode={"after_arrival": "leave"})
    worlds = fly(batch)
    assert worlds.present[0].tolist() == [False, True]
    assert worlds.separation[0, 1] == pytest.approx(5.8, abs=1e-6)
    worlds = fly(batch)
    assert worlds.separation[0, 1] == math.inf
    assert worlds.los_seconds[0] == 0
    assert worlds.min_separation[0] == pytest.approx(5.8, abs=1e-6)


def test_arrival_is_seen_in_the_tick_in_which_it_happens() -> None:
    # The track passes 0.97 NM abeam of the waypoint, so within 1 NM only for 0.24 NM either side: ticks 3 to 7 of a
    # step at whose ends (0.5 NM before and after) the distance is 1.09 NM.
    worlds = fly(world((0.0, 0.0, 0.0, 0.97, 0.5)))
    assert worlds.arrived[0, 0]
    assert worlds.flight_time[0, 0] == 3.0
    # 0.5 - 3 * 0.1 = 0.2 NM before it: sqrt(0.97^2 + 0.2^2) = 0.99040
    assert worlds.waypoint_distance[0, 0] == pytest.approx(0.99040, abs=1e-5)
