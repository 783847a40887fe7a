"""Manoeuvres and conflicts of straight tracks, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from flights_by_hand import Track, flight, side_by_side

from envs.airspace.evaluation.agreement import agreement
from envs.airspace.evaluation.flight import Flight

Commands = dict[int, tuple[float, float]]
RIGHT, LEFT, FASTER = (9.0, 0.0), (-9.0, 0.0), (0.0, 5.0)


def found(flown: Flight, variant: str, world: int = 0) -> dict[str, float]:
    columns = agreement(flown)
    return {name.removeprefix(f"{variant}_"): columns[name][world] for name in columns if name.startswith(variant)}


def meeting(commands: Commands, num_steps: int = 30, **changes: object) -> Flight:
    """Two head on, 36 NM apart at 0.2 NM/s: closest after 180 s; the first flies straight to its waypoint."""
    one = replace(Track(0.0, -18.0, 0.0, commands=commands), **changes)  # type: ignore[arg-type]
    return flight(one, Track(0.0, 18.0, 180.0, waypoint_nm=(0.0, -1000.0)), num_steps=num_steps)


def steps(first: int, after: int, command: tuple[float, float] = RIGHT) -> Commands:
    return dict.fromkeys(range(first, after), command)


def test_the_study_sees_a_conflict_within_120_s_of_the_closest_point() -> None:
    """TCPA is 180 s less 10 s a step: 0 to 120 s at the steps 6 to 18. One window; nobody manoeuvres."""
    seen = found(meeting({}), "study")
    assert (seen["truth_windows"], seen["alert_windows"], seen["missed"]) == (1, 0, 1)
    assert seen["recall"] == 0.0
    assert np.isnan(seen["precision"])
    assert seen["duty_cycle"] == 0.0


def test_an_alert_takes_two_of_three_steps() -> None:
    """Commands at the steps 6 to 17: alerts at 7 to 17, and at 18 too, which has two of 16, 17 and 18."""
    seen = found(meeting(steps(6, 18)), "study")
    assert (seen["alert_windows"], seen["matched"], seen["alert_s"], seen["watched_s"]) == (1, 1, 120.0, 300.0)
    assert (seen["precision"], seen["recall"], seen["f1"], seen["duty_cycle"]) == (1.0, 1.0, 1.0, 0.4)
    assert seen["lead_time_s"] == -10.0


def test_single_commands_are_no_alert() -> None:
    assert found(meeting({7: RIGHT, 10: RIGHT, 13: RIGHT}), "study")["alert_windows"] == 0


def test_the_study_gates_alerts_by_120_s_and_the_state_based_variant_by_its_look_ahead() -> None:
    """At the steps 1 to 4 TCPA is 170 to 140 s."""
    flown = meeting(steps(1, 5))
    assert found(flown, "study")["alert_windows"] == 0
    assert found(flown, "state_based")["alert_windows"] == 2  # of either aircraft: one of the two acts for both


def test_a_turn_to_the_waypoint_is_navigation() -> None:
    """The waypoint lies to the right: a turn to the right brings the heading nearer to it, one to the left does not."""
    to_the_right = {"waypoint_nm": (1000.0, 0.0)}
    assert found(meeting(steps(6, 18, RIGHT), **to_the_right), "study")["alert_windows"] == 0
    assert found(meeting(steps(6, 18, LEFT), **to_the_right), "study")["alert_windows"] == 1
    assert found(meeting(steps(6, 18, FASTER), **to_the_right), "study")["alert_windows"] == 1


def test_small_commands_are_no_manoeuvres() -> None:
    assert found(meeting(steps(6, 18, (2.9, 4.9))), "study")["alert_windows"] == 0


def test_a_manoeuvre_between_5_and_6_nm_is_a_ghost_conflict() -> None:
    """The tracks are 5.5 NM apart: nobody is in conflict, but the zone of 6 NM lets the alert count."""
    one = Track(0.0, -18.0, 0.0, commands=steps(8, 14))
    flown = flight(one, Track(5.5, 18.0, 180.0), num_steps=30)
    for variant, alerts in (("study", 1), ("state_based", 2)):
        seen = found(flown, variant)
        assert (seen["truth_windows"], seen["alert_windows"], seen["false_alerts"]) == (0, alerts, alerts)
        assert seen["precision"] == 0.0
        assert np.isnan(seen["recall"])


def test_a_manoeuvre_far_from_everybody_is_none() -> None:
    one = Track(0.0, -18.0, 0.0, commands=steps(8, 14))
    flown = flight(one, Track(6.5, 18.0, 180.0), num_steps=30)
    assert found(flown, "study")["alert_windows"] == found(flown, "state_based")["alert_windows"] == 0


def test_the_study_misses_a_slow_closure_that_the_state_based_variant_sees() -> None:
    """One behind the other, 10 NM, 50 kt faster: entry after 360 s, conflict from 70 s on; TCPA above 200 s."""
    flown = flight(Track(0.0, 0.0, 0.0, tas_kt=300.0), Track(0.0, -10.0, 0.0, tas_kt=350.0), num_steps=50)
    assert found(flown, "study")["truth_windows"] == 0
    assert found(flown, "state_based")["truth_windows"] == 2


def test_either_aircraft_may_solve_a_conflict() -> None:
    """Only the first acts, all through the conflict (steps 0 to 20): both aircraft's truth is answered."""
    seen = found(meeting(steps(0, 21)), "state_based")
    assert (seen["truth_windows"], seen["matched"], seen["missed"]) == (2, 2, 0)
    assert seen["watched_s"] == 600.0
    assert seen["lead_time_s"] == -10.0


def test_a_solution_after_which_separation_is_lost_is_not_resolved() -> None:
    """The study's window ends at 180 s and grows to 220 s, apart again; with 130 s it ends inside 5 NM."""
    assert found(meeting(steps(6, 18)), "study")["resolved"] == 1
    assert found(meeting(steps(6, 18), num_steps=17), "study")["resolved"] == 0


def test_nothing_counts_after_arrival() -> None:
    """Arrived after 75 s: the study's truth has the steps 6 and 7, the first aircraft's conflict 0 to 7."""
    arrived = meeting(steps(0, 21), arrives_after_s=75.0)
    seen = found(arrived, "study")
    assert (seen["truth_windows"], seen["alert_s"]) == (1, 20.0)  # the steps 7 and, by two of three, 8
    by_aircraft = found(arrived, "state_based")
    assert by_aircraft["watched_s"] == 80.0 + 300.0
    # the arrived one's alerts 1 .. 7; the other's 1 .. 8
    assert by_aircraft["alert_s"] == 70.0 + 80.0


def test_the_study_knows_no_conflict_with_an_aircraft_that_has_arrived() -> None:
    """Truth at the steps 6 and 7 grows to 3 .. 11. The other's alert, 13 .. 18, would match one that went on to 18."""
    one = Track(0.0, -18.0, 0.0, arrives_after_s=75.0)
    other = Track(0.0, 18.0, 180.0, waypoint_nm=(0.0, -1000.0), commands=steps(12, 18))
    seen = found(flight(one, other, num_steps=30), "study")
    assert (seen["truth_windows"], seen["alert_windows"], seen["matched"]) == (1, 1, 0)


def test_worlds_of_a_block_do_not_touch_each_other() -> None:
    one, two = meeting(steps(6, 18)), meeting({}, num_steps=12)
    block = agreement(side_by_side(two, one))
    for name, column in block.items():
        assert column.tolist() == pytest.approx([agreement(two)[name][0], agreement(one)[name][0]], nan_ok=True), name
