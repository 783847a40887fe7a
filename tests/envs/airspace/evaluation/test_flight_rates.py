"""Rates of flights written by hand, and the same with intervals over runs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from envs.airspace.evaluation.rates import (
    agreement_rates,
    domino_effect,
    extra,
    extra_share,
    intrusion_prevention,
    per_flight_hour,
    risk_ratio,
)
from envs.airspace.simulation.settings import AirspaceSettings
from pipeline.evaluation.judged import Judged
from pipeline.evaluation.rates import estimates, paired
from pipeline.evaluation.resampling import Bootstrap

AIRSPACE = Judged.of("airspace", AirspaceSettings())


def episodes(**columns: list) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    return pd.DataFrame({"episode": range(count), "episode_seed": [7 * n for n in range(count)]} | columns)


def beside(ours: pd.DataFrame, theirs: pd.DataFrame, rule: str) -> pd.DataFrame:
    return paired(ours, theirs, [name for name in theirs if not str(name).startswith("episode")], rule)


def test_intrusion_prevention_is_the_share_of_conflicts_without_loss() -> None:
    assert intrusion_prevention(episodes(conflicts=[3, 0, 5], conflicts_los=[1, 0, 1])) == pytest.approx(6 / 8)
    assert np.isnan(intrusion_prevention(episodes(conflicts=[0], conflicts_los=[0])))


def test_the_domino_effect_is_how_many_more_conflicts_than_hold() -> None:
    """9 conflicts where `hold` has 6."""
    ours = episodes(conflicts=[4, 5])
    assert domino_effect(beside(ours, episodes(conflicts=[6, 0]), "hold")) == pytest.approx(0.5)
    assert np.isnan(domino_effect(beside(ours, episodes(conflicts=[0, 0]), "hold")))


def test_the_risk_ratio_is_of_the_same_encounters() -> None:
    """1 of 4 lost where `hold` loses 3 of 4."""
    ours, hold = episodes(los=[True, False, False, False]), episodes(los=[True, True, True, False])
    assert risk_ratio(beside(ours, hold, "hold")) == pytest.approx(1 / 3)
    assert np.isnan(risk_ratio(beside(ours, episodes(los=[False] * 4), "hold")))


def test_losses_per_flight_hour_are_those_of_pairs() -> None:
    assert per_flight_hour(episodes(los_pairs=[2, 1], flight_hours=[0.5, 1.0])) == pytest.approx(2.0)


def test_extra_miles_and_fuel_are_of_episodes_in_which_all_arrived_both_times() -> None:
    ours = episodes(track_nm=[31.0, 40.0, 52.0], fuel_kg=[410.0, 1.0, 600.0], all_arrived=[True, False, True])
    direct = episodes(track_nm=[30.0, 30.0, 50.0], fuel_kg=[400.0, 1.0, 580.0], all_arrived=[True, True, True])
    both = beside(ours, direct, "direct")
    assert (extra(both, "track_nm"), extra(both, "fuel_kg")) == (1.5, 15.0)


def test_extra_fuel_is_told_as_a_share_of_that_of_direct() -> None:
    """Of 100 and 200 kg in the two episodes that count, 30 more."""
    ours = episodes(all_arrived=[True, True, False], fuel_kg=[110.0, 220.0, 900.0])
    direct = episodes(all_arrived=[True, True, True], fuel_kg=[100.0, 200.0, 100.0])
    assert extra_share(beside(ours, direct, "direct"), "fuel_kg") == pytest.approx(0.1)


def test_agreement_weighs_windows_and_times_not_episodes() -> None:
    table = episodes(
        study_truth_windows=[3, 1],
        study_alert_windows=[2, 6],
        study_matched=[2, 1],
        study_resolved=[1, 1],
        study_alert_s=[40.0, 60.0],
        study_watched_s=[400.0, 100.0],
        study_lead_time_s=[-10.0, 20.0],
    )
    found = agreement_rates(table, "study")
    assert (found["precision"], found["recall"], found["f1"]) == pytest.approx((3 / 8, 3 / 4, 6 / 12))
    assert (found["false_alerts"], found["missed"], found["duty_cycle"]) == pytest.approx((5, 1, 0.2))
    assert (found["lead_time_s"], found["resolved_share"]) == pytest.approx((0.0, 2 / 3))


def test_episodes_without_a_match_have_no_lead_time_to_weigh() -> None:
    table = episodes(**{f"study_{name}": [1, 1] for name in ("truth_windows", "alert_windows", "alert_s", "watched_s")})
    table = table.assign(study_matched=[1, 0], study_resolved=[1, 0], study_lead_time_s=[-20.0, np.nan])
    assert agreement_rates(table, "study")["lead_time_s"] == -20.0


def table(conflicts: list[int], lost: list[int], track_nm: list[float], arrived: list[bool]) -> pd.DataFrame:
    """Episodes in which each conflict that lost separation is a pair that did, half a flight hour each."""
    return episodes(
        conflicts=conflicts,
        conflicts_los=lost,
        los=[count > 0 for count in lost],
        los_pairs=lost,
        arrived_share=[1.0 if there else 0.5 for there in arrived],
        steps=[30] * len(lost),
        flight_hours=[0.5] * len(lost),
        track_nm=track_nm,
        fuel_kg=[10.0 * distance for distance in track_nm],
        all_arrived=arrived,
        arrivals=[2 * there for there in arrived],
        instructions_per_flight=[4.0, 0.0, 2.0, 2.0],
        consecutive=[4, 0, 1, 1],
        reversals=[2, 0, 0, 1],
        hours_at_limit=[0.1, 0.0, 0.3, 0.0],
        **{"return": [-float(count) for count in lost]},
        detour_nm=[distance - 29.0 if there else np.nan for distance, there in zip(track_nm, arrived, strict=True)],
    )


HOLD = table([2, 1, 1, 0], [2, 1, 1, 0], [30.0] * 4, [True] * 4)
RULES = {"hold": HOLD, "direct": HOLD}
RUNS = [
    table([3, 2, 1, 0], [0, 0, 0, 0], [31.0, 30.0, 32.0, 30.0], [True] * 4),
    table([2, 1, 1, 0], [0, 2, 0, 0], [31.0, 30.0, 99.0, 30.0], [True, True, False, True]),
]


def bootstrap() -> Bootstrap:
    return Bootstrap(0.95, 2000, np.random.default_rng(0))


def test_rates_of_one_run_are_those_of_the_single_functions() -> None:
    found = {name: estimate.value for name, estimate in estimates(RUNS[1:], RULES, AIRSPACE, bootstrap()).items()}
    assert found == pytest.approx(
        {
            "los_rate": 0.25,
            "arrived_share": 0.875,
            "return": -0.5,
            "length": 30.0,
            "los_per_flight_hour": per_flight_hour(RUNS[1]),
            "intrusion_prevention": intrusion_prevention(RUNS[1]),
            "domino_effect": domino_effect(beside(RUNS[1], HOLD, "hold")),
            "risk_ratio": risk_ratio(beside(RUNS[1], HOLD, "hold")),
            "detour_nm": (2.0 + 1.0 + 1.0) / 3,
            "extra_track_nm": extra(beside(RUNS[1], HOLD, "direct"), "track_nm"),
            "extra_fuel_kg": extra(beside(RUNS[1], HOLD, "direct"), "fuel_kg"),
            "extra_fuel_share": extra_share(beside(RUNS[1], HOLD, "direct"), "fuel_kg"),
            "all_arrived_rate": 0.75,
            "instructions_per_flight": 2.0,
            "oscillation": 3 / 6,
            "at_speed_limit": 0.4 / 2.0,
        }
    )


def test_rates_of_several_runs_have_intervals_over_the_runs() -> None:
    """Each run by itself is an end of the interval, for with two runs a quarter of the draws hold one run twice."""
    found = estimates(RUNS, RULES, AIRSPACE, bootstrap())
    assert {estimate.unit for estimate in found.values()} == {"run"}
    expected = {
        "los_rate": (1 / 8, 0.0, 1 / 4),
        "arrived_share": (15 / 16, 7 / 8, 1.0),
        "return": (-1 / 4, -1 / 2, 0.0),
        "los_per_flight_hour": (2 / 4, 0.0, 1.0),
        "intrusion_prevention": (8 / 10, 2 / 4, 1.0),
        "domino_effect": (10 / 8 - 1, 0.0, 6 / 4 - 1),
        "risk_ratio": (1 / 6, 0.0, 1 / 3),
        "detour_nm": ((7 + 4) / 7, 4 / 3, 7 / 4),
        "extra_track_nm": (4 / 7, 1 / 3, 3 / 4),
        "extra_fuel_kg": (40 / 7, 10 / 3, 30 / 4),
        "extra_fuel_share": (40 / (7 * 300), 10 / (3 * 300), 30 / (4 * 300)),
    }
    for name, figures in expected.items():
        assert (found[name].value, found[name].low, found[name].high) == pytest.approx(figures), name
