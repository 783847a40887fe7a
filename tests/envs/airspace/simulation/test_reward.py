"""What each aircraft is paid, part by part; one step is 1 NM and 10 s (see worlds_by_hand)."""

import math
from typing import Any

import numpy as np
import pytest

from envs.airspace.simulation.compiled.reward import (
    excess_drift,
    lack_of_margin,
    potential,
    seconds_to_loss,
    violation_penalty,
)
from envs.airspace.simulation.compiled.worlds import REWARD_PARTS
from tests.envs.airspace.simulation.worlds_by_hand import drawn, fly, paid, put, world

NORTH = (0.0, 0.0, 0.0, 0.0, 50.0)
ABREAST = ((0.0, 0.0, 0.0, 0.0, 50.0), (7.5, 0.0, 0.0, 7.5, 50.0))


def test_progress_pays_each_km_nearer() -> None:
    batch = world(NORTH)
    fly(batch)
    assert paid(batch, "progress") == pytest.approx([0.12 * 1.852], abs=1e-7)


def test_progress_is_negative_when_further() -> None:
    batch = world((0.0, 0.0, 180.0, 0.0, 50.0))
    fly(batch)
    assert paid(batch, "progress") == pytest.approx([-0.12 * 1.852], abs=1e-7)


def test_progress_ends_where_the_aircraft_arrives() -> None:
    batch = world((0.0, 0.0, 0.0, 0.0, 1.55))  # arrives 0.6 NM on
    fly(batch)
    assert paid(batch, "progress") == pytest.approx([0.12 * 1.852 * 0.6], abs=1e-7)


@pytest.mark.parametrize(("angle", "excess"), [(0.0, 0.0), (8.0, 0.0), (8.5, 0.5), (180.0, 172.0)])
def test_8_degrees_of_drift_are_free(angle: float, excess: float) -> None:
    assert excess_drift(angle) == excess


@pytest.mark.parametrize(
    ("bearing_deg", "action", "wanted"),
    [
        (90.0, 0.5, 0.09),  # 90 -> 81 degrees
        (90.0, -0.5, -0.09),  # 90 -> 99
        (12.0, 0.5, 0.04),  # 12 -> 3, of which 8 are free: 4 -> 0
        (0.0, 0.5, -0.01),  # 0 -> 9: 0 -> 1
        (5.0, 0.5, 0.0),  # 5 ahead on the right -> 4 on the left
    ],
)
def test_drift_pays_the_turn_towards_the_waypoint(bearing_deg: float, action: float, wanted: float) -> None:
    far = 1e8  # NM, so that the bearing does not change by flying 1 NM
    east, north = far * np.sin(np.radians(bearing_deg)), far * np.cos(np.radians(bearing_deg))
    batch = world((0.0, 0.0, 0.0, east, north))
    fly(batch, (action, 0.0))
    assert paid(batch, "drift") == pytest.approx([wanted], abs=1e-7)


def test_drift_telescopes_over_a_weaving_flight() -> None:
    batch = world((0.0, 0.0, 40.0, 0.0, 50.0))
    total = 0.0
    for action in (1.0, -1.0, -1.0, 1.0, 0.4, -1.0, -1.0):
        fly(batch, (action, 0.0))
        total += paid(batch, "drift")[0]
    assert batch.worlds.drift[0, 0] > 20.0
    assert total == pytest.approx(0.01 * ((40.0 - 8.0) - (batch.worlds.drift[0, 0] - 8.0)), abs=1e-9)


@pytest.mark.parametrize(("before", "wanted"), [(np.inf, -50.0), (5.0, -50.0), (4.999, 0.0), (1.0, 0.0)])
def test_entry_is_paid_only_on_crossing_from_5_nm_or_more(before: float, wanted: float) -> None:
    batch = world(*ABREAST)
    put(batch, [(0.0, 0.0), (4.0, 0.0)], before)
    fly(batch)
    assert paid(batch, "violation_entry").tolist() == [wanted, wanted]


def test_entry_is_paid_again_at_each_new_violation() -> None:
    batch = world(*ABREAST)
    paid_now = []
    for east in (6.0, 4.0, 4.5, 5.0, 4.0):
        batch.worlds.position[0, 1, 0] = batch.worlds.position[0, 0, 0] + east
        fly(batch)
        paid_now.append(paid(batch, "violation_entry")[0])
    assert paid_now == [0.0, -50.0, 0.0, 0.0, -50.0]


def test_a_flight_to_exactly_5_nm_is_no_violation() -> None:
    batch = world(*ABREAST)
    put(batch, [(0.0, 0.0), (5.0, 0.0)], 6.0)
    fly(batch)
    assert paid(batch, "violation_entry").tolist() == [0.0, 0.0]
    assert paid(batch, "violation_step").tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("separation_nm", "penalty"),
    [
        (4.0, 0.2),  # (5 - 4) / 5
        (1.0, 0.8),
        (0.5, 1.575),  # 4.5 / 5 * (1 + 1.5 * 0.5)
        (0.0, 2.5),
        (5.0, 0.0),
        (np.inf, 0.0),
    ],
)
def test_a_violation_costs_more_the_closer(separation_nm: float, penalty: float) -> None:
    assert violation_penalty(separation_nm) == pytest.approx(penalty)


@pytest.mark.parametrize(("separation_nm", "wanted"), [(4.0, -0.2), (0.5, -1.575)])
def test_every_step_in_violation_is_paid(separation_nm: float, wanted: float) -> None:
    batch = world(*ABREAST)
    put(batch, [(0.0, 0.0), (separation_nm, 0.0)], separation_nm)
    for _ in range(2):
        fly(batch)
        assert paid(batch, "violation_step") == pytest.approx([wanted, wanted])


@pytest.mark.parametrize(
    ("separation_nm", "lack"),
    [(np.inf, 0.0), (7.0, 0.0), (6.0, 0.0), (5.5, 0.5), (5.0, 1.0), (3.0, 1.0)],
)
def test_a_margin_of_1_nm_lacks_more_the_closer(separation_nm: float, lack: float) -> None:
    assert lack_of_margin(separation_nm, 1.0) == pytest.approx(lack)


def test_every_step_without_margin_is_paid() -> None:
    batch = world(*ABREAST)
    put(batch, [(0.0, 0.0), (5.375, 0.0)], 5.375)
    for _ in range(2):
        fly(batch)
        assert paid(batch, "margin") == pytest.approx([-1.5, -1.5])  # three quarters of -2


CROSSING = ((-10.0, 0.0, 90.0, -9.5, 0.0), (0.0, -12.0, 0.0, 0.0, -11.5), (60.0, 0.0, 0.0, 60.0, 50.0))
"""Both at their waypoints; the second is 2 NM further from where their tracks meet. Below 5 NM after 76 s."""


def test_arriving_on_a_course_into_a_conflict_is_paid_once() -> None:
    batch = world(*CROSSING)
    fly(batch)
    assert paid(batch, "arrival_conflict").tolist() == [-50.0, -50.0, 0.0]
    fly(batch)
    assert paid(batch, "arrival_conflict").tolist() == [0.0, 0.0, 0.0]


def test_the_seconds_to_a_loss_follow_from_straight_flight() -> None:
    # At 0.1 NM/s each way: 100 + 144 - 2 * 2.2 t + 0.02 t^2 = 25 at t = 76.1 s.
    wanted = (2.2 - math.sqrt(4.84 - 4.38)) / 0.02
    assert seconds_to_loss(10.0, -12.0, -360.0, 360.0) == pytest.approx(wanted)
    assert seconds_to_loss(10.0, -12.0, 360.0, -360.0) == np.inf  # they part
    assert seconds_to_loss(10.0, -2.0, -360.0, 360.0) == np.inf  # they pass 5.7 NM apart
    assert seconds_to_loss(3.0, 2.0, -360.0, 360.0) == np.inf  # they are below already
    assert seconds_to_loss(10.0, 0.0, 0.0, 0.0) == np.inf


@pytest.mark.parametrize(
    "settings",
    [
        {"episode": {"after_arrival": "leave"}},
        {"episode": {"max_steps": 1}},
        {"reward": {"arrival_look_ahead_s": 60.0}},
    ],
    ids=["who leaves", "where the world ends", "too far ahead"],
)
def test_no_conflict_is_paid_at_arrival(settings: dict[str, Any]) -> None:
    batch = world(*CROSSING, **settings)
    fly(batch)
    assert paid(batch, "arrival").tolist() == [10.0, 10.0, 0.0]
    assert paid(batch, "arrival_conflict").tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("action", "wanted"),
    [
        ((1.0, -1.0), -0.02),
        ((0.5, 0.1), -0.005),  # 1 kt counts as none
        ((0.1, 0.5), -0.005),  # 1.8 degrees count as none
        ((0.1, 0.1), 0.0),
    ],
)
def test_an_action_costs_what_exceeded_the_thresholds(action: tuple[float, float], wanted: float) -> None:
    batch = world(NORTH)
    fly(batch, action)
    assert paid(batch, "action") == pytest.approx([wanted], abs=1e-12)


@pytest.mark.parametrize(
    ("action", "wanted"),
    [((1.0, 0.0), -0.5), ((0.0, -0.5), -0.5), ((0.5, 0.5), -0.5), ((0.1, 0.1), 0.0)],
    ids=["heading", "speed", "both at once", "below the thresholds"],
)
def test_an_instruction_costs_the_same_whatever_it_changes(action: tuple[float, float], wanted: float) -> None:
    batch = world(NORTH, reward={"instruction": -0.5})
    fly(batch, action)
    assert paid(batch, "instruction").tolist() == [wanted]


def test_track_is_paid_by_the_km_flown_wherever_it_leads_until_arrival() -> None:
    away, arriving = (0.0, 0.0, 180.0, 0.0, 50.0), (20.0, 0.0, 0.0, 20.0, 1.55)  # the second arrives after 6 s
    batch = world(away, arriving, reward={"track_per_km": -0.1})
    fly(batch)
    assert paid(batch, "track") == pytest.approx([-0.1 * 1.852, -0.1 * 1.852 * 0.6], abs=1e-7)
    fly(batch)
    assert paid(batch, "track") == pytest.approx([-0.1 * 1.852, 0.0], abs=1e-7)


def test_time_is_paid_by_the_second_until_arrival() -> None:
    batch = world((0.0, 0.0, 0.0, 0.0, 1.55), (20.0, 0.0, 0.0, 20.0, 50.0))
    fly(batch)  # the first arrives after 6 s
    assert paid(batch, "time") == pytest.approx([-0.003, -0.005])
    assert batch.worlds.flight_time[0].tolist() == [6.0, 10.0]


def test_arrival_is_paid_once_and_then_nothing() -> None:
    batch = world((0.0, 0.0, 0.0, 0.0, 1.55), (20.0, 0.0, 0.0, 20.0, 50.0))
    fly(batch)
    assert paid(batch, "arrival").tolist() == [10.0, 0.0]
    worlds = fly(batch, (1.0, 1.0), (1.0, 1.0))
    assert worlds.reward_parts[0, 0].tolist() == [0.0] * len(REWARD_PARTS)
    assert worlds.reward[0, 0] == 0.0
    assert worlds.reward_parts[0, 1, 5] == pytest.approx(-0.02)


@pytest.mark.parametrize(("time_limit", "wanted"), [("task", [0.0, -10.0]), ("bootstrap", [0.0, 0.0])])
def test_a_timeout_is_paid_only_where_time_is_part_of_the_task(time_limit: str, wanted: list[float]) -> None:
    rows = ((0.0, 0.0, 0.0, 0.0, 2.55), (20.0, 0.0, 0.0, 20.0, 50.0))
    batch = world(*rows, episode={"max_steps": 2, "time_limit": time_limit})
    fly(batch)
    assert paid(batch, "timeout").tolist() == [0.0, 0.0]
    worlds = fly(batch)  # the first arrives in the last step
    assert paid(batch, "timeout").tolist() == wanted
    assert worlds.row_terminated[0].tolist() == [True, time_limit == "task"]
    assert worlds.row_truncated[0].tolist() == [False, time_limit == "bootstrap"]


@pytest.mark.parametrize(
    ("separation_nm", "phi"), [(0.0, 0.0), (2.5, 0.25), (5.0, 0.5), (7.5, 0.75), (10.0, 1.0), (12.0, 1.0)]
)
def test_the_potential_rises_to_1_at_10_nm(separation_nm: float, phi: float) -> None:
    assert potential(separation_nm, 2) == pytest.approx(phi)
    assert potential(separation_nm, 1) == 1.0


def test_team_pays_the_discounted_change_of_potential_to_every_active_aircraft() -> None:
    batch = world((0.0, 0.0, 0.0, 0.0, 50.0), (0.0, 7.5, 180.0, 0.0, -50.0), (40.0, 0.0, 0.0, 40.0, 50.0))
    fly(batch)  # from 7.5 to 5.5 NM: 0.6 * (0.97 * 0.55 - 0.75)
    assert paid(batch, "team") == pytest.approx([-0.1299] * 3, abs=1e-6)


def test_team_uses_the_learners_own_discount() -> None:
    batch = world(*ABREAST, discount=0.5)
    fly(batch)
    assert paid(batch, "team") == pytest.approx([0.6 * (0.5 * 0.75 - 0.75)] * 2)


def test_an_aircraft_alone_has_the_full_potential() -> None:
    batch = world(NORTH)
    fly(batch)
    assert paid(batch, "team") == pytest.approx([0.6 * (0.97 - 1.0)])


def test_the_potential_after_a_termination_is_0_for_that_row_only() -> None:
    batch = world((0.0, 0.0, 0.0, 0.0, 1.55), ABREAST[1])
    fly(batch)
    assert paid(batch, "team") == pytest.approx([0.6 * -0.75, 0.6 * (0.97 * 0.75 - 0.75)], abs=1e-6)


def test_with_leave_the_one_that_stays_is_alone() -> None:
    batch = world((0.0, 0.0, 0.0, 0.0, 1.55), ABREAST[1], episode={"after_arrival": "leave"})
    fly(batch)
    assert paid(batch, "team") == pytest.approx([0.6 * -0.75, 0.6 * (0.97 - 0.75)], abs=1e-6)


@pytest.mark.parametrize(("time_limit", "phi"), [("bootstrap", 0.75), ("task", 0.0)])
def test_the_potential_after_a_truncation_stands_and_after_a_task_that_timed_out_is_0(
    time_limit: str, phi: float
) -> None:
    batch = world(*ABREAST, episode={"max_steps": 1, "time_limit": time_limit})
    fly(batch)
    assert paid(batch, "team") == pytest.approx([0.6 * (0.97 * phi - 0.75)] * 2)


RESPONSIBLE = {"reward": {"team": {"share": "responsibility"}}}


def test_shares_by_responsibility_follow_the_number_of_others_within_5_nm() -> None:
    batch = world(*((east, 0.0, 0.0, east, 50.0) for east in (0.0, 6.0, 12.0)), **RESPONSIBLE)
    put(batch, [(0.0, 0.0), (4.0, 0.0), (8.0, 0.0)], 4.0)
    batch.worlds.potential[0] = 0.4
    fly(batch)
    # 1, 2 and 1 others within 5 NM, 4 in all, 3 aircraft: shares 3/4, 6/4, 3/4 of 0.6 * (0.97 * 0.4 - 0.4) = -0.0072.
    assert paid(batch, "team") == pytest.approx([-0.0054, -0.0108, -0.0054])


def test_shares_by_responsibility_are_equal_where_nobody_is_near() -> None:
    batch = world(*ABREAST, **RESPONSIBLE)
    fly(batch)
    assert paid(batch, "team") == pytest.approx([0.6 * (0.97 * 0.75 - 0.75)] * 2)


def test_each_part_has_its_own_weight() -> None:
    weights = ("progress_per_km", "drift_per_deg", "violation_entry", "violation_step", "margin_step", "action")
    weights = (*weights, "time_per_s", "arrival", "arrival_conflict")
    reward = {**dict.fromkeys(weights, 0.0), "team": {"weight": 0.0}}
    batch = world((0.0, 0.0, 0.0, 0.0, 1.55), (0.0, 5.9, 180.0, 10.0, 0.0), reward=reward)
    assert fly(batch, (1.0, 1.0), (1.0, 1.0)).reward_parts.tolist() == np.zeros((1, 2, len(REWARD_PARTS))).tolist()


def test_the_parts_sum_to_the_reward_and_over_the_episode_to_the_return() -> None:
    batch = drawn(20, seed=3)
    rng = np.random.default_rng(0)
    returns = np.zeros((20, batch.num_slots))
    for _ in range(30):
        going = ~batch.worlds.done
        batch.step(rng.uniform(-1, 1, (20, batch.num_slots, 2)))
        assert batch.worlds.reward == pytest.approx(batch.worlds.reward_parts.sum(-1), abs=1e-12)
        returns += batch.worlds.reward * going[:, None]
    assert (np.abs(returns) > 1.0).any()
    assert batch.worlds.reward_sums.sum(-1) == pytest.approx(returns, abs=1e-9)
