"""What the report's first screen rests on: rates beside the baselines, slices, survival, shifts, published figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from envs.airspace.evaluation.settings import EvaluationSettings
from pipeline.evaluation.curves import over_traffic, rates
from pipeline.evaluation.figures import wilson
from pipeline.evaluation.published import beside_published
from pipeline.evaluation.rates import COUNTED
from pipeline.evaluation.statistics import Bootstrap, survival

MODES = ("deterministic", "stochastic", "mvp", "orca", "direct", "hold")
"""Who may have flown; orca only where it was asked for."""
NOT_BY_TRAFFIC = "stochastic"
SURVIVAL_NM = np.arange(0.0, 12.01, 0.25)
SHIFT_KEYS = ("mode", "shift_family", "band", "shifted", "size", "size_label")
SHIFT_FIGURES = ("episodes", "left_out", "los_rate", "arrived_share", "mean_min_separation_nm")
_WORST = 5


EPISODE_COLUMNS = (
    *("set", "mode", "scenario", "family", "episode", "episode_seed", "num_agents", "min_separation_nm"),
    *(*COUNTED, "all_arrived", "track_nm", "fuel_kg"),
)
SHIFT_COLUMNS = (*SHIFT_KEYS, *SHIFT_FIGURES)
MEMORISATION_COLUMNS = ("scenario", "variants", "los_rate", "los_low", "los_high", "min_separation_nm", "worst_change")
EQUIPAGE_COLUMNS = ("others", "share", "los_rate")
"""What tables of a run must have, to be summed up here."""


@dataclass(frozen=True)
class Run:
    """What one seed's evaluation left: episodes of all sets, curves of its shifts, memorisation, mixed equipage."""

    episodes: pd.DataFrame
    shifts: pd.DataFrame
    memorisation: pd.DataFrame
    equipage: pd.DataFrame


@dataclass(frozen=True)
class Evidence:
    """Tables over all seeds of a policy.

    rates: a row per mode and figure, on unseen traffic: value, low, high, unit (run, or episode of a single run).
    solved: suite scenarios that each mode flew without loss of separation, all arriving, worst seed; of how many.
    slices: unseen traffic by family and by number of aircraft: episodes, los_rate, low, high, mvp, hold.
    survival: of unseen traffic by mode, of the exported seed. shifts: curves, mean over seeds.
    bands: by mode and band: episodes, left_out, los_rate. worst_shifts: where the policy loses most, deterministic.
    published: ours beside the published figures. memorisation: variants of the suite. Both of the exported seed.
    densities, numbers: rates over density and number of aircraft. equipage: LoS rates by others and share, mean of
        seeds.
    """

    rates: pd.DataFrame
    solved: dict[str, tuple[int, int]]
    slices: pd.DataFrame
    survival: dict[str, pd.DataFrame]
    shifts: pd.DataFrame
    bands: pd.DataFrame
    worst_shifts: pd.DataFrame
    published: pd.DataFrame
    memorisation: pd.DataFrame
    densities: pd.DataFrame
    numbers: pd.DataFrame
    equipage: pd.DataFrame


def gather_evidence(runs: Sequence[Run], exported: Run, own: EvaluationSettings, bootstrap: Bootstrap) -> Evidence:
    """Sum up the runs of a policy; baselines fly the same traffic in each, so the first one's stand for all."""
    episodes = [run.episodes for run in runs]
    modes = [mode for mode in MODES if (exported.episodes["mode"] == mode).any()]
    by_traffic = [mode for mode in modes if mode != NOT_BY_TRAFFIC]
    tests = [run.episodes[run.episodes["set"] == "test"] for run in runs]
    shown = exported.episodes[exported.episodes["set"] == "test"]
    shifts = mean_over_runs([run.shifts for run in runs])
    ours = shifts[(shifts["mode"] == "deterministic") & (shifts["episodes"] > 0)]
    suite = exported.episodes[exported.episodes["set"] == "suite"]
    return Evidence(
        rates=pd.concat([rates(tests, mode, bootstrap) for mode in modes], ignore_index=True),
        solved={mode: _solved(runs, mode) for mode in modes},
        slices=slices(shown, bootstrap.confidence),
        survival={
            mode: _survival(shown[shown["mode"] == mode], bootstrap.confidence)
            for mode in ("deterministic", "mvp", "hold")
        },
        shifts=shifts,
        bands=_bands(shifts),
        worst_shifts=ours[ours["los_rate"] > 0].nlargest(_WORST, "los_rate"),
        published=beside_published(suite, bootstrap.confidence),
        memorisation=exported.memorisation,
        densities=over_traffic(episodes, own.sector.sets, by_traffic, bootstrap),
        numbers=over_traffic(episodes, own.numbers.sets, by_traffic, bootstrap),
        equipage=_equipage([run.equipage for run in runs]),
    )


def mean_over_runs(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Curves of several seeds as one: rates are means over seeds; who starts too close is the same in each."""
    together = pd.concat(tables, ignore_index=True)
    return together.groupby(list(SHIFT_KEYS), sort=False, dropna=False)[list(SHIFT_FIGURES)].mean().reset_index()


def slices(test: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """One policy's unseen traffic, deterministic, by family and by number of aircraft, beside the baselines.

    Columns: slice, episodes, los_rate, low, high (Wilson), mvp, hold; the worst first.
    """
    by_number = test["num_agents"].astype(str) + " aircraft"
    rows = [
        {"slice": str(name)} | _slice(flown, confidence)
        for key in (test["family"], by_number)
        for name, flown in test.groupby(key)
    ]
    return pd.DataFrame(rows).sort_values("los_rate", ascending=False, ignore_index=True)


def _slice(flown: pd.DataFrame, confidence: float) -> dict[str, Any]:
    los = {mode: rows["los"].to_numpy() for mode, rows in flown.groupby("mode")}
    ours = los["deterministic"]
    low, high = wilson(int(ours.sum()), len(ours), confidence)
    rates = {"los_rate": float(ours.mean()), "low": low, "high": high}
    return {"episodes": len(ours)} | rates | {rule: float(los[rule].mean()) for rule in ("mvp", "hold")}


def _solved(runs: Sequence[Run], mode: str) -> tuple[int, int]:
    counts = []
    for run in runs:
        flown = run.episodes[(run.episodes["set"] == "suite") & (run.episodes["mode"] == mode)]
        clear = (~flown["los"] & flown["all_arrived"]).groupby(flown["scenario"]).all()
        counts.append((int(clear.sum()), len(clear)))
    return min(counts)


def _survival(flown: pd.DataFrame, confidence: float) -> pd.DataFrame:
    return survival(flown["min_separation_nm"].to_numpy(), SURVIVAL_NM, confidence)


def _bands(shifts: pd.DataFrame) -> pd.DataFrame:
    """Rates weighted by episodes."""
    lost = shifts.assign(lost=shifts["los_rate"].fillna(0.0) * shifts["episodes"])
    sums = lost.groupby(["mode", "band"], sort=False)[["episodes", "left_out", "lost"]].sum().reset_index()
    return sums.assign(los_rate=sums["lost"] / sums["episodes"]).drop(columns="lost")


def _equipage(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    together = pd.concat(tables, ignore_index=True)
    return together.groupby(["others", "share"], sort=False)["los_rate"].mean().reset_index()
