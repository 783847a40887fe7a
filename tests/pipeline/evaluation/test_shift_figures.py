"""Figures of shifted episodes: curves over sizes, and bands held against who does nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from robots import ROBOTS
from robots import episodes as of_robots

from envs.ground.defaults import DefaultEvaluation
from envs.ground.evaluating import Shifted
from pipeline.evaluation.shift_figures import SHIFT, bands, curves, label


def episodes(mode: str, crash: list[bool], sizes: list[float]) -> pd.DataFrame:
    """Four episodes of two scenarios, shifted by `sizes`."""
    names = [f"speed {size:+g} all" for size in sizes]
    columns = {"scenario": ["s0", "s1"] * 2, "shift": names, "repetition": 0, "shift_family": "speed", "band": "macro"}
    columns |= {"shifted": "all", "size": sizes, "size_label": names, "crash": crash}
    return of_robots(mode=mode).assign(**columns)


OURS = episodes("deterministic", [True, False, False, False], [10.0, 10.0, 20.0, 20.0])
NOTHING = episodes("nothing", [True, True, True, False], [10.0, 10.0, 20.0, 20.0])
LEFT_OUT = episodes("", [False] * 4, [30.0] * 4).head(1).drop(columns=["mode", "crash"])


def test_a_curve_has_a_row_for_each_size_even_where_nothing_could_be_played() -> None:
    table = curves(pd.concat([OURS, NOTHING]), LEFT_OUT, ROBOTS, 0.95)
    assert {"mode", *SHIFT, "cost_per_goal"} < set(table)
    ours = table[table["mode"] == "deterministic"]
    assert ours["size"].tolist() == [10.0, 20.0, 30.0]
    assert ours["crash_rate"].tolist()[:2] == ours["leading"].tolist()[:2] == [0.5, 0.0]
    assert np.isnan(ours[["crash_rate", "leading", "reached"]].to_numpy()[2]).all()
    assert ours["episodes"].tolist() == [2, 2, 0]
    assert ours["left_out"].tolist() == [0, 0, 1]


def test_a_band_is_held_against_who_does_nothing_in_the_same_shifts() -> None:
    found = bands(pd.concat([OURS, NOTHING.iloc[::-1]]), LEFT_OUT, ROBOTS, 0.95)["deterministic"]["macro"]
    assert found["crashes_left"] == pytest.approx(1 / 3)  # one of four against three of four
    assert (found["crash_rate"], found["leading"]) == (0.25, 0.25)
    assert (found["episodes"], found["left_out"]) == (4, 1)


def test_a_shift_that_nobody_played_unmoved_is_named() -> None:
    with pytest.raises(ValueError, match="did not play 2 of 4 episodes"):
        bands(pd.concat([OURS, NOTHING.head(2)]), LEFT_OUT, ROBOTS, 0.95)


def test_played_episodes_are_told_how_they_were_shifted() -> None:
    plain = of_robots().drop(columns=["set", "mode"])
    columns = OURS[["scenario", "shift", "size"]]
    shifted = Shifted(cast(Any, None), cast(Any, None), columns, columns.iloc[:0])
    found = label(plain.iloc[::-1], shifted)
    assert found["size"].tolist() == [20.0, 20.0, 10.0, 10.0]
    assert found["scenario"].tolist() == ["a"] * 4  # of the episode that was played


def test_a_world_that_holds_nothing_beside_has_outcomes_alone() -> None:
    bare = replace(ROBOTS, evaluation=DefaultEvaluation())
    found = bands(pd.concat([OURS, NOTHING]), LEFT_OUT, bare, 0.95)["deterministic"]["macro"]
    names = ["crash_episodes", "crash_rate", "leading", "crash_low", "crash_high", "reached", "gap"]
    assert list(found) == ["episodes", "left_out", *names]
