"""From shifted episodes to figures: a degradation curve for each family, and what each band costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pipeline.evaluation.figures import counterpart, wilson
from pipeline.evaluation.rates import intrusion_prevention, quotient
from pipeline.evaluation.shifts import ShiftedEpisodes

SHIFT = ["shift_family", "band", "shifted", "size", "size_label"]
"""The columns that say which shift, over scenarios and repetitions."""


def label(episodes: pd.DataFrame, laid_out: ShiftedEpisodes) -> pd.DataFrame:
    """The table of flown episodes with the columns that say how each was shifted."""
    return episodes.join(laid_out.columns.drop(columns="scenario"), on="episode", validate="1:1")


def curves(episodes: pd.DataFrame, left_out: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """One row per mode and shift, over all scenarios and repetitions.

    Columns: mode, shift_family, band, shifted, size (in the family's unit), size_label, episodes, los_episodes,
    los_rate with its Wilson interval (NaN of a single episode), mean_min_separation_nm, arrived_share (NaN where none
    was flown), and left_out: episodes that would have started below 5 NM.
    """
    modes = episodes["mode"].unique()
    missing = [left_out.assign(mode=mode, left_out=True) for mode in modes]
    wanted = pd.concat([episodes.assign(left_out=False), *missing], ignore_index=True)
    groups = wanted.groupby(["mode", *SHIFT], sort=False, dropna=False)
    return pd.DataFrame(
        [dict(zip(["mode", *SHIFT], key, strict=True)) | _rates(rows, confidence) for key, rows in groups]
    )


def bands(episodes: pd.DataFrame, left_out: pd.DataFrame) -> dict[str, Any]:
    """By mode and band (none: not shifted): what is lost, prevented, and left of the risk of hold; None: not known."""
    found: dict[str, Any] = {}
    for (mode, band), flown in episodes.groupby(["mode", "band"], sort=False):
        hold = episodes[(episodes["mode"] == "hold") & (episodes["band"] == band)]
        held = counterpart(hold, flown, ["shift", "repetition"])["los"]
        figures = {
            "episodes": len(flown),
            "left_out": int((left_out["band"] == band).sum()),
            "los_rate": float(flown["los"].mean()),
            "arrived_share": float(flown["arrived_share"].mean()),
            "intrusion_prevention": intrusion_prevention(flown),
            "risk_ratio": quotient(flown["los"].sum(), held.sum()),
        }
        known = {name: None if value != value else value for name, value in figures.items()}
        found.setdefault(str(mode), {})[str(band)] = known
    return found


def _rates(wanted: pd.DataFrame, confidence: float) -> dict[str, Any]:
    """The figures of those that were flown, and how many were not."""
    flown = wanted[~wanted["left_out"]]
    lost = int(flown["los"].sum())
    low, high = wilson(lost, len(flown), confidence) if len(flown) > 1 else (np.nan, np.nan)
    return {
        "episodes": len(flown),
        "los_episodes": lost,
        "los_rate": float(flown["los"].mean()),
        "los_low": low,
        "los_high": high,
        "mean_min_separation_nm": float(flown["min_separation_nm"].replace(np.inf, np.nan).mean()),
        "arrived_share": float(flown["arrived_share"].mean()),
        "left_out": len(wanted) - len(flown),
    }
