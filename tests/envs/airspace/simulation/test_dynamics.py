"""How an aircraft moves: at 360 kt, sea level, 2 kt/s, so that a tick is 0.1 NM and a degree of turn known."""

import math

import numpy as np
import pytest

from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.compiled.dynamics import acceleration_kt_per_s, wrap_deg
from envs.airspace.simulation.rules import tabulate
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.aircraft import AIRCRAFT_TYPES_10000FT
from tests.envs.airspace.simulation.worlds_by_hand import begin, fly, traffic, world

NORTH = (0.0, 0.0, 0.0, 0.0, 100.0)
RATE_KT_DEG = 509.304
"""9.80665 m/s2 * tan 25 deg (0.4663077) = 4.572916 m/s2; / 0.514444 m/s per kt = 8.889045 kt/s; in degrees 509.304."""


def test_250_kt_cas_at_10000_ft_are_288_7_kt_tas() -> None:
    batch = begin(traffic(NORTH, cas_kt=250.0, alt_ft=10_000.0))
    assert batch.worlds.tas[0, 0] == pytest.approx(288.7, abs=0.05)
    assert batch.worlds.reference_tas[0] == batch.worlds.tas[0, 0]


def test_a_turn_is_flown_at_25_degrees_of_bank() -> None:
    worlds = fly(world(NORTH), (1.0, 0.0))
    assert worlds.heading[0, 0] == pytest.approx(10 * RATE_KT_DEG / 360.0, abs=1e-3)  # 10 ticks of 1.41473 degrees
    assert worlds.heading[0, 0] == pytest.approx(14.147, abs=1e-3)


def test_a_heading_snaps_to_its_command_in_the_tick_that_would_pass_it() -> None:
    assert fly(world(NORTH), (0.5, 0.0)).heading[0, 0] == 9.0  # 6 ticks make 8.49 degrees, the 7th would make 9.90
    assert fly(world(NORTH), (-0.5, 0.0)).heading[0, 0] == 351.0


def test_a_turn_goes_the_short_way_through_north() -> None:
    # After 7 ticks 9.90 degrees, so 10 ticks reach 350 + 14.147 - 360 = 4.147 on the way to 8.
    worlds = fly(world((0.0, 0.0, 350.0, 0.0, 100.0)), (1.0, 0.0))
    assert worlds.heading[0, 0] == pytest.approx(4.147, abs=1e-3)
    assert fly(world((0.0, 0.0, 355.0, 0.0, 100.0)), (0.5, 0.0)).heading[0, 0] == 4.0


@pytest.mark.parametrize(("angle", "short"), [(190.0, -170.0), (-190.0, 170.0), (360.0, 0.0), (-5.0, -5.0)])
def test_an_angle_wraps_to_the_short_way_round(angle: float, short: float) -> None:
    assert wrap_deg(angle) == short


def test_a_speed_snaps_to_its_command_in_the_tick_that_would_pass_it() -> None:
    worlds = fly(world(NORTH), (0.0, 0.5))  # +5 kt: 362, 364, then 365 and not 366
    assert worlds.tas[0, 0] == worlds.commanded_tas[0, 0]
    assert worlds.cas[0, 0] == 365.0


def test_a_new_speed_is_flown_in_the_same_tick() -> None:
    # +10 kt at 2 kt/s: 362 + 364 + 366 + 368 + 6 * 370 = 3680 kt seconds; moving first would give 3670.
    assert fly(world(NORTH), (0.0, 1.0)).position[0, 0, 1] == pytest.approx(3680 / 3600, abs=1e-6)
    # -10 kt: 358 + 356 + 354 + 352 + 6 * 350 = 3520.
    assert fly(world(NORTH), (0.0, -1.0)).position[0, 0, 1] == pytest.approx(3520 / 3600, abs=1e-6)


def test_a_new_heading_is_flown_in_the_same_tick() -> None:
    # +3.6 degrees: 1.4147, 2.8295, then 8 ticks of 3.6; sines 0.024689 + 0.049363 + 8 * 0.062791 = 0.576380.
    # Moving first would give 0 + 0.024689 + 0.049363 + 7 * 0.062791 = 0.513589.
    worlds = fly(world(NORTH), (0.2, 0.0))
    assert worlds.position[0, 0, 0] == pytest.approx(0.1 * 0.576380, abs=1e-6)


def test_a_turn_uses_the_new_speed() -> None:
    turned = RATE_KT_DEG * (1 / 362 + 1 / 364 + 1 / 366 + 1 / 368 + 6 / 370)  # 13.842 degrees; at 360 kt first: 13.884
    worlds = fly(world(NORTH), (1.0, 1.0))
    assert worlds.heading[0, 0] == pytest.approx(turned, abs=1e-3)


def test_changes_below_the_thresholds_leave_the_commands_as_they_are() -> None:
    batch = world(NORTH)
    fly(batch, (1.0, 0.0))
    worlds = fly(batch, (2.9 / 18.0, 0.29))  # 2.9 degrees and 2.9 kt count as none: the turn to 18 degrees goes on
    assert worlds.heading[0, 0] == 18.0
    assert worlds.cas[0, 0] == 360.0
    assert worlds.applied_action[0, 0].tolist() == [0.0, 0.0]


def test_changes_above_the_thresholds_replace_the_commands() -> None:
    batch = world(NORTH)
    fly(batch, (1.0, 0.0))  # at 14.147 degrees on the way to 18
    worlds = fly(batch, (-3.1 / 18.0, 0.31))
    assert worlds.heading[0, 0] == pytest.approx(14.147 - 3.1, abs=1e-3)
    assert worlds.cas[0, 0] == pytest.approx(363.1)
    assert worlds.applied_action[0, 0] == pytest.approx([-3.1 / 18.0, 0.31])


def test_the_thresholds_and_the_largest_changes_are_settings() -> None:
    actions = {"max_heading_change_deg": 10.0, "max_speed_change_kt": 4.0, "min_heading_change_deg": 6.0}
    worlds = fly(world(NORTH, actions={**actions, "min_speed_change_kt": 0.0}), (0.5, 0.5))  # 5 degrees, 2 kt
    assert worlds.heading[0, 0] == 0.0
    assert worlds.cas[0, 0] == pytest.approx(362.0)
    worlds = fly(world(NORTH, actions=actions), (0.7, 0.5))  # 7 degrees, 2 kt
    assert worlds.heading[0, 0] == pytest.approx(7.0)
    assert worlds.cas[0, 0] == 360.0


def test_actions_beyond_one_are_taken_as_one() -> None:
    worlds = fly(world(NORTH), (7.0, -7.0))
    assert worlds.commanded_heading[0, 0] == 18.0
    assert worlds.commanded_cas[0, 0] == pytest.approx(350.0)


@pytest.mark.parametrize(("cas_kt", "action", "commanded"), [(395.0, 1.0, 400.0), (104.0, -1.0, 100.0)])
def test_a_commanded_cas_stays_in_the_types_range(cas_kt: float, action: float, commanded: float) -> None:
    worlds = fly(world(NORTH, cas_kt=cas_kt), (0.0, action))
    assert worlds.commanded_cas[0, 0] == commanded
    assert worlds.cas[0, 0] == pytest.approx(commanded)


def test_an_a320_does_not_leave_its_own_range() -> None:
    scenario = traffic(NORTH, cas_kt=314.0, alt_ft=10_000.0)
    batch = AirspaceBatch(AirspaceSettings(), 1, 0, scenarios=[scenario], discount=0.97)
    batch.reset()
    assert fly(batch, (0.0, 1.0), num_steps=3).cas[0, 0] == AIRCRAFT_TYPES_10000FT["A320"].cas_max_kt


def test_acceleration_is_linear_between_the_samples_and_constant_beyond_them() -> None:
    fleet = tabulate([AIRCRAFT_TYPES_10000FT["A320"]])  # samples at 151, 160.3, .. 364.9 kt: 1.03573, 1.06728, .. m/s2
    speeds = (151.0, 155.65, 160.3, 100.0, 364.9, 500.0)
    wanted = (1.03573, 1.051505, 1.06728, 1.03573, 0.56568, 0.56568)
    assert [acceleration_kt_per_s(fleet, 0, tas) * 0.514444 for tas in speeds] == pytest.approx(wanted, abs=1e-5)


def test_speed_changes_follow_the_types_table() -> None:
    batch = AirspaceBatch(
        AirspaceSettings(), 1, 0, scenarios=[traffic(NORTH, cas_kt=250.0, alt_ft=10_000.0)], discount=0.97
    )
    batch.reset()
    before = batch.worlds.tas[0, 0]
    # The A320's table gives 0.8771 m/s2 = 1.705 kt/s at 288.7 kt and 0.8361 m/s2 = 1.625 kt/s at 300 kt. Both need
    # 7 ticks for +10 kt CAS, about +11.3 kt TAS.
    after = fly(batch, (0.0, 1.0)).tas[0, 0]
    travelled = batch.worlds.position[0, 0, 1] * 3600
    low, high = 1.625, 1.705
    assert after == batch.worlds.commanded_tas[0, 0]
    gained = after - before
    # The speed gained in tick k is min(k a, gained), so the way lies between what both ends of the table give.
    ways = [sum(before + min(tick * rate, gained) for tick in range(1, 11)) for rate in (low, high)]
    assert ways[0] < travelled < ways[1]


def test_wind_moves_the_track_and_not_the_heading() -> None:
    wind = {"from_deg": 270.0, "speed_kt": 36.0}  # from the west, 0.1 NM in 10 s
    worlds = fly(world(NORTH, wind=wind))
    assert worlds.position[0, 0] == pytest.approx([0.1, 1.0], abs=1e-6)
    assert worlds.heading[0, 0] == 0.0
    assert worlds.tas[0, 0] == pytest.approx(360.0)


def test_a_headwind_slows_over_the_ground() -> None:
    worlds = fly(world(NORTH, wind={"from_deg": 0.0, "speed_kt": 36.0}))
    assert worlds.position[0, 0] == pytest.approx([0.0, 0.9], abs=1e-6)


def test_the_heading_gives_the_direction_clockwise_from_north() -> None:
    worlds = fly(world((0.0, 0.0, 120.0, 50.0, 50.0)))
    assert worlds.position[0, 0] == pytest.approx([math.sqrt(0.75), -0.5], abs=1e-6)


def test_an_arrived_aircraft_holds_heading_and_speed_from_the_tick_of_arrival() -> None:
    # The waypoint lies 1.15 NM ahead: within 1 NM after tick 2, 2.83 degrees into a turn and 4 kt into a change.
    batch = world((0.0, 0.0, 0.0, 0.0, 1.15))
    worlds = fly(batch, (1.0, 1.0))
    assert worlds.arrived[0, 0]
    held = RATE_KT_DEG * (1 / 362 + 1 / 364)
    assert worlds.heading[0, 0] == pytest.approx(held, abs=1e-3)
    assert worlds.tas[0, 0] == pytest.approx(364.0)
    worlds = fly(batch, (-1.0, -1.0))
    assert worlds.heading[0, 0] == pytest.approx(held, abs=1e-3)
    assert worlds.tas[0, 0] == pytest.approx(364.0)


def test_an_arrived_aircraft_shows_the_cas_it_flies() -> None:
    worlds = fly(world((0.0, 0.0, 0.0, 0.0, 1.15)), (0.0, 1.0))
    assert worlds.cas[0, 0] == pytest.approx(364.0)


def test_the_state_is_what_numpy_sees() -> None:
    batch = world(NORTH, (10.0, 0.0, 90.0, 100.0, 0.0))
    assert batch.worlds.position.shape == (1, 2, 2)
    assert np.array_equal(batch.worlds.heading[0], [0.0, 90.0])
