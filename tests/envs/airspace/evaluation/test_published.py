"""Facts about the published figures that ours stand beside."""

from __future__ import annotations

import pandas as pd
import pytest

from envs.airspace.evaluation.published import NINE, beside_published


def flown(mode: str, los: bool, scenario: str) -> pd.DataFrame:
    return pd.DataFrame({"mode": [mode], "los": [los], "scenario": [scenario]})


def test_the_published_figures_stand_beside_ours_where_all_their_scenarios_were_flown() -> None:
    nine = [flown(mode, name == "chase_2x2", name) for name in NINE for mode in ("deterministic", "orca")]
    table = beside_published(pd.concat(nine), 0.95)
    assert table[["mode", "scenarios", "published", "episodes"]].values.tolist() == [
        ["deterministic", "all nine", "88.9 %", 9]
    ]
    assert table["value"].tolist() == table["yardstick"].tolist() == pytest.approx([1 / 9])
    assert beside_published(pd.concat(nine[2:]), 0.95).empty
