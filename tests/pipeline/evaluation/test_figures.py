"""Figures with intervals, against published numbers and numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from envs.airspace.evaluation.agreement import VARIANTS
from pipeline.evaluation.figures import (
    against,
    beside,
    by_scenario,
    by_set,
    counterpart,
    headline,
    mean_interval,
    summarise,
    wilson,
)


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
    counts = dict.fromkeys(("truth_windows", "alert_windows", "matched", "resolved", "alert_s", "watched_s"), 2)
    agreement = {f"{variant}_{name}": n for variant in VARIANTS for name, n in (counts | {"lead_time_s": 10.0}).items()}
    return pd.DataFrame(
        {
            "episode": range(4),
            "episode_seed": range(4),
            "family": "" if set_name == "suite" else "random",
            "set": set_name,
            "scenario": scenario,
            "mode": mode,
            "los": [True, False, False, False],
            "min_separation_nm": [4.0, 6.0, 8.0, np.inf],
            "arrived_share": [1.0, 0.5, 1.0, 1.0],
            "all_arrived": [True, False, True, True],
            "flight_time_s": [100.0, 200.0, np.nan, 300.0],
            "num_agents": [2, 2, 2, 1],
            "return": [1.0, 2.0, 3.0, 4.0],
            "reward_progress": [0.0, 1.0, 2.0, 3.0],
            "below_1nm": False,
            "near_mid_air": False,
            "conflicts": [3, 1, 0, 0],
            "conflicts_los": [1, 0, 0, 0],
            "los_pairs": [1, 0, 0, 0],
            "flight_hours": 0.125,
            "path_efficiency": [0.9, 1.0, np.nan, 0.8],
            "instructions_per_flight": [1.0, 2.0, 3.0, 4.0],
            "consecutive": [4, 4, 0, 0],
            "reversals": [1, 1, 0, 0],
            "track_nm": [50.0, 60.0, 70.0, 80.0],
            "fuel_kg": [5.0, 6.0, 7.0, 8.0],
            **agreement,
        }
    )


def flown(scenario: str = "a", set_name: str = "suite", modes: tuple[str, ...] = ("hold", "direct")) -> pd.DataFrame:
    """The same by several pilots: rules fly a named scenario once, the policy's draws four times."""
    once = 1 if set_name == "suite" else 4
    return pd.concat(
        [episodes(scenario, set_name, mode).head(4 if mode == "stochastic" else once) for mode in modes],
        ignore_index=True,
    )


def test_episodes_are_summed_up() -> None:
    figures = summarise(episodes(), 0.95)
    assert (figures["episodes"], figures["los_episodes"], figures["los_rate"]) == (4, 1, 0.25)
    assert (figures["los_low"], figures["los_high"]) == wilson(1, 4, 0.95)
    assert figures["min_separation_nm"] == 4.0
    assert figures["mean_min_separation_nm"] == 6.0  # without the one that flew alone
    assert (figures["arrived_share"], figures["all_arrived_rate"]) == (0.875, 0.75)
    assert (figures["flight_time_s"], figures["num_agents"]) == (200.0, 1.75)
    assert figures["return_mean"] == 2.5
    assert figures["return_low"] < 2.5 < figures["return_high"]
    assert figures["reward_progress"] == 1.5
    assert figures["intrusion_prevention"] == 0.75  # four conflicts, one of them lost separation
    assert figures["los_per_flight_hour"] == 2.0  # one pair in half an hour
    assert figures["path_efficiency"] == pytest.approx(0.9)
    assert figures["oscillation"] == 0.25
    assert (figures["study_f1"], figures["state_based_duty_cycle"]) == (1.0, 1.0)


def test_a_single_episode_has_no_interval() -> None:
    figures = summarise(episodes().head(1), 0.95)
    assert figures["los_rate"] == 1.0
    assert np.isnan([figures["los_low"], figures["los_high"]]).all()


def test_a_policy_is_held_against_the_baselines_in_the_same_traffic() -> None:
    ours = episodes(set_name="test").assign(los=[False, True, False, False], conflicts=[2, 0, 0, 0])
    direct = episodes(set_name="test").assign(track_nm=[49.0, 58.0, 65.0, 80.0])
    found = against(beside(ours, episodes(set_name="test"), direct))
    assert found["risk_ratio"] == 1.0  # one of four, and one of four
    assert found["domino_effect"] == 2 / 4 - 1
    assert found["extra_track_nm"] == pytest.approx((1 + 5 + 0) / 3)  # not where somebody did not arrive


def test_a_rule_that_flew_a_scenario_once_stands_for_all_its_repetitions() -> None:
    hold = episodes("a").head(1).assign(episode=7, episode_seed=99)
    found = counterpart(hold, episodes("a"))
    assert found["episode"].tolist() == found["episode_seed"].tolist() == [0, 1, 2, 3]
    assert found["los"].tolist() == [True] * 4
    assert found["track_nm"].tolist() == [50.0] * 4


def test_a_baseline_that_did_not_fly_the_same_traffic_is_named() -> None:
    drawn = episodes(set_name="test")
    with pytest.raises(ValueError, match="did not fly 2 of 4 episodes"):
        counterpart(drawn.head(2), drawn)
    with pytest.raises(ValueError, match="flew some scenario twice"):
        counterpart(episodes("a"), episodes("a"))


def test_each_scenario_and_mode_has_a_row() -> None:
    table = by_scenario(pd.concat([flown("b"), flown("a", modes=("hold", "direct", "stochastic"))]), 3, 0.95)
    wanted = [["b", "hold"], ["b", "direct"], ["a", "hold"], ["a", "direct"], ["a", "stochastic"]]
    assert table[["scenario", "mode"]].to_numpy().tolist() == wanted
    assert table["seed"].tolist() == [3] * 5


def named(*flights: pd.DataFrame) -> pd.DataFrame:
    """Episodes of a set, and the first of each scenario by the baselines."""
    rules = [flight.head(1).assign(mode=mode) for flight in flights for mode in ("hold", "direct")]
    return pd.concat([*(flight.assign(mode="stochastic") for flight in flights), *rules], ignore_index=True)


def test_a_set_weighs_scenarios_by_their_episodes() -> None:
    one, many = episodes("one").head(1), pd.concat([episodes("many").tail(1)] * 9)
    many["episode"] = range(1, 10)
    figures = by_set(named(one, many), 0.95)["suite"]["stochastic"]
    assert (figures["scenarios"], figures["solved"], figures["episodes"]) == (2, 1, 10)
    assert figures["los_rate"] == pytest.approx(0.1)  # 1 of 10 episodes, not half of 2 scenarios
    assert figures["return_mean"] == pytest.approx((1 * 1.0 + 9 * 4.0) / 10)
    assert figures["min_separation_nm"] == 4.0


def test_a_scenario_is_solved_where_nobody_lost_separation_and_all_arrived() -> None:
    table = named(*(episodes(name).iloc[[row]] for row, name in enumerate("abc")))
    assert by_set(table, 0.95)["suite"]["stochastic"]["solved"] == 1


def test_what_cannot_be_known_is_none_where_json_is_written() -> None:
    """One episode in which nobody arrived: no flight time, no interval; without conflicts no prevention of any."""
    alone = episodes("a").iloc[[2]].assign(arrived_share=0.0, conflicts=0)
    figures = by_set(named(alone), 0.95)["suite"]["stochastic"]
    for name in ("flight_time_s", "los_low", "intrusion_prevention", "oscillation", "risk_ratio"):
        assert figures[name] is None


def test_sets_and_modes_are_kept_apart() -> None:
    table = pd.concat([flown(modes=("hold", "direct", "stochastic")), flown(set_name="test")], ignore_index=True)
    found = {name: list(modes) for name, modes in by_set(table, 0.95).items()}
    assert found == {"suite": ["hold", "direct", "stochastic"], "test": ["hold", "direct"]}


def test_the_headline_takes_each_figure_from_its_set_and_mode() -> None:
    names = ("solved", "los_rate", "arrived_share", "return_mean", "intrusion_prevention", "risk_ratio")
    modes = ("deterministic", "stochastic", "mvp")
    figures = {
        name: {mode: {figure: f"{name} {mode} {figure}" for figure in (*names, "extra_track_nm")} for mode in modes}
        for name in ("suite", "test")
    }
    figures["score"] = {"score": 0.7}
    figures["shifts"] = {"deterministic": {"micro": {"los_rate": "shifts micro"}}}
    assert headline(figures) == {
        "score": 0.7,
        "suite_solved": "suite deterministic solved",
        "suite_los": "suite deterministic los_rate",
        "suite_los_stochastic": "suite stochastic los_rate",
        "test_los": "test deterministic los_rate",
        "test_los_stochastic": "test stochastic los_rate",
        "test_los_mvp": "test mvp los_rate",
        "test_intrusion_prevention": "test deterministic intrusion_prevention",
        "test_risk_ratio": "test deterministic risk_ratio",
        "test_extra_track_nm": "test deterministic extra_track_nm",
        "test_arrived": "test deterministic arrived_share",
        "test_return": "test deterministic return_mean",
        "shifts_micro_los": "shifts micro",
    }
