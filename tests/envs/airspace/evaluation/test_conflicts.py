"""Conflicts of straight tracks, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from flights_by_hand import Track, flight, side_by_side

from envs.airspace.evaluation.conflicts import conflict_counts, conflicts
from envs.airspace.evaluation.flight import Flight

NORTHBOUND, SOUTHBOUND = Track(0.0, -18.0, 0.0), Track(0.0, 18.0, 180.0)


def table(flown: Flight) -> pd.DataFrame:
    return pd.DataFrame(conflicts(flown))


def test_head_on_traffic_that_holds_loses_separation() -> None:
    """36 NM at 0.2 NM/s: entry after 155 s, closest after 180 s, apart again after 205 s, so out of it at 210 s."""
    (row,) = table(flight(NORTHBOUND, SOUTHBOUND, num_steps=30)).to_dict("records")
    assert (row["aircraft_a"], row["aircraft_b"], row["time_in_s"], row["time_out_s"]) == (0, 1, 0.0, 210.0)
    assert row["time_to_entry_s"] == pytest.approx(155.0)
    assert (row["tcpa_s"], row["dcpa_nm"]) == pytest.approx((180.0, 0.0), abs=1e-9)
    assert row["min_separation_nm"] == pytest.approx(0.0, abs=1e-9)
    assert row["severity"] == pytest.approx(1.0)
    assert (row["los"], row["secondary"], row["open"]) == (True, False, False)


def test_a_conflict_begins_at_the_look_ahead() -> None:
    """70 NM at 0.2 NM/s: 325 s to entry. Below 300 s first at the state after 30 s, with 295 s to go."""
    far = replace(SOUTHBOUND, north_nm=52.0)
    (row,) = table(flight(NORTHBOUND, far, num_steps=10)).to_dict("records")
    assert (row["time_in_s"], row["time_to_entry_s"]) == (30.0, pytest.approx(295.0))


def test_a_conflict_that_outlasts_the_warm_up_begins_with_the_first_counted_step() -> None:
    """Head-on, 36 NM apart: after 12 steps 12 NM; one that was over in the warm-up does not count at all."""
    (row,) = table(flight(NORTHBOUND, SOUTHBOUND, num_steps=30, warm_up_steps=12)).to_dict("records")
    assert (row["time_in_s"], row["time_to_entry_s"], row["secondary"]) == (120.0, pytest.approx(35.0), False)
    assert len(table(flight(NORTHBOUND, SOUTHBOUND, num_steps=30, warm_up_steps=21))) == 0


def test_the_end_of_the_episode_leaves_a_conflict_open() -> None:
    (row,) = table(flight(NORTHBOUND, SOUTHBOUND, num_steps=10)).to_dict("records")
    assert (row["time_out_s"], row["open"], row["los"]) == (100.0, True, False)
    assert row["min_separation_nm"] == pytest.approx(16.0)  # 36 NM less 20
    assert row["severity"] == 0.0


def test_severity_is_how_deep_the_intrusion_is() -> None:
    """Opposite tracks 2 NM apart pass at 2 NM: (5 - 2) / 5."""
    (row,) = table(flight(NORTHBOUND, replace(SOUTHBOUND, east_nm=2.0), num_steps=30)).to_dict("records")
    assert row["dcpa_nm"] == pytest.approx(2.0)
    assert (row["min_separation_nm"], row["severity"]) == pytest.approx((2.0, 0.6))


def test_tracks_6_nm_apart_are_no_conflict() -> None:
    assert len(table(flight(NORTHBOUND, replace(SOUTHBOUND, east_nm=6.0), num_steps=30))) == 0


def test_a_pair_flying_inside_5_nm_is_in_conflict_now() -> None:
    beside = replace(NORTHBOUND, east_nm=4.0)
    (row,) = table(flight(NORTHBOUND, beside, num_steps=5)).to_dict("records")
    assert (row["time_to_entry_s"], row["tcpa_s"], row["dcpa_nm"]) == (0.0, 0.0, pytest.approx(4.0))
    assert (row["los"], row["open"]) == (True, True)


def test_wind_that_carries_all_alike_changes_nothing() -> None:
    still = table(flight(NORTHBOUND, SOUTHBOUND, num_steps=30))
    windy = table(flight(NORTHBOUND, SOUTHBOUND, num_steps=30, wind_kt=(40.0, -25.0)))
    pd.testing.assert_frame_equal(still, windy, atol=1e-9)


def turned_away(flown: Flight, step: int) -> Flight:
    """From this state on aircraft 0 and 1 are predicted to part, wherever they go."""
    velocity = np.array(flown.velocity_kt)
    velocity[step:, :, 0], velocity[step:, :, 1] = (-360.0, 0.0), (360.0, 0.0)
    return replace(flown, velocity_kt=velocity)


def test_a_conflict_that_is_flown_away_from_is_resolved() -> None:
    """In conflict at the states 0 to 4; the smallest distance of the steps 0 to 4 is that at 50 s: 36 - 10 NM."""
    (row,) = table(turned_away(flight(NORTHBOUND, SOUTHBOUND, num_steps=12), 5)).to_dict("records")
    assert (row["time_in_s"], row["time_out_s"], row["los"], row["open"]) == (0.0, 50.0, False, False)
    assert row["min_separation_nm"] == pytest.approx(26.0)


def test_a_loss_of_separation_that_nobody_foresaw_is_a_conflict_of_its_step() -> None:
    """Predicted to part at every state, and yet 4.5 NM apart within step 7."""
    flown = turned_away(flight(NORTHBOUND, replace(SOUTHBOUND, north_nm=60.0), num_steps=12), 0)
    separation = np.array(flown.pair_separation_nm)
    separation[7, 0, 0] = 4.5
    (row,) = table(replace(flown, pair_separation_nm=separation)).to_dict("records")
    assert (row["time_in_s"], row["time_out_s"], row["los"]) == (70.0, 80.0, True)
    assert np.isnan(row["time_to_entry_s"])
    assert row["severity"] == pytest.approx(0.1)


def chain() -> Flight:
    """0 and 1 head on from the start; 2 comes from behind 1's back at 100 NM: 0 meets it later."""
    return flight(NORTHBOUND, SOUTHBOUND, replace(SOUTHBOUND, north_nm=60.0), num_steps=30)


def test_a_conflict_that_begins_while_one_of_the_two_is_in_another_is_secondary() -> None:
    """0 and 2: 78 NM at 0.2 NM/s, 365 s to entry, so in conflict from 70 s on, while 0 is in conflict with 1."""
    rows = table(chain())
    assert rows[["aircraft_a", "aircraft_b"]].to_numpy().tolist() == [[0, 1], [0, 2]]
    assert rows["time_in_s"].tolist() == [0.0, 70.0]
    assert rows["secondary"].tolist() == [False, True]


def test_a_conflict_made_by_the_turn_that_solves_another_is_secondary() -> None:
    """0 leaves the conflict with 1 at state 5 and is by the same turn in one with 2."""
    flown = flight(NORTHBOUND, SOUTHBOUND, Track(-20.0, -13.0, 90.0), num_steps=12)
    velocity = np.array(flown.velocity_kt)
    velocity[:5, :, 2], velocity[5:, :, 0] = (0.0, -360.0), (-360.0, 0.0)
    velocity[5:, :, 1] = (0.0, 360.0)
    rows = table(replace(flown, velocity_kt=velocity))
    assert rows[["aircraft_a", "aircraft_b"]].to_numpy().tolist() == [[0, 1], [0, 2]]
    assert (rows["time_out_s"][0], rows["time_in_s"][1]) == (50.0, 50.0)
    assert rows["secondary"].tolist() == [False, True]


def test_conflicts_that_begin_together_are_not_secondary() -> None:
    rows = table(flight(NORTHBOUND, SOUTHBOUND, replace(SOUTHBOUND, north_nm=24.0), num_steps=5))
    assert rows["time_in_s"].tolist() == [0.0, 0.0, 0.0][: len(rows)]
    assert not rows["secondary"].any()


def test_who_has_left_is_in_no_conflict() -> None:
    leaving = replace(SOUTHBOUND, arrives_after_s=55.0, leaves=True)
    (row,) = table(flight(NORTHBOUND, leaving, num_steps=30)).to_dict("records")
    assert (row["time_out_s"], row["open"], row["los"]) == (60.0, True, False)
    assert row["min_separation_nm"] == pytest.approx(25.0)  # 36 NM less 0.2 NM/s for 55 s


def test_who_has_arrived_and_flies_on_still_conflicts() -> None:
    arriving = replace(SOUTHBOUND, arrives_after_s=55.0)
    (row,) = table(flight(NORTHBOUND, arriving, num_steps=30)).to_dict("records")
    assert (row["time_out_s"], row["los"]) == (210.0, True)


def test_episodes_of_a_block_do_not_touch_each_other() -> None:
    one, two = flight(NORTHBOUND, SOUTHBOUND, num_steps=12), chain()
    rows, counts = (
        table(side_by_side(one, two)),
        conflict_counts(side_by_side(one, two), conflicts(side_by_side(one, two))),
    )
    pd.testing.assert_frame_equal(rows, pd.concat([table(one), table(two).assign(world=1)], ignore_index=True))
    assert {name: column.tolist() for name, column in counts.items()} == {
        "conflicts": [1, 2],
        "conflicts_los": [0, 1],
        "conflicts_secondary": [0, 1],
    }


def test_no_conflicts_make_an_empty_table_with_all_columns() -> None:
    none, some = table(flight(NORTHBOUND, num_steps=3)), table(flight(NORTHBOUND, SOUTHBOUND, num_steps=3))
    assert len(none) == 0
    assert list(none.columns) == list(some.columns)
