"""Facts about a flight as arrays."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from envs.airspace.pictures.flight import RECORDING_COLUMNS, of_recording
from tests.envs.airspace.pictures.flights_by_hand import flight, recording


def test_a_recording_becomes_arrays_by_step_and_aircraft() -> None:
    made = flight((0.0, 8.0, 20.0), num_steps=3)
    assert made.ids == ("A1", "A2", "A3")
    assert made.time_s.tolist() == [0.0, 10.0, 20.0, 30.0]
    assert made.position_nm.shape == (4, 3, 2)
    assert made.position_nm[2].tolist() == [[0.0, 2.0], [8.0, 2.0], [20.0, 2.0]]
    assert made.waypoint_nm.tolist() == [[0.0, 20.0], [8.0, 20.0], [20.0, 20.0]]
    assert made.present.all()
    assert not made.arrived.any()


def test_rows_in_any_order_and_unknown_columns_make_the_same_flight() -> None:
    plain = recording()
    strange = plain.assign(weather="fine", noise=[{"x": 1}] * len(plain)).sample(frac=1.0, random_state=1)
    by_id = [list(of_recording(table, "x").ids) for table in (plain, strange)]
    one, other = of_recording(plain, "x"), of_recording(strange, "x")
    order = [by_id[1].index(name) for name in by_id[0]]
    np.testing.assert_array_equal(one.position_nm, other.position_nm[:, order])
    np.testing.assert_array_equal(one.smallest_nm, other.smallest_nm)


@pytest.mark.parametrize("column", RECORDING_COLUMNS)
def test_a_missing_column_is_named(column: str) -> None:
    with pytest.raises(ValueError, match=f"recording 'night': missing columns {column}"):
        of_recording(recording().drop(columns=column), "night")


def test_no_rows_and_two_rows_for_one_are_refused() -> None:
    with pytest.raises(ValueError, match="recording 'night': no rows"):
        of_recording(recording().iloc[:0], "night")
    with pytest.raises(ValueError, match="recording 'night': two rows for A1 at step 0, wanted one: several episodes"):
        of_recording(pd.concat([recording(), recording()]), "night")


def test_the_separation_of_the_step_in_which_one_leaves_counts_and_none_after() -> None:
    made = flight(leaves_at=2, separation_nm=(8.0, 6.0, 4.0, 2.0, 1.0))
    table = recording(leaves_at=2, separation_nm=(8.0, 6.0, 4.0, 2.0, 1.0))
    table.loc[table["step"].gt(2) & table["agent"].eq("A2"), "separation_nm"] = np.inf
    alone = of_recording(table, "x")
    assert made.lost[:, 0].tolist() == [False, False, True, False, False]
    np.testing.assert_array_equal(alone.smallest_nm, [8.0, 6.0, 4.0, np.nan, np.nan])
    assert alone.minimum_nm == 4.0


def test_an_aircraft_alone_has_no_minimum() -> None:
    assert flight((0.0,)).minimum_nm is None


def test_one_without_a_row_is_absent() -> None:
    table = recording()
    late = of_recording(table[~(table["step"].lt(2) & table["agent"].eq("A2"))], "x")
    assert late.present[:, 1].tolist() == [False, False, True, True, True]
    assert late.seen[:, 1].tolist() == [False, False, True, True, True]


def test_one_that_comes_later_has_the_waypoint_it_has_then() -> None:
    table = recording()
    before = table["step"].lt(2) & table["agent"].eq("A2")
    table.loc[before, ["present", "waypoint_north_nm"]] = [False, 0.0]
    table.loc[table["agent"].eq("A1"), "present"] = False
    assert of_recording(table, "x").waypoint_nm[1].tolist() == [8.0, 20.0]
    assert np.isnan(of_recording(table, "x").waypoint_nm[0]).all()
