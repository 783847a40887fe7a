"""What an aircraft sees, in exact numbers for states made by hand (sea level: TAS is CAS, the reference is 250 kt)."""

import math
from typing import Any

import numpy as np
import pytest

from envs.airspace.simulation.compiled.observation import closest_approach, layout
from envs.airspace.simulation.settings import AirspaceSettings
from tests.envs.airspace.simulation.worlds_by_hand import begin as begin_scenario
from tests.envs.airspace.simulation.worlds_by_hand import fly, put, traffic, world

RELATIVE = {"observation": {"layout": "relative", "num_neighbours": 3}}
INTENT = {"observation": {"layout": "intent"}}
CPA = {"observation": {"layout": "relative_cpa", "num_neighbours": 3}}
PAIR = ((0.0, 0.0, 90.0, 0.0, 20.0), (10.0, 3.0, 0.0, 10.0, 50.0))
"""The first flies east at 360 kt, its waypoint 20 NM to its left; the other north at 250 kt, ahead and to its left."""
MISSING = [0.0, 10.0, 0.0, 0.0, 0.0]


def see_pair(**settings: Any) -> np.ndarray:
    return begin_scenario(traffic(*PAIR, cas_kt=(360.0, 250.0)), **settings).worlds.observation[0, 0]


def test_the_own_part_holds_waypoint_speed_and_rates() -> None:
    # tanh(20 / 20), bearing -90 degrees: cosine 0 and sine -1, (360 - 250) / 100
    assert see_pair()[:6] == pytest.approx([0.761594, 0.0, -1.0, 1.1, 0.0, 0.0], abs=1e-6)


def test_a_neighbour_is_seen_in_the_own_frame() -> None:
    # East 10 is 10 ahead, north 3 is 3 to the left; velocity (0, 250) - (360, 0) is 360 backwards and 250 to the left.
    assert see_pair(**RELATIVE)[6:11] == pytest.approx([1.0, 10 / 15, -3 / 15, -360 / 250, -1.0], abs=1e-6)


def test_time_to_and_distance_at_the_closest_approach_follow_each_neighbour() -> None:
    # (10 * 360 - 3 * 250) / (360^2 + 250^2) = 2850 / 192100 h = 53.4097 s: tanh(0.534097) = 0.488494
    # |10 * -250 - -3 * -360| / sqrt(192100) = 3580 / 438.2921 = 8.168069 NM: tanh(1.633614) = 0.926579
    seen = see_pair()
    assert seen[6:11] == pytest.approx([1.0, 10 / 15, -3 / 15, -360 / 250, -1.0], abs=1e-6)
    assert seen[11:13] == pytest.approx([math.tanh(0.534097), math.tanh(1.633614)], abs=1e-6)
    assert seen[11:13] == pytest.approx([0.4885, 0.9266], abs=1e-3)


def test_a_missing_neighbour_is_as_far_as_can_be_seen() -> None:
    assert see_pair(**RELATIVE)[11:].tolist() == MISSING * 2
    assert see_pair(**CPA)[13:].tolist() == [*MISSING, 1.0, 1.0] * 2
    assert see_pair(**INTENT)[20:-1].tolist() == [*MISSING, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0] * 4


def test_a_neighbour_tells_where_it_goes_and_whether_it_goes_first() -> None:
    # It passes 8.168 NM to the left; it is sqrt(109) - 5 = 5.440 NM clear; its waypoint is 47 NM north, to the left.
    first, second = begin_scenario(traffic(*PAIR, cas_kt=(360.0, 250.0))).worlds.observation[0]
    assert first[13:19] == pytest.approx([-1.0, math.tanh(5.440307 / 5.0), 1.0, 0.0, -1.0, math.tanh(2.35)], abs=1e-6)
    assert first[19] == -second[19]
    assert abs(first[19]) == 1.0


@pytest.mark.parametrize(
    ("heading_deg", "half_turns"), [(0.0, 0.5), (90.0, 0.0), (271.0, 179 / 180), (269.0, -179 / 180)]
)
def test_the_bearing_of_the_waypoint_jumps_where_the_shorter_turn_changes(
    heading_deg: float, half_turns: float
) -> None:
    assert layout(AirspaceSettings())[76] == layout(AirspaceSettings.from_values(INTENT))[-1] == "waypoint_bearing"
    seen = world((0.0, 0.0, heading_deg, 50.0, 0.0)).worlds.observation[0, 0]
    assert seen[76] == pytest.approx(half_turns, abs=1e-6)


BESIDE = ((0.0, 0.0, 30.0, 0.0, 50.0), (4.0, 4.0, 30.0, 21.3205, 14.0))
"""Side by side on the same course at the same speed; the other's waypoint is 20 NM away, at a bearing of 60 degrees."""


def test_a_waypoint_is_told_in_the_own_frame() -> None:
    # 60 degrees are 30 to the right of the nose: cosine 0.866, sine 0.5; tanh(20 / 20) = 0.761594
    seen = world(*BESIDE).worlds.observation[0, 0]
    assert seen[15:19] == pytest.approx([1.0, 0.866025, 0.5, 0.761594], abs=1e-5)


def test_below_5_nm_clearance_is_negative_and_at_equal_velocities_nobody_passes() -> None:
    batch = world(*BESIDE)
    put(batch, [(0.0, 0.0), (2.4, 3.2)], 4.0)  # stays 4 NM away: tanh(-1 / 5) = -0.197375
    assert fly(batch).observation[0, 0, 13:15] == pytest.approx([0.0, -0.197375], abs=1e-5)


def test_what_neighbours_tell_is_exact_where_reports_of_their_places_are_not() -> None:
    noisy = world(*BESIDE, disturbance={"position_noise_nm": 2.0, "velocity_noise_kt": 20.0}).worlds.observation[0, 0]
    exact = world(*BESIDE).worlds.observation[0, 0]
    assert noisy[15:20] == pytest.approx(exact[15:20], abs=1e-6)
    assert abs(noisy[7:9] - exact[7:9]).max() > 0.1  # of 15 NM


def test_who_goes_first_is_one_order_of_all_aircraft() -> None:
    first = world(*((8.0 * a, 0.0, 0.0, 8.0 * a, 50.0) for a in range(4))).worlds.observation[0, :, 19:77:14]
    assert sorted((first > 0.0).sum(1)) == [0, 1, 2, 3]  # so many go before each


def test_the_passing_side_is_sharp_about_a_head_on_course() -> None:
    rows = ((0.0, 0.0, 0.0, 0.0, 50.0), (0.25, 20.0, 180.0, 0.25, -50.0))
    assert world(*rows).worlds.observation[0, :, 13] == pytest.approx([math.tanh(0.5)] * 2)


def test_one_that_has_arrived_goes_straight_on() -> None:
    seen = fly(world((0.0, 0.0, 90.0, 1.5, 0.0), (0.0, 20.0, 0.0, 0.0, 90.0))).observation[0, 1]
    assert seen[15:19].tolist() == pytest.approx([0.0, 0.0, 1.0, 1.0], abs=1e-6)


def test_who_goes_first_changes_with_the_episode() -> None:
    batch = begin_scenario(traffic(*PAIR))
    seen = set()
    for seed in range(20):
        batch.begin(np.array([0]), np.array([0]), np.array([seed], np.uint64))
        seen.add(float(batch.worlds.observation[0, 0, 19]))
    assert seen == {-1.0, 1.0}


def test_an_aircraft_that_left_is_missing_and_one_that_continues_is_not() -> None:
    rows = ((0.0, 0.0, 0.0, 0.0, 1.55), (0.0, 20.0, 180.0, 0.0, -50.0))
    assert fly(world(*rows)).observation[0, 1, 6] == 1.0
    left = fly(world(*rows, episode={"after_arrival": "leave"}, **RELATIVE))
    assert left.observation[0, 1, 6:11].tolist() == MISSING


def forward_of_neighbours(rows: Any, num_neighbours: int) -> list[float]:
    batch = world(*rows, observation={"layout": "relative", "num_neighbours": num_neighbours})
    return [15.0 * float(x) for x in batch.worlds.observation[0, 0, 7::5]]


NORTHBOUND = [(0.0, north, 0.0, 0.0, 90.0) for north in (0.0, 21.0, -7.0, 14.0)]


def test_the_nearest_are_seen_nearest_first() -> None:
    assert forward_of_neighbours(NORTHBOUND, 3) == pytest.approx([-7.0, 14.0, 21.0], abs=1e-5)


def test_only_as_many_as_wanted_are_seen() -> None:
    assert forward_of_neighbours(NORTHBOUND, 1) == pytest.approx([-7.0], abs=1e-5)
    assert forward_of_neighbours(NORTHBOUND, 2) == pytest.approx([-7.0, 14.0], abs=1e-5)


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
@pytest.mark.parametrize("heading_deg", [0.0, 40.0])
def test_equally_near_aircraft_are_ordered_clockwise_from_the_nose(order: tuple, heading_deg: float) -> None:
    bearings = [10.0, 135.0, 270.0]
    around = [(*polar(8.0, heading_deg + bearings[index]), 0.0, 0.0, 90.0) for index in order]
    batch = world((0.0, 0.0, heading_deg, 0.0, 90.0), *around, **RELATIVE)
    forward, right = batch.worlds.observation[0, 0, 7::5], batch.worlds.observation[0, 0, 8::5]
    assert np.degrees(np.arctan2(right, forward)) % 360.0 == pytest.approx(bearings, abs=1e-4)


def test_distances_that_differ_by_more_than_the_tie_are_ordered_by_distance() -> None:
    rows = [(0.0, 0.0, 0.0, 0.0, 90.0), (8.0 + 2e-6, 0.0, 0.0, 0.0, 90.0), (-8.0, 0.0, 0.0, 0.0, 90.0)]
    assert world(*rows, **RELATIVE).worlds.observation[0, 0, 8] < 0.0  # the left one, though further clockwise
    rows[1] = (8.0 + 5e-7, 0.0, 0.0, 0.0, 90.0)
    assert world(*rows, **RELATIVE).worlds.observation[0, 0, 8] > 0.0


def polar(distance: float, bearing_deg: float) -> tuple[float, float]:
    return distance * math.sin(math.radians(bearing_deg)), distance * math.cos(math.radians(bearing_deg))


def test_below_a_tenth_of_a_knot_a_pair_stands_still() -> None:
    assert closest_approach(3.0, 4.0, 0.0, 0.0) == (0.0, 5.0)
    assert closest_approach(3.0, 4.0, -0.099, 0.0) == (0.0, 5.0)
    # 3 NM at 0.101 kt are 29.70 h, and it passes 4 NM to the right.
    assert closest_approach(3.0, 4.0, -0.101, 0.0) == pytest.approx((3 / 0.101 * 3600, 4.0))


def test_a_closest_approach_in_the_past_has_a_negative_time() -> None:
    assert closest_approach(2.0, 1.0, 100.0, 0.0) == pytest.approx((-72.0, 1.0))  # 2 NM at 100 kt are 72 s


def test_both_rates_are_0_on_the_first_step() -> None:
    assert see_pair()[4:6].tolist() == [0.0, 0.0]


def test_both_rates_are_0_alone() -> None:
    assert fly(world(PAIR[0]), num_steps=3).observation[0, 0, 4:6].tolist() == [0.0, 0.0]


def test_the_rates_are_what_the_last_step_gained() -> None:
    batch = world((0.0, 0.0, 0.0, 0.0, 50.0), (0.0, 10.0, 180.0, 0.0, 30.0))
    seen = fly(batch).observation[0]
    # 1 NM nearer: tanh(1 / 2) = 0.462117, the other flies away from its waypoint; from 10 to 8 NM apart: tanh(-2 / 5)
    assert seen[:, 4] == pytest.approx([0.462117, -0.462117], abs=1e-6)
    assert seen[:, 5] == pytest.approx([-0.379949, -0.379949], abs=1e-6)


def test_values_beyond_10_are_clipped() -> None:
    rows = ((0.0, 0.0, 0.0, 0.0, 50.0), (160.0, -200.0, 0.0, 0.0, 50.0))
    assert world(*rows).worlds.observation[0, 0, 7:9].tolist() == [-10.0, 10.0]  # -200 / 15 and 160 / 15


def test_remaining_time_is_seen_where_it_is_part_of_the_task() -> None:
    batch = world(*PAIR, episode={"time_limit": "task", "max_steps": 8})
    assert batch.worlds.observation[0, :, -1].tolist() == [1.0, 1.0]
    assert fly(batch, num_steps=2).observation[0, :, -1].tolist() == [0.75, 0.75]
    assert fly(batch, num_steps=6).observation[0, :, -1].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("settings", "length"),
    [
        ({}, 97),  # 6 + 5 * 14 + 1 + 2 * (9 + 1)
        (INTENT, 77),  # 6 + 5 * 14 + 1
        (CPA, 27),  # 6 + 3 * 7
        (RELATIVE, 21),  # 6 + 3 * 5
        ({"observation": {"num_neighbours": 2}, "episode": {"time_limit": "task"}}, 56),  # 6 + 2 * 14 + 2 + 20
    ],
)
def test_every_number_has_a_name(settings: dict[str, Any], length: int) -> None:
    checked = AirspaceSettings.from_values(settings)
    assert len(layout(checked)) == len(set(layout(checked))) == length
    assert world(*PAIR, **settings).worlds.observation.shape[2] == length


def test_the_names_stand_where_their_numbers_do() -> None:
    seen = dict(zip(layout(AirspaceSettings()), see_pair().tolist(), strict=True))
    assert seen["waypoint_sin"] == pytest.approx(-1.0)
    assert seen["tas"] == pytest.approx(1.1)
    assert seen["neighbour_0_velocity_right"] == pytest.approx(-1.0)
    assert seen["neighbour_0_distance_at_cpa"] == pytest.approx(0.926579, abs=1e-3)
    assert seen["neighbour_2_position_forward"] == 10.0


def test_at_the_waypoint_itself_the_waypoint_lies_ahead() -> None:
    batch = world((0.0, 0.0, 0.0, 0.0, 1.0), (30.0, 0.0, 0.0, 30.0, 50.0))
    put(batch, [(0.0, 0.0), (30.0, 0.0)], 30.0)
    batch.worlds.tas[0] = batch.worlds.commanded_tas[0] = 0.0
    batch.worlds.waypoint[0, 0] = (0.0, 0.0)
    assert fly(batch).observation[0, 0, :3].tolist() == [0.0, 1.0, 0.0]
