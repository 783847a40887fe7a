"""Rates of tables written by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.metrics.rates import (
    agreement_rates,
    domino_effect,
    extra,
    intrusion_prevention,
    paired,
    per_flight_hour,
    risk_ratio,
)


def episodes(**columns: list) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    return pd.DataFrame({"episode": range(count), "episode_seed": [7 * n for n in range(count)]} | columns)


def test_intrusion_prevention_is_the_share_of_conflicts_without_loss() -> None:
    assert intrusion_prevention(episodes(conflicts=[3, 0, 5], conflicts_los=[1, 0, 1])) == pytest.approx(6 / 8)
    assert np.isnan(intrusion_prevention(episodes(conflicts=[0], conflicts_los=[0])))


def test_the_domino_effect_is_how_many_more_conflicts_than_hold() -> None:
    """9 conflicts where `hold` has 6."""
    assert domino_effect(episodes(conflicts=[4, 5]), episodes(conflicts=[6, 0])) == pytest.approx(0.5)
    assert np.isnan(domino_effect(episodes(conflicts=[1]), episodes(conflicts=[0])))


def test_the_risk_ratio_is_of_the_same_encounters() -> None:
    """1 of 4 lost where `hold` loses 3 of 4."""
    ours, hold = episodes(los=[True, False, False, False]), episodes(los=[True, True, True, False])
    assert risk_ratio(ours, hold) == pytest.approx(1 / 3)
    assert np.isnan(risk_ratio(ours, episodes(los=[False] * 4)))


def test_losses_per_flight_hour_are_those_of_pairs() -> None:
    assert per_flight_hour(episodes(los_pairs=[2, 1], flight_hours=[0.5, 1.0])) == pytest.approx(2.0)


def test_extra_miles_and_fuel_are_of_episodes_in_which_all_arrived_both_times() -> None:
    ours = episodes(track_nm=[31.0, 40.0, 52.0], fuel_kg=[410.0, 1.0, 600.0], all_arrived=[True, False, True])
    direct = episodes(track_nm=[30.0, 30.0, 50.0], fuel_kg=[400.0, 1.0, 580.0], all_arrived=[True, True, True])
    found = extra(ours, direct)
    assert found["episode"].tolist() == [0, 2]
    assert found["extra_track_nm"].tolist() == [1.0, 2.0]
    assert found["extra_fuel_kg"].tolist() == [10.0, 20.0]


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


def test_rows_are_joined_by_episode_whatever_their_order() -> None:
    both = paired(episodes(los=[1, 2, 3]), episodes(los=[4, 5, 6]).iloc[::-1], ["los"])
    assert both[["los", "los_of_reference"]].to_numpy().tolist() == [[1, 4], [2, 5], [3, 6]]


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        (episodes(los=[1, 2]), r"1 are in one table only \(episode 2\)"),
        (episodes(los=[1, 2, 3]).assign(episode_seed=[0, 7, 15]), r"1 are in one table only \(episode 2\)"),
        (pd.concat([episodes(los=[1, 2, 3])] * 2), "wanted each episode once in either table"),
    ],
    ids=["missing", "another_seed", "twice"],
)
def test_other_episodes_are_refused(reference: pd.DataFrame, message: str) -> None:
    with pytest.raises(ValueError, match=f"paired episodes: .*{message}"):
        paired(episodes(los=[1, 2, 3]), reference, ["los"])
