"""Figures of a group of flights, beside the outcomes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from envs.airspace.evaluation.agreement import VARIANTS
from envs.airspace.evaluation.rates import (
    agreement_rates,
    domino_effect,
    extra,
    extra_share,
    intrusion_prevention,
    per_flight_hour,
    quotient,
    risk_ratio,
)
from envs.ground.columns import Columns, mean

QUANTILES = {"delay_median_s": ("delays_s", 0.5), "delay_99_s": ("delays_s", 0.99)}
"""Figures that are quantiles of what episodes list: which column, and where."""

COMPARED = ("los", "conflicts", "all_arrived", "track_nm", "fuel_kg")
"""The columns in which episodes are held against those of a baseline."""


def flight_figures(episodes: Columns) -> dict[str, float]:
    """What these episodes of one mode tell beside their outcomes."""
    closest = np.asarray(episodes["min_separation_nm"])
    return {
        "mean_min_separation_nm": mean(np.where(np.isinf(closest), np.nan, closest)),
        "below_1nm_episodes": int(episodes["below_1nm"].sum()),
        "near_mid_air_episodes": int(episodes["near_mid_air"].sum()),
        "conflicts": int(episodes["conflicts"].sum()),
        "intrusion_prevention": intrusion_prevention(episodes),
        "los_per_flight_hour": per_flight_hour(episodes),
        "all_arrived_rate": mean(episodes["all_arrived"]),
        "flight_time_s": mean(episodes["flight_time_s"]),
        "path_efficiency": mean(episodes["path_efficiency"]),
        "instructions_per_flight": mean(episodes["instructions_per_flight"]),
        "oscillation": _oscillation(episodes),
        "at_speed_limit": quotient(episodes["hours_at_limit"].sum(), episodes["flight_hours"].sum()),
        **_agreement(episodes),
    }


def against(paired: Columns) -> dict[str, float]:
    """What these episodes, as `beside` gives them, are beside the baselines: see envs/airspace/evaluation/rates.py."""
    return {
        "domino_effect": domino_effect(paired),
        "risk_ratio": risk_ratio(paired),
        "extra_track_nm": extra(paired, "track_nm"),
        "extra_fuel_kg": extra(paired, "fuel_kg"),
        "extra_fuel_share": extra_share(paired, "fuel_kg"),
    }


def beside_hold(episodes: Columns, held: Columns) -> dict[str, float]:
    """What is prevented, and left of the risk of `hold`, in shifted episodes and in those of hold (N rows each)."""
    return {
        "intrusion_prevention": intrusion_prevention(episodes),
        "risk_ratio": quotient(episodes["los"].sum(), held["los"].sum()),
    }


def _oscillation(episodes: Columns) -> float:
    consecutive = int(episodes["consecutive"].sum())
    return int(episodes["reversals"].sum()) / consecutive if consecutive else math.nan


def _agreement(episodes: Columns) -> dict[str, float]:
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
        "test_los": test["deterministic"]["los_rate"],
        "test_los_orca": test["orca"]["los_rate"],
        "test_los_mvp": test["mvp"]["los_rate"],
        "test_arrived": test["deterministic"]["arrived_share"],
        "suite_solved": suite["deterministic"]["solved"],
        "suite_los": suite["deterministic"]["los_rate"],
        "suite_los_stochastic": suite["stochastic"]["los_rate"],
        "test_los_stochastic": test["stochastic"]["los_rate"],
        "test_intrusion_prevention": test["deterministic"]["intrusion_prevention"],
        "test_risk_ratio": test["deterministic"]["risk_ratio"],
        "test_extra_track_nm": test["deterministic"]["extra_track_nm"],
        "test_return": test["deterministic"]["return_mean"],
    } | {f"shifts_{band}_los": shifts[band]["los_rate"] for band in ("micro", "macro") if band in shifts}
