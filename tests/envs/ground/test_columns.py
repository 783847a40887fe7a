"""Sums and means of columns, as tables have them: what is not known does not count."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from envs.ground.columns import columns_of, largest, least, mean, taken, total

VALUES = st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(np.nan)), max_size=40)


@given(VALUES)
def test_columns_are_summed_up_as_a_table_sums_them_up(values: list[float]) -> None:
    column, array = pd.Series(values, dtype=float), np.array(values, float)
    for ours, theirs in ((mean, "mean"), (least, "min"), (largest, "max"), (total, "sum")):
        np.testing.assert_allclose(ours(array), getattr(column, theirs)(), rtol=1e-12)


def test_flags_and_whole_numbers_are_counted() -> None:
    flags = np.array([True, False, True, True])
    assert (mean(flags), total(flags), least(flags), largest(flags)) == (0.75, 3, 0.0, 1.0)
    assert (total(np.array([2, 3])), mean(np.array([2, 3]))) == (5, 2.5)


def test_a_group_has_the_columns_of_its_rows() -> None:
    columns = columns_of(pd.DataFrame({"name": ["a", "b", "c"], "lost": [True, False, True]}))
    found = taken(columns, np.array([2, 0]))
    assert {name: values.tolist() for name, values in found.items()} == {"name": ["c", "a"], "lost": [True, True]}
