"""Figures of flights: what stands in the airspace's tables, worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from envs.airspace.evaluation.agreement import VARIANTS
from envs.airspace.evaluation.figures import COMPARED, against, headline
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.intervals import wilson
from pipeline.evaluation.figures import by_set, summarise
from pipeline.evaluation.judged import Judged

AIRSPACE = Judged.of("airspace", AirspaceSettings())


def episodes(scenario: str = "a", set_name: str = "suite", mode: str = "hold") -> pd.DataFrame:
    """Four episodes: one lost separation, in one not all arrived, in one an aircraft was alone."""
    counts = dict.fromkeys(("truth_windows", "alert_windows", "matched", "resolved", "alert_s", "watched_s"), 2)
    agreement = {f"{variant}_{name}": n for variant in VARIANTS for name, n in (counts | {"lead_time_s": 10.0}).items()}
    return pd.DataFrame(
        {
            "episode": range(4),
            "episode_seed": range(4),
            "steps": [10, 20, 30, 40],
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
            "hours_at_limit": [0.1, 0.0, 0.0, 0.0],
            "delays_s": [np.array([0.0, 100.0]), np.array([20.0]), np.zeros(0), np.array([10.0])],
            "track_nm": [50.0, 60.0, 70.0, 80.0],
            "fuel_kg": [5.0, 6.0, 7.0, 8.0],
            **agreement,
        }
    )


def test_episodes_are_summed_up() -> None:
    figures = summarise(episodes(), AIRSPACE, 0.95)
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
    assert figures["at_speed_limit"] == pytest.approx(0.2)  # of half an hour
    assert figures["delay_median_s"] == 15.0  # of 0, 10, 20 and 100
    assert figures["delay_99_s"] == pytest.approx(97.6)
    assert (figures["study_f1"], figures["state_based_duty_cycle"]) == (1.0, 1.0)


def beside(ours: pd.DataFrame, **rules: pd.DataFrame) -> pd.DataFrame:
    """Ours with what each rule did in the same episodes, row by row."""
    return ours.join([rule[list(COMPARED)].add_suffix(f"_of_{name}") for name, rule in rules.items()])


def test_a_policy_is_held_against_the_baselines_in_the_same_traffic() -> None:
    ours = episodes(set_name="test").assign(los=[False, True, False, False], conflicts=[2, 0, 0, 0])
    direct = episodes(set_name="test").assign(track_nm=[49.0, 58.0, 65.0, 80.0])
    found = against(beside(ours, hold=episodes(set_name="test"), direct=direct))
    assert found["risk_ratio"] == 1.0  # one of four, and one of four
    assert found["domino_effect"] == 2 / 4 - 1
    assert found["extra_track_nm"] == pytest.approx((1 + 5 + 0) / 3)  # not where somebody did not arrive


def test_what_cannot_be_known_is_none_where_json_is_written() -> None:
    """One episode in which nobody arrived: no flight time, no interval; without conflicts no prevention of any."""
    alone = episodes("a").iloc[[2]].assign(arrived_share=0.0, conflicts=0)
    flown = pd.concat([alone.assign(mode=mode) for mode in ("stochastic", "hold", "direct")])
    figures = by_set(flown, AIRSPACE, 0.95)["suite"]["stochastic"]
    for name in ("flight_time_s", "los_low", "intrusion_prevention", "oscillation", "risk_ratio", "delay_median_s"):
        assert figures[name] is None


def test_the_headline_takes_each_figure_from_its_set_and_mode() -> None:
    names = ("solved", "los_rate", "arrived_share", "return_mean", "intrusion_prevention", "risk_ratio")
    modes = ("deterministic", "stochastic", "mvp", "orca")
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
        "test_los_orca": "test orca los_rate",
        "test_los_mvp": "test mvp los_rate",
        "test_intrusion_prevention": "test deterministic intrusion_prevention",
        "test_risk_ratio": "test deterministic risk_ratio",
        "test_extra_track_nm": "test deterministic extra_track_nm",
        "test_arrived": "test deterministic arrived_share",
        "test_return": "test deterministic return_mean",
        "shifts_micro_los": "shifts micro",
    }


def test_shifted_flights_are_held_against_those_of_hold() -> None:
    """One of four lost where hold loses three; one of four conflicts lost separation."""
    hold = episodes(mode="hold").assign(los=[True, True, True, False])
    found = AIRSPACE.evaluation.beside_nobody(episodes(mode="deterministic"), hold)
    assert found == {"intrusion_prevention": 0.75, "risk_ratio": pytest.approx(1 / 3)}
