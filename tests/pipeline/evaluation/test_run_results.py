"""Claims over runs from tables of scenarios, worked out by hand."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from robots import CRASH, GAP, REACHED, ROBOTS

from pipeline.evaluation.marl_eval import marl_eval
from pipeline.evaluation.resampling import Bootstrap
from pipeline.evaluation.run_results import improvements, marl_eval_results, over_runs, profiles, task_scores


def table(*seeds: tuple[float, float]) -> pd.DataFrame:
    """Rates of crashes of each seed in gate and in unseen episodes; the rule random crashes in half of both."""
    places = (("suite", "gate"), ("test", "procedural"))
    rows = [
        {"set": place[0], "scenario": place[1], "mode": mode, "seed": seed, "leading": rate if ours else 0.5}
        for seed, rates in enumerate(seeds)
        for place, rate in zip(places, rates, strict=True)
        for mode, ours in (("deterministic", True), ("random", False))
    ]
    return pd.DataFrame(rows).assign(crash_rate=lambda own: own["leading"], reached=0.9, gap=0.1, return_mean=7.0)


GOOD, FAIR = table((0.0, 0.1), (0.2, 0.1)), table((0.4, 0.6), (0.2, 0.3))


def bootstrap() -> Bootstrap:
    return Bootstrap(0.95, 300, np.random.default_rng(0))


def test_a_task_score_is_the_share_of_episodes_without_the_leading_failure() -> None:
    assert task_scores(GOOD, CRASH) == pytest.approx(np.array([[1.0, 0.9], [0.8, 0.9]]))
    assert task_scores(GOOD, CRASH, "random") == pytest.approx(np.full((2, 2), 0.5))


def test_shares_and_numbers_score_as_they_are_and_what_should_be_low_with_its_sign_turned() -> None:
    low = replace(GAP, better="lower")
    scores = [task_scores(GOOD, outcome)[1].tolist() for outcome in (REACHED, GAP, low)]
    assert scores == [[0.2, 0.1], [0.2, 0.1], [-0.2, -0.1]]


def test_a_task_that_one_seed_did_not_play_is_named() -> None:
    some = GOOD[(GOOD["seed"] == 0) | (GOOD["scenario"] == "procedural")]
    with pytest.raises(ValueError, match="seed 1 did not play suite gate deterministic"):
        task_scores(some, CRASH)


def test_the_middle_of_a_policys_scores_stands_with_its_runs_and_tasks() -> None:
    row = over_runs({"good": GOOD}, CRASH, bootstrap()).iloc[0]
    assert (row["policy"], row["runs"], row["tasks"], row["unit"]) == ("good", 2, 2, "run")
    assert row["value"] == pytest.approx(0.9)  # the middle half of 0.8, 0.9, 0.9, 1.0
    assert row["low"] <= row["value"] <= row["high"]


def test_the_probability_of_improvement_is_over_pairs_of_runs() -> None:
    """gate: 1.0 and 0.8 against 0.6 and 0.8, three wins and a tie of four; unseen ones: all won. random: all won."""
    found = improvements({"good": GOOD, "fair": FAIR}, CRASH, ("random", "absent"), bootstrap()).set_index(
        ["ours", "theirs"]
    )["value"]
    assert found["good", "fair"] == pytest.approx((3.5 / 4 + 1.0) / 2)
    assert found["fair", "good"] == pytest.approx(1.0 - found["good", "fair"])
    assert found["good", "random"] == 1.0
    assert ("random", "good") not in found.index


def test_a_profile_is_the_share_of_scores_above_each_threshold() -> None:
    profile = profiles({"fair": FAIR}, CRASH, bootstrap())["fair"].set_index("threshold")["share"]
    assert profile.iloc[0] == 1.0
    assert profile.loc[profile.index[np.searchsorted(profile.index, 0.649)]] == pytest.approx(0.5)
    assert profile.iloc[-1] == 0.0


def test_the_results_of_a_run_are_marl_evals_by_task() -> None:
    results = marl_eval_results(GOOD[GOOD["seed"] == 0], ROBOTS, "generic", 0, 1000)
    found = json.loads(json.dumps(marl_eval("robots", results)))["robots"]
    assert list(found) == ["gate", "test"]
    run = found["test"]["generic"]["seed_0"]
    assert run["step_1"] == {"step_count": 1000, "no_crash": [0.9], "reached": [0.9], "return": [7.0]}
    assert run["absolute_metrics"] == {"no_crash": [0.9], "reached": [0.9], "return": [7.0]}
