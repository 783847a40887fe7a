"""From tables of episodes to figures with intervals."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from envs.airspace.evaluation.agreement import VARIANTS
from pipeline.evaluation.rates import (
    agreement_rates,
    domino_effect,
    extra,
    intrusion_prevention,
    per_flight_hour,
    risk_ratio,
)

COMPARED = ("los", "conflicts", "all_arrived", "track_nm", "fuel_kg")
"""The columns in which episodes are held against those of a baseline."""


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
    """One row per set, scenario and mode: rates with intervals, means, and what it cost against the baselines.

    Raises:
        ValueError: the baselines hold and direct did not fly the same traffic.
    """
    rows = [
        {"set": key[0], "scenario": key[1], "mode": key[2], "seed": seed} | figures
        for key, figures in _groups(episodes, ["set", "scenario", "mode"], confidence)
    ]
    return pd.DataFrame(rows)


def by_set(episodes: pd.DataFrame, confidence: float) -> dict[str, Any]:
    """The same over all scenarios of a set, by set and mode; solved: flown without loss of separation, all arriving.

    NaN is None: these figures are written as JSON.
    """
    found: dict[str, Any] = {}
    for (set_name, mode), figures in _groups(episodes, ["set", "mode"], confidence):
        flown = episodes[(episodes["set"] == set_name) & (episodes["mode"] == mode)]
        clear = (~flown["los"] & flown["all_arrived"]).groupby(flown["scenario"]).all()
        counts = {"scenarios": len(clear), "solved": int(clear.sum())}
        known = {name: None if value != value else value for name, value in figures.items()}
        found.setdefault(str(set_name), {})[str(mode)] = counts | known
    return found


def _groups(
    episodes: pd.DataFrame, keys: list[str], confidence: float
) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    compared = episodes[["set", "mode", "scenario", "episode_seed", *COMPARED]]
    flown = {tuple(key): group for key, group in compared.groupby(["set", "mode"])}
    nobody = compared.iloc[:0]
    paired = [
        beside(group, *(flown.get((key[0], rule), nobody) for rule in ("hold", "direct")))
        for key, group in episodes.groupby(["set", "mode"], sort=False)
    ]
    together = pd.concat(paired, ignore_index=True)
    groups = {tuple(key): group for key, group in together.groupby(keys)}
    for row in episodes[keys].drop_duplicates().itertuples(index=False):
        group = groups[tuple(row)]
        yield tuple(row), summarise(group, confidence) | against(group)


def summarise(episodes: pd.DataFrame, confidence: float) -> dict[str, Any]:
    """The figures of these episodes; a rate of a single one has no interval (NaN)."""
    lost = int(episodes["los"].sum())
    low, high = wilson(lost, len(episodes), confidence) if len(episodes) > 1 else (np.nan, np.nan)
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
        "below_1nm_episodes": int(episodes["below_1nm"].sum()),
        "near_mid_air_episodes": int(episodes["near_mid_air"].sum()),
        "conflicts": int(episodes["conflicts"].sum()),
        "intrusion_prevention": intrusion_prevention(episodes),
        "los_per_flight_hour": per_flight_hour(episodes),
        "arrived_share": float(episodes["arrived_share"].mean()),
        "all_arrived_rate": float(episodes["all_arrived"].mean()),
        "flight_time_s": float(episodes["flight_time_s"].mean()),
        "num_agents": float(episodes["num_agents"].mean()),
        "path_efficiency": float(episodes["path_efficiency"].mean()),
        "instructions_per_flight": float(episodes["instructions_per_flight"].mean()),
        "oscillation": _oscillation(episodes),
        **_agreement(episodes),
        "return_mean": float(episodes["return"].mean()),
        "return_low": return_low,
        "return_high": return_high,
    } | {name: float(episodes[name].mean()) for name in parts}


def beside(episodes: pd.DataFrame, hold: pd.DataFrame, direct: pd.DataFrame) -> pd.DataFrame:
    """The episodes with what the baselines did in the same traffic: columns of COMPARED, _of_hold and _of_direct.

    Raises:
        ValueError: a baseline did not fly the same traffic.
    """
    rules = {"hold": hold, "direct": direct}
    found = [counterpart(rule, episodes)[list(COMPARED)].add_suffix(f"_of_{name}") for name, rule in rules.items()]
    return pd.concat([episodes.reset_index(drop=True), *found], axis=1)


def against(paired: pd.DataFrame) -> dict[str, float]:
    """What these episodes, as `beside` gives them, are beside the baselines: see pipeline/evaluation/rates.py."""
    return {
        "domino_effect": domino_effect(paired),
        "risk_ratio": risk_ratio(paired),
        "extra_track_nm": extra(paired, "track_nm"),
        "extra_fuel_kg": extra(paired, "fuel_kg"),
    }


def counterpart(reference: pd.DataFrame, episodes: pd.DataFrame, keys: Sequence[str] = ()) -> pd.DataFrame:
    """The episode of `reference`, a rule that draws nothing, in the traffic of each of `episodes`, in their order.

    The same traffic is the same seed where traffic is drawn, otherwise the same scenario, which such a rule flies once
    for all repetitions; and the same in the columns `keys`. Episodes' numbers and seeds are those of `episodes`, the
    other columns are those of COMPARED.

    Raises:
        ValueError: it flew some traffic not at all or twice.
    """
    drawn = bool((episodes["family"] != "").all())
    on = ["episode_seed" if drawn else "scenario", *keys]
    own = ["episode", "episode_seed"]
    try:
        found = episodes[list(dict.fromkeys([*own, *on]))].merge(
            reference[[*on, *COMPARED]], on=on, how="left", validate="m:1"
        )
    except pd.errors.MergeError:
        raise ValueError(f"baseline: flew some {' and '.join(on)} twice, wanted each once") from None
    if found["los"].isna().any():
        raise ValueError(f"baseline: did not fly {found['los'].isna().sum()} of {len(found)} episodes, wanted all")
    return found.astype({name: reference[name].dtype for name in COMPARED})


def _oscillation(episodes: pd.DataFrame) -> float:
    consecutive = int(episodes["consecutive"].sum())
    return int(episodes["reversals"].sum()) / consecutive if consecutive else math.nan


def _agreement(episodes: pd.DataFrame) -> dict[str, float]:
    """Manoeuvre/conflict agreement in both variants, by name (study_f1, state_based_f1, ..)."""
    found = {variant: agreement_rates(episodes, variant) for variant in VARIANTS}
    return {f"{variant}_{name}": value for variant, rates in found.items() for name, value in rates.items()}


def headline(figures: dict[str, Any]) -> dict[str, float]:
    """The few figures that experiments are compared by, from `by_set`, `shifts` (its bands) and `score`.

    Deterministic unless named otherwise; a band without a shift has none.
    """
    suite, test, shifts = figures["suite"], figures["test"], figures["shifts"]["deterministic"]
    return {
        "score": figures["score"]["score"],
        "suite_solved": suite["deterministic"]["solved"],
        "suite_los": suite["deterministic"]["los_rate"],
        "suite_los_stochastic": suite["stochastic"]["los_rate"],
        "test_los": test["deterministic"]["los_rate"],
        "test_los_stochastic": test["stochastic"]["los_rate"],
        "test_los_mvp": test["mvp"]["los_rate"],
        "test_intrusion_prevention": test["deterministic"]["intrusion_prevention"],
        "test_risk_ratio": test["deterministic"]["risk_ratio"],
        "test_extra_track_nm": test["deterministic"]["extra_track_nm"],
        "test_arrived": test["deterministic"]["arrived_share"],
        "test_return": test["deterministic"]["return_mean"],
    } | {f"shifts_{band}_los": shifts[band]["los_rate"] for band in ("micro", "macro") if band in shifts}
