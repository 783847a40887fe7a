"""Figures of a group of drives, beside the outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from envs.ground.columns import Columns, mean
from envs.roads.evaluation.rates import beside, figures, numbers, quotient, ratios

QUANTILES = {"delay_median_s": ("delays_s", 0.5), "delay_90_s": ("delays_s", 0.9)}
"""Figures that are quantiles of what episodes list: which column, and where. The worst tenth says how fair it is."""


def drive_figures(episodes: Columns) -> dict[str, float]:
    """What these episodes of one mode tell beside their outcomes."""
    return figures(ratios(numbers(episodes))) | {
        "mean_min_ttc_s": mean(episodes["min_ttc_s"]),
        "mean_min_pet_s": mean(episodes["min_pet_s"]),
        "cars": int(episodes["entered"].sum()),
        "blocked": int(episodes["blocked"].sum()),
    }


def against(paired: Columns) -> dict[str, float]:
    """What these episodes are beside the rules, see envs/roads/evaluation/rates.py."""
    return figures(beside(numbers(paired)))


def beside_nobody(episodes: Columns, held: Columns) -> dict[str, float]:
    """What is left of the losses of `hold` in shifted episodes (N rows each)."""
    return {"risk_ratio": quotient(episodes["num_lost"].sum(), held["num_lost"].sum())}


def headline(found: Mapping[str, Any], yardsticks: tuple[str, ...]) -> dict[str, float]:
    """The few figures that experiments are compared by, from `by_set`, `shifts` (its bands) and `score`.

    Deterministic unless named otherwise; a band without a shift has none.
    """
    suite, test, shifts = found["suite"], found["test"], found["shifts"]["deterministic"]
    ours = test["deterministic"]
    told = {"score": found["score"]["score"], "test_failed": ours["failed_rate"]}
    told |= {f"test_failed_{rule}": test[rule]["failed_rate"] for rule in yardsticks if rule in test}
    told |= {f"test_{name}": ours[name] for name in ("arrived_cars", "lost_cars", "vmax_score", "nuplan_score")}
    told |= {f"test_vmax_score_{rule}": test[rule]["vmax_score"] for rule in yardsticks if rule in test}
    told |= {f"test_{name}": ours[name] for name in ("losses_per_vehicle_hour", "delay_mean_s", "return_mean")}
    if "deterministic" in suite:
        told |= {f"suite_{name}": suite["deterministic"][name] for name in ("solved", "failed_rate")}
    return told | {
        f"shifts_{band}_failed": shifts[band]["failed_rate"] for band in ("micro", "macro") if band in shifts
    }
