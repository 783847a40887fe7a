"""Rates beside the rules, and over an axis of drawn sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from robots import ROBOTS, RobotEvaluation, episodes

from envs.ground.evaluating import Axis
from envs.ground.world import DRAWN_NAME
from pipeline.evaluation.curves import axis_table, over_axis, rates
from pipeline.evaluation.resampling import Bootstrap

CROWD = Axis("crowd", "number of robots", "robots", "crash_rate", "crashes", {2.0: (None, 4), 8.0: (None, 4)})
MODES = ("deterministic", "nothing")


def bootstrap() -> Bootstrap:
    return Bootstrap(0.95, 500, np.random.default_rng(0))


def run(crashes: int) -> pd.DataFrame:
    """One seed's episodes: with 8 robots the policy crashes in so many of four, with 2 in none; nothing always."""
    ours = {2.0: [False] * 4, 8.0: [number < crashes for number in range(4)]}
    tables = [
        episodes(DRAWN_NAME, CROWD.set_name(place), mode, crash=ours[place] if mode == "deterministic" else [True] * 4)
        for place in CROWD.sets
        for mode in MODES
    ]
    return pd.concat(tables, ignore_index=True)


def test_an_axis_has_a_row_per_place_and_mode() -> None:
    table = axis_table(run(1), [CROWD], ROBOTS, 0.95)
    assert table.to_numpy().tolist() == [
        ["crowd", 2.0, "deterministic", "crash_rate", 0.0],
        ["crowd", 2.0, "nothing", "crash_rate", 1.0],
        ["crowd", 8.0, "deterministic", "crash_rate", 0.25],
        ["crowd", 8.0, "nothing", "crash_rate", 1.0],
    ]


def test_a_world_without_axes_has_the_columns() -> None:
    table = axis_table(run(1), [], ROBOTS, 0.95)
    assert (len(table), list(table.columns)) == (0, ["axis", "place", "mode", "figure", "value"])
    assert over_axis([run(1)], replace(CROWD, sets={}), MODES, ROBOTS, bootstrap()).empty


def test_over_an_axis_runs_are_the_unit_of_the_policy_and_rules_count_once() -> None:
    table = over_axis([run(1), run(3)], CROWD, MODES, ROBOTS, bootstrap()).set_index(["place", "mode", "figure"])
    ours, rule = table.loc[(8.0, "deterministic", "crash_rate")], table.loc[(8.0, "nothing", "crash_rate")]
    assert (ours["value"], ours["low"], ours["high"], ours["unit"]) == (0.5, 0.25, 0.75, "run")
    assert (rule["value"], rule["unit"], rule["num_units"]) == (1.0, "episode", 4)
    assert table.loc[(8.0, "deterministic", "crashes_left"), "value"] == 0.5


def test_a_set_that_a_seed_did_not_play_is_named() -> None:
    other = run(1)
    with pytest.raises(ValueError, match="set 'crowd_8' was not played with every seed"):
        over_axis([run(1), other[other["set"] != "crowd_8"]], CROWD, MODES, ROBOTS, bootstrap())


def test_rates_name_their_mode() -> None:
    own = run(1)
    found = rates([own[own["set"] == "crowd_8"]], "deterministic", ROBOTS, bootstrap())
    assert set(found["mode"]) == {"deterministic"}
    assert found["figure"].tolist() == ["crash_rate", "reached", "crashes_left", "return", "length"]


class Waiting(RobotEvaluation):
    """Episodes list how long robots waited."""

    quantiles: Mapping[str, tuple[str, float]] = {"wait_median_s": ("waits_s", 0.5)}


def test_a_quantile_is_over_all_that_a_runs_episodes_list_and_of_runs_the_mean() -> None:
    """Medians of 1, 2, 9 and of 5."""
    own, waiting = run(1), replace(ROBOTS, evaluation=Waiting())
    own = own[own["set"] == "crowd_8"]
    first, second = ([[1.0], [9.0], [2.0], []], [[], [5.0], [], []])
    runs = [own.assign(waits_s=[np.array(waits) for waits in 2 * lists]) for lists in (first, second)]
    found = rates(runs, "deterministic", waiting, bootstrap()).set_index("figure").loc["wait_median_s"]
    assert (found["value"], found["unit"], found["num_units"]) == (3.5, "run", 2)
    assert np.isnan([found["low"], found["high"]]).all()
    alone = rates([own.assign(waits_s=[np.zeros(0)] * len(own))], "deterministic", waiting, bootstrap())
    assert np.isnan(alone.set_index("figure").loc["wait_median_s", "value"])
