"""Figures with intervals, against published numbers and numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.figures import by_scenario, by_set, headline, mean_interval, summarise, wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),  # Newcombe, Statistics in Medicine 17 (1998) 857, table I, method 3
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval_is_the_published_one(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson(successes, trials, 0.95) == pytest.approx((low, high), abs=5e-5)


def test_more_confidence_makes_a_wider_interval() -> None:
    (low, high), (lower, higher) = wilson(5, 20, 0.95), wilson(5, 20, 0.99)
    assert lower < low < 0.25 < high < higher


def test_the_mean_has_students_interval() -> None:
    """Three values 1, 2, 3: mean 2, standard error 1 / sqrt(3), t(0.975; 2) = 4.30265."""
    half = 4.30265 / np.sqrt(3)
    assert mean_interval(np.array([1.0, 2.0, 3.0]), 0.95) == pytest.approx((2 - half, 2 + half), abs=1e-4)


@pytest.mark.parametrize("values", [[7.0], [7.0, 7.0, 7.0]])
def test_a_mean_without_spread_is_its_own_interval(values: list[float]) -> None:
    assert mean_interval(np.array(values), 0.95) == (7.0, 7.0)


def episodes(scenario: str = "a", set_name: str = "suite", mode: str = "hold") -> pd.DataFrame:
    """Four episodes: one lost separation, in one not all arrived, in one an aircraft was alone."""
    return pd.DataFrame(
        {
            "set": set_name,
            "scenario": scenario,
            "mode": mode,
            "los": [True, False, False, False],
            "min_separation_nm": [4.0, 6.0, 8.0, np.inf],
            "arrived_share": [1.0, 0.5, 1.0, 1.0],
            "all_arrived": [True, False, True, True],
            "flight_time_s": [100.0, 200.0, np.nan, 300.0],
            "num_aircraft": [2, 2, 2, 1],
            "return": [1.0, 2.0, 3.0, 4.0],
            "reward_progress": [0.0, 1.0, 2.0, 3.0],
        }
    )


def test_episodes_are_summed_up() -> None:
    figures = summarise(episodes(), 0.95)
    assert (figures["episodes"], figures["los_episodes"], figures["los_rate"]) == (4, 1, 0.25)
    assert (figures["los_low"], figures["los_high"]) == wilson(1, 4, 0.95)
    assert figures["min_separation_nm"] == 4.0
    assert figures["mean_min_separation_nm"] == 6.0  # without the one that flew alone
    assert (figures["arrived_share"], figures["all_arrived_rate"]) == (0.875, 0.75)
    assert (figures["flight_time_s"], figures["num_aircraft"]) == (200.0, 1.75)
    assert figures["return_mean"] == 2.5
    assert figures["return_low"] < 2.5 < figures["return_high"]
    assert figures["reward_progress"] == 1.5


def test_each_scenario_and_mode_has_a_row() -> None:
    table = by_scenario(pd.concat([episodes("b"), episodes("a"), episodes("a", mode="stochastic")]), 3, 0.95)
    assert table[["scenario", "mode"]].to_numpy().tolist() == [["b", "hold"], ["a", "hold"], ["a", "stochastic"]]
    assert table["seed"].tolist() == [3, 3, 3]


def test_a_set_weighs_scenarios_by_their_episodes() -> None:
    one, many = episodes("one").head(1), pd.concat([episodes("many").tail(1)] * 9)
    figures = by_set(by_scenario(pd.concat([one, many]), 0, 0.95))["suite"]["hold"]
    assert (figures["scenarios"], figures["solved"]) == (2, 1)
    assert figures["los_rate"] == pytest.approx(0.1)  # 1 of 10 episodes, not half of 2 scenarios
    assert figures["return_mean"] == pytest.approx((1 * 1.0 + 9 * 4.0) / 10)
    assert figures["min_separation_nm"] == 4.0


def test_a_scenario_is_solved_where_nobody_lost_separation_and_all_arrived() -> None:
    table = by_scenario(pd.concat([episodes("a").iloc[[0]], episodes("b").iloc[[1]], episodes("c").iloc[[2]]]), 0, 0.95)
    assert by_set(table)["suite"]["hold"]["solved"] == 1


def test_sets_and_modes_are_kept_apart() -> None:
    table = by_scenario(pd.concat([episodes(), episodes(set_name="test"), episodes(mode="stochastic")]), 0, 0.95)
    figures = by_set(table)
    assert {name: list(modes) for name, modes in figures.items()} == {"suite": ["hold", "stochastic"], "test": ["hold"]}


def test_the_headline_takes_each_figure_from_its_set_and_mode() -> None:
    names = ("scenarios", "solved", "los_rate", "arrived_share", "min_separation_nm", "return_mean")
    modes = ("deterministic", "stochastic")
    figures = {
        name: {mode: {figure: f"{name} {mode} {figure}" for figure in names} for mode in modes}
        for name in ("suite", "test")
    }
    assert headline(figures) == {
        "suite_solved": "suite deterministic solved",
        "suite_los": "suite deterministic los_rate",
        "suite_los_stochastic": "suite stochastic los_rate",
        "test_los": "test deterministic los_rate",
        "test_los_stochastic": "test stochastic los_rate",
        "test_arrived": "test deterministic arrived_share",
        "test_return": "test deterministic return_mean",
    }
