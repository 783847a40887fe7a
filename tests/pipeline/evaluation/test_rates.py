"""Rates of any world with intervals over runs, and tables of the same episodes joined."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from robots import ROBOTS
from robots import episodes as of_robots

from envs.ground.defaults import DefaultEvaluation
from pipeline.evaluation.rates import estimates, paired
from pipeline.evaluation.resampling import Bootstrap


def episodes(**columns: list) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    return pd.DataFrame({"episode": range(count), "episode_seed": [7 * n for n in range(count)]} | columns)


def test_rows_are_joined_by_episode_whatever_their_order() -> None:
    both = paired(episodes(los=[1, 2, 3]), episodes(los=[4, 5, 6]).iloc[::-1], ["los"], "hold")
    assert both[["los", "los_of_hold"]].to_numpy().tolist() == [[1, 4], [2, 5], [3, 6]]


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        (episodes(los=[1, 2]), r"1 are in one table only \(episode 2\)"),
        (episodes(los=[1, 2, 3]).assign(episode_seed=[0, 7, 15]), r"1 are in one table only \(episode 2\)"),
        (pd.concat([episodes(los=[1, 2, 3])] * 2), "episode 0, 1, 2 is there twice, wanted each once"),
    ],
    ids=["missing", "another_seed", "twice"],
)
def test_other_episodes_are_refused(reference: pd.DataFrame, message: str) -> None:
    with pytest.raises(ValueError, match=f"paired episodes: .*{message}"):
        paired(episodes(los=[1, 2, 3]), reference, ["los"], "hold")


def bootstrap() -> Bootstrap:
    return Bootstrap(0.95, 2000, np.random.default_rng(0))


NOTHING = {"nothing": of_robots(crash=[True, True, False, False])}
RUNS = [of_robots(crash=[False] * 4, info_speed=2.0), of_robots(cost=[9.0] * 4, info_speed=4.0)]


def test_outcomes_the_worlds_own_ratios_return_and_length_have_intervals_over_runs() -> None:
    """Each run by itself is an end of the interval, for with two runs a quarter of the draws hold one run twice."""
    found = estimates(RUNS, NOTHING, ROBOTS, bootstrap())
    assert {(estimate.unit, estimate.num_units) for estimate in found.values()} == {("run", 2)}
    assert {name: (own.value, own.low, own.high) for name, own in found.items()} == {
        "crash_rate": (1 / 8, 0.0, 1 / 4),
        "reached": (7 / 8, 7 / 8, 7 / 8),
        "crashes_left": (1 / 4, 0.0, 1 / 2),
        "return": (2.5, 2.5, 2.5),
        "info_speed": (3.0, 2.0, 4.0),
        "length": (25.0, 25.0, 25.0),
    }


def test_returns_by_role_have_intervals_too() -> None:
    runs = [run.assign(return_seeker=value) for run, value in zip(RUNS, (1.0, 2.0), strict=True)]
    found = estimates(runs, NOTHING, ROBOTS, bootstrap())["return_seeker"]
    assert (found.value, found.low, found.high) == (1.5, 1.0, 2.0)


def test_of_one_run_the_episode_is_the_unit() -> None:
    found = estimates(RUNS[1:], NOTHING, ROBOTS, bootstrap())["crash_rate"]
    assert (found.value, found.unit, found.num_units) == (0.25, "episode", 4)
    assert found.low < 0.25 < found.high


def test_an_info_that_some_episode_does_not_tell_is_left_out() -> None:
    runs = [RUNS[0], RUNS[1].assign(info_speed=[1.0, np.nan, 1.0, 1.0])]
    assert "info_speed" not in estimates(runs, NOTHING, ROBOTS, bootstrap())


def test_a_world_that_declares_nothing_has_return_and_length() -> None:
    bare = replace(ROBOTS, outcomes=(), evaluation=DefaultEvaluation())
    columns = ["episode", "episode_seed", "return", "steps"]
    assert list(estimates([run[columns] for run in RUNS], {}, bare, bootstrap())) == ["return", "length"]


def test_rates_of_no_run_are_refused() -> None:
    with pytest.raises(ValueError, match="estimates: got no run"):
        estimates([], NOTHING, ROBOTS, bootstrap())
