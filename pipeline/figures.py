"""From tables of episodes to figures with intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats


def wilson(successes: int, trials: int, confidence: float) -> tuple[float, float]:
    """The Wilson score interval of a rate (Wilson, JASA 1927)."""
    interval = stats.binomtest(successes, trials).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)


def mean_interval(values: np.ndarray, confidence: float) -> tuple[float, float]:
    """Student's interval of a mean; the mean itself where there is a single value or no spread."""
    mean = float(np.mean(values))
    if len(values) < 2 or np.ptp(values) == 0:
        return mean, mean
    low, high = stats.t.interval(confidence, len(values) - 1, loc=mean, scale=stats.sem(values))
    return float(low), float(high)


def by_scenario(episodes: pd.DataFrame, seed: int, confidence: float) -> pd.DataFrame:
    """One row per set, scenario and mode: rates with intervals, means, and means of reward parts."""
    groups = episodes.groupby(["set", "scenario", "mode"], sort=False)
    rows = [
        {"set": key[0], "scenario": key[1], "mode": key[2], "seed": seed} | summarise(group, confidence)
        for key, group in groups
    ]
    return pd.DataFrame(rows)


def summarise(episodes: pd.DataFrame, confidence: float) -> dict[str, Any]:
    """The figures of these episodes."""
    lost = int(episodes["los"].sum())
    low, high = wilson(lost, len(episodes), confidence)
    return_low, return_high = mean_interval(episodes["return"].to_numpy(), confidence)
    parts = [name for name in episodes.columns if name.startswith("reward_")]
    return {
        "episodes": len(episodes),
        "los_episodes": lost,
        "los_rate": lost / len(episodes),
        "los_low": low,
        "los_high": high,
        "min_separation_nm": float(episodes["min_separation_nm"].min()),
        "mean_min_separation_nm": float(episodes["min_separation_nm"].replace(np.inf, np.nan).mean()),
        "arrived_share": float(episodes["arrived_share"].mean()),
        "all_arrived_rate": float(episodes["all_arrived"].mean()),
        "flight_time_s": float(episodes["flight_time_s"].mean()),
        "num_aircraft": float(episodes["num_aircraft"].mean()),
        "return_mean": float(episodes["return"].mean()),
        "return_low": return_low,
        "return_high": return_high,
    } | {name: float(episodes[name].mean()) for name in parts}


def by_set(table: pd.DataFrame) -> dict[str, Any]:
    """The rows of `by_scenario` taken together, by set and mode."""
    figures: dict[str, Any] = {}
    for (set_name, mode), rows in table.groupby(["set", "mode"], sort=False):
        solved = (rows["los_episodes"] == 0) & (rows["all_arrived_rate"] == 1.0)
        figures.setdefault(str(set_name), {})[str(mode)] = {
            "scenarios": len(rows),
            "solved": int(solved.sum()),
            "los_rate": float(np.average(rows["los_rate"], weights=rows["episodes"])),
            "arrived_share": float(np.average(rows["arrived_share"], weights=rows["episodes"])),
            "min_separation_nm": float(rows["min_separation_nm"].min()),
            "return_mean": float(np.average(rows["return_mean"], weights=rows["episodes"])),
        }
    return figures


def headline(figures: dict[str, Any]) -> dict[str, float]:
    """The few figures that experiments are compared by, from `by_set`: deterministic unless named otherwise."""
    suite, test = figures["suite"], figures["test"]
    return {
        "suite_solved": suite["deterministic"]["solved"],
        "suite_los": suite["deterministic"]["los_rate"],
        "suite_los_stochastic": suite["stochastic"]["los_rate"],
        "test_los": test["deterministic"]["los_rate"],
        "test_los_stochastic": test["stochastic"]["los_rate"],
        "test_arrived": test["deterministic"]["arrived_share"],
        "test_return": test["deterministic"]["return_mean"],
    }
