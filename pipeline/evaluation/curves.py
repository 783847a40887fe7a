"""Rates over the density and over the number of aircraft: of the policy and of the rules in the same traffic."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from pipeline.evaluation.rates import estimates
from pipeline.evaluation.statistics import Bootstrap

OURS = ("deterministic", "stochastic")
"""The modes in which a policy flies; the others are rules, which fly the same whatever was trained."""


def rates(runs: Sequence[pd.DataFrame], mode: str, bootstrap: Bootstrap) -> pd.DataFrame:
    """A row per figure of metrics.rates.estimates: mode, figure, value, low, high, unit, num_units.

    Args:
        runs: the same set's episodes as evaluated with each seed; of a rule the first stands for all.
    """
    first = runs[0]
    hold, direct = first[first["mode"] == "hold"], first[first["mode"] == "direct"]
    flown = [run[run["mode"] == mode] for run in (runs if mode in OURS else runs[:1])]
    found = estimates(flown, hold, direct, bootstrap)
    return pd.DataFrame([{"mode": mode, "figure": name} | vars(estimate) for name, estimate in found.items()])


def over_traffic(
    runs: Sequence[pd.DataFrame], sets: Mapping[float, str], modes: Sequence[str], bootstrap: Bootstrap
) -> pd.DataFrame:
    """The rates of several sets, with the columns place (the key in `sets`) and flight_hours (of all runs together).

    Raises:
        ValueError: a set that some run did not fly; the message names it.
    """
    tables: list[pd.DataFrame] = []
    for place, name in sets.items():
        own = [run[run["set"] == name] for run in runs]
        if any(run.empty for run in own):
            raise ValueError(f"episodes: set {name!r} was not flown with every seed, run `dvc repro evaluate`")
        for mode in modes:
            hours = sum(float(run.loc[run["mode"] == mode, "flight_hours"].sum()) for run in own)
            tables.append(rates(own, mode, bootstrap).assign(place=place, flight_hours=hours))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["place", "mode", "figure"])


def los_rate(episodes: pd.DataFrame) -> float:
    """The share of episodes with loss of separation."""
    return float(episodes["los"].mean())


def side_by_side(
    episodes: pd.DataFrame, sets: Mapping[float, str], key: str, figure: Callable[[pd.DataFrame], float]
) -> pd.DataFrame:
    """One row per set, by its place in the column `key`, and one figure of every mode beside each other, for plots."""
    rows = []
    for place, name in sets.items():
        flown = episodes[episodes["set"] == name].groupby("mode", sort=False)
        rows.append({key: place} | {str(mode): figure(own) for mode, own in flown})
    return pd.DataFrame(rows)
