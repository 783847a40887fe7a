"""Modified voltage potential, against geometry worked out by hand at 360 kt true airspeed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from envs.airspace.baselines.reports import truth
from envs.airspace.baselines.settings import Mvp
from envs.airspace.baselines.voltage_potential import Encounters, VoltagePotential, encounters, in_conflict
from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.play import Episodes, Space, play
from tests.envs.airspace.simulation.worlds_by_hand import put, world

HEAD_ON = ((0.0, -20.0, 0.0, 0.0, 30.0), (0.0, 20.0, 180.0, 0.0, -30.0))
CROSSING = ((0.0, 0.0, 0.0, 0.0, 30.0), (12.0, 10.0, 270.0, -30.0, 10.0))
FREE = {"max_heading_change_deg": 90.0, "max_speed_change_kt": 200.0}


def mvp(batch: AirspaceBatch, look_ahead_s: float = 300.0, margin: float = 1.05) -> VoltagePotential:
    steering = VoltagePotential(Mvp(look_ahead_s=look_ahead_s, margin=margin))
    steering.begin(batch, 0)
    return steering


def seen_truly(batch: AirspaceBatch) -> Encounters:
    return encounters(batch, truth(batch))


def asked(batch: AirspaceBatch, **settings: Any) -> np.ndarray:
    """Changes of heading (degrees) and speed (kt) of each aircraft of world 0."""
    limits = batch.settings.actions
    actions = mvp(batch, **settings).steer(batch, None)[0]
    return actions * [limits.max_heading_change_deg, limits.max_speed_change_kt]


def test_a_pair_is_seen_at_its_closest_approach() -> None:
    """From (12, 10) by (-360, -360) kt: after 22 / 720 h at (1, -1)."""
    seen = seen_truly(world(*CROSSING))
    assert seen.pairs[0].tolist() == [[False, True], [True, False]]
    assert seen.position_nm[0, 0, 1] == pytest.approx([12.0, 10.0])
    assert seen.velocity_kt[0, 0, 1] == pytest.approx([-360.0, -360.0])
    assert seen.tcpa_h[0, 0, 1] == pytest.approx(22 / 720)
    assert seen.cpa_nm[0, 0, 1] == pytest.approx([1.0, -1.0])
    assert seen.dcpa_nm[0, 1, 0] == pytest.approx(np.sqrt(2.0))


@pytest.mark.parametrize(("look_ahead_s", "conflict"), [(174.0, False), (176.0, True)])
def test_a_conflict_is_an_entry_within_the_look_ahead(look_ahead_s: float, conflict: bool) -> None:
    """40 NM apart, closing at 720 kt: below 5 NM after 35 / 720 h = 175 s."""
    assert in_conflict(seen_truly(world(*HEAD_ON)), look_ahead_s)[0, 0, 1] == conflict


@pytest.mark.parametrize(("aside_nm", "conflict"), [(4.9, True), (5.1, False)])
def test_a_conflict_is_predicted_below_5_nm(aside_nm: float, conflict: bool) -> None:
    rows = (HEAD_ON[0], (aside_nm, 20.0, 180.0, aside_nm, -30.0))
    assert in_conflict(seen_truly(world(*rows)), 300.0)[0, 0, 1] == conflict


def test_aircraft_that_have_passed_each_other_are_in_no_conflict() -> None:
    rows = ((0.0, 0.0, 0.0, 0.0, 50.0), (0.0, -6.0, 180.0, 0.0, -50.0))
    assert not in_conflict(seen_truly(world(*rows)), 300.0).any()


def test_a_pair_at_equal_speeds_in_trail_is_in_conflict_only_inside_5_nm() -> None:
    batch = world((0.0, 0.0, 0.0, 0.0, 50.0), (0.0, 6.0, 0.0, 0.0, 50.0))
    assert not in_conflict(seen_truly(batch), 300.0).any()
    put(batch, [(0.0, 0.0), (0.0, 4.5)], 4.5)
    assert in_conflict(seen_truly(batch), 300.0)[0, 0, 1]


def test_head_on_both_turn_to_the_same_side_and_speed_up() -> None:
    """Zone 5.25 NM, 40 NM apart, 0.055556 h to go, 10 m taken as the miss distance, so that a side is chosen.

    Stretch 1 / cos(asin(5.25 / 40) - asin(0.0054 / 40)) = 1 / 0.991367; shift (5.25 / 0.991367 - 0.0054) / 0.055556 h
    = 95.226 kt to the left; heading atan(95.226 / 360) = 14.816 degrees, speed sqrt(360^2 + 95.226^2) = 372.38 kt.
    """
    changes = asked(world(*HEAD_ON, actions=FREE))
    assert changes[0] == pytest.approx([-14.816, 12.38], abs=0.01)
    assert changes[1] == pytest.approx([-14.816, 12.38], abs=0.01)


def test_crossing_one_passes_ahead_and_the_other_behind() -> None:
    """At (1, -1) NM after 22 / 720 h. asin(5.25 / 15.6205) = 0.342778, asin(1.41421 / 15.6205) = 0.090660.

    (5.25 / cos(0.252118) - 1.41421) / (22 / 720) = 131.144 kt along (1, -1) / sqrt 2: 92.733 kt each way. The first
    flies (-92.733, 452.733): 348.424 degrees, 462.13 kt; the other (-267.267, -92.733): 250.865 degrees, 282.90 kt.
    """
    changes = asked(world(*CROSSING, actions=FREE))
    assert changes[0] == pytest.approx([-11.576, 102.13], abs=0.01)
    assert changes[1] == pytest.approx([-19.135, -77.10], abs=0.01)


def test_both_shifts_together_move_the_closest_approach_out_to_the_zone_or_beyond() -> None:
    changes = asked(world(*CROSSING, actions=FREE))
    rows = [(*row[:2], row[2] + change, *row[3:]) for row, (change, _) in zip(CROSSING, changes, strict=True)]
    speeds = [360.0 + change for _, change in changes]
    after = world(*rows, cas_kt=[min(speed, 399.0) for speed in speeds])
    assert seen_truly(after).dcpa_nm[0, 0, 1] > 5.25


def test_shifts_of_several_conflicts_add_up() -> None:
    """A third aircraft, the mirror image of the second: the sideways shifts cancel, the forward ones add up."""
    third = (-12.0, 10.0, 90.0, 30.0, 10.0)
    (turn, speed), *_ = asked(world(*CROSSING, third, actions=FREE))
    assert (turn, speed) == (pytest.approx(0.0, abs=1e-9), pytest.approx(2 * 92.733, abs=0.01))


def test_a_greater_margin_shifts_more() -> None:
    turns = [asked(world(*HEAD_ON, actions=FREE), margin=margin)[0, 0] for margin in (1.0, 1.05, 1.5)]
    assert turns[0] > turns[1] > turns[2]


def test_without_a_conflict_it_turns_to_the_waypoint_at_its_own_speed() -> None:
    batch = world((0.0, 0.0, 0.0, 40.0, 40.0), (100.0, 0.0, 0.0, 100.0, 40.0))
    steering = mvp(batch)
    assert steering.steer(batch, None)[0] == pytest.approx(np.array([[1.0, 0.0], [0.0, 0.0]]))
    batch.worlds.cas[0, 1] = 355.0
    assert steering.steer(batch, None)[0, 1] == pytest.approx([0.0, 0.5])


def test_it_holds_its_course_until_the_other_is_past_although_the_conflict_is_over() -> None:
    batch = world(*HEAD_ON)
    steering, turned = mvp(batch), []
    for _ in range(40):
        actions = steering.steer(batch, None)
        seen = seen_truly(batch)
        clear = not in_conflict(seen, 300.0).any()
        passed = bool((seen.position_nm * seen.velocity_kt).sum(-1)[0, 0, 1] > 0.0)
        turned.append((clear, passed, abs(actions[0, 0, 0]) > 1e-9))
        batch.step(actions)
    abeam = [passed for _, passed, _ in turned].index(True)
    waiting = [turn for clear, _, turn in turned[:abeam] if clear]
    returning = [turn for clear, _, turn in turned[abeam:] if clear]
    assert len(waiting) > 10
    assert not any(waiting)
    assert any(returning)
    assert batch.worlds.min_separation[0] >= 5.0


def test_a_new_episode_knows_nothing_of_conflicts_before() -> None:
    batch = world(*HEAD_ON)
    steering = mvp(batch)
    steering.steer(batch, None)
    apart = world((0.0, 0.0, 0.0, 40.0, 40.0), (100.0, 0.0, 0.0, 100.0, 40.0))
    steering.begin(apart, 0)
    assert steering.steer(apart, None)[0, 0, 0] == 1.0


def test_it_keeps_twelve_of_the_fourteen_or_more_apart_with_everybody_arriving() -> None:
    airspace = Space(SIMULATION, AirspaceSettings(), tuple(SUITE.values()), 0.97)
    steering = VoltagePotential(Mvp(look_ahead_s=300.0, margin=1.05))
    table = play(airspace, Episodes.of_scenarios(range(14), 1, 0), steering).episodes
    assert (~table["los"] & table["all_arrived"]).sum() >= 12


def test_empty_slots_and_the_arrived_ask_for_nothing_that_is_not_finite() -> None:
    airspace = Space(SIMULATION, AirspaceSettings(), (), 0.97)
    batch = airspace.batch(64)
    batch.begin(np.arange(64), np.full(64, -1), np.arange(64, dtype=np.uint64))
    steering = mvp(batch)
    while not batch.worlds.done.all():
        actions = steering.steer(batch, None)
        assert np.isfinite(actions).all()
        batch.step(actions)
