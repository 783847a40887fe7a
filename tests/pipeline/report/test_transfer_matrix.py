"""Facts about the transfer matrix."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.report.transfer_matrix import transfer_matrix

RULES = ("mvp", "hold")


def table(**rates: float) -> pd.DataFrame:
    """Two seeds, the second of which loses separation twice as often, and hold, which always does."""
    rows = [
        (name, mode, seed, factor * rate if mode != "hold" else 1.0)
        for name, rate in rates.items()
        for mode in ("deterministic", "stochastic", "hold")
        for seed, factor in ((0, 1.0), (1, 2.0))
    ]
    return pd.DataFrame(rows, columns=["scenario", "mode", "seed", "leading"]).assign(set="suite")


def test_drawn_sets_stand_apart_by_their_names() -> None:
    drawn = pd.concat([table(procedural=rate).assign(set=name) for name, rate in (("test", 0.1), ("aircraft_8", 0.4))])
    found = transfer_matrix({"one": drawn}, RULES)
    assert found.loc["one, deterministic", ["test", "aircraft_8"]].tolist() == pytest.approx([0.15, 0.6])


def test_every_policy_stands_on_every_scenario_and_rules_once() -> None:
    found = transfer_matrix({"one": table(head_on=0.1, parallel=0.2), "two": table(head_on=0.4)}, RULES)
    assert found.index.tolist() == [
        "one, deterministic",
        "one, stochastic",
        "two, deterministic",
        "two, stochastic",
        "hold",
    ]
    assert found.columns.tolist() == ["head_on", "parallel", "mean"]
    assert np.allclose(found.loc["one, deterministic"], [0.15, 0.3, 0.225])
    assert np.allclose(found.loc["two, stochastic"], [0.6, np.nan, 0.6], equal_nan=True)
    assert found.loc["hold"].tolist() == [1.0, 1.0, 1.0]


def test_no_policies_make_no_matrix() -> None:
    assert transfer_matrix({}, RULES).empty
