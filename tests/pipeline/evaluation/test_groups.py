"""Groups of rows, and the row of another table beside each."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from envs.ground.columns import columns_of
from pipeline.evaluation.groups import groups, places


def test_groups_come_in_the_order_of_their_first_row_and_not_a_number_is_one() -> None:
    table = pd.DataFrame({"name": ["b", "a", "b", "a", "a"], "size": [np.nan, 1.0, np.nan, 2.0, 1.0]})
    found = groups(table, ["name", "size"])
    assert [rows.tolist() for _, rows in found] == [[0, 2], [1, 4], [3]]
    assert [key for key, _ in found[1:]] == [("a", 1.0), ("a", 2.0)]
    assert found[0][0][0] == "b"
    assert np.isnan(found[0][0][1])
    assert groups(table.iloc[:0], ["name"]) == []


def test_each_row_finds_the_one_that_is_alike() -> None:
    reference = {"seed": np.array([7, 8, 9]), "shift": np.array(["x", "x", "y"], object)}
    wanted = columns_of(pd.DataFrame({"seed": [9, 7, 9], "shift": ["y", "x", "x"]}))
    assert places(reference, wanted, ["seed", "shift"]).tolist() == [2, 0, -1]
    with pytest.raises(ValueError, match="played some shift twice, wanted each once"):
        places(reference, wanted, ["shift"])
