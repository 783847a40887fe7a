"""From shifted episodes to figures: a degradation curve for each family, and what each band costs."""

from __future__ import annotations

from typing import Any

import pandas as pd

from envs.ground.evaluating import Shifted
from pipeline.evaluation.figures import counterpart, none_for_nan
from pipeline.evaluation.judged import Judged, outcome_figures

SHIFT = ["shift_family", "band", "shifted", "size", "size_label"]
"""The columns that say which shift, over scenarios and repetitions."""


def label(episodes: pd.DataFrame, shifted: Shifted) -> pd.DataFrame:
    """The table of played episodes with the columns that say how each was shifted."""
    return episodes.join(shifted.columns.drop(columns="scenario"), on="episode", validate="1:1")


def curves(episodes: pd.DataFrame, left_out: pd.DataFrame, world: Judged, confidence: float) -> pd.DataFrame:
    """One row per mode and shift, over all scenarios and repetitions.

    Columns: mode, shift_family, band, shifted, size (in the family's unit), size_label, episodes, the outcomes'
    figures, the world's own rates, and left_out: episodes that could not be played.
    """
    missing = [left_out.assign(mode=mode, left_out=True) for mode in episodes["mode"].unique()]
    wanted = pd.concat([episodes.assign(left_out=False), *missing], ignore_index=True)
    groups = wanted.groupby(["mode", *SHIFT], sort=False, dropna=False)
    return pd.DataFrame(
        [dict(zip(["mode", *SHIFT], key, strict=True)) | _figures(rows, world, confidence) for key, rows in groups]
    )


def bands(episodes: pd.DataFrame, left_out: pd.DataFrame, world: Judged, confidence: float) -> dict[str, Any]:
    """By mode and band (none: not shifted): the outcomes' figures, and what they are beside nobody's."""
    nobody, columns = episodes[episodes["mode"] == world.baselines.nobody], world.evaluation.compared
    found: dict[str, Any] = {}
    for (mode, band), played in episodes.groupby(["mode", "band"], sort=False):
        held = counterpart(nobody[nobody["band"] == band], played, columns, ["shift", "repetition"])
        figures: dict[str, Any] = {"episodes": len(played), "left_out": int((left_out["band"] == band).sum())}
        figures |= outcome_figures(played, world, confidence) | world.evaluation.beside_nobody(played, held)
        found.setdefault(str(mode), {})[str(band)] = none_for_nan(figures)
    return found


def _figures(wanted: pd.DataFrame, world: Judged, confidence: float) -> dict[str, Any]:
    """The figures of those that were played, and how many were not."""
    played = wanted[~wanted["left_out"]]
    own = world.evaluation.rates(played) if len(played) else {}
    counts = {"episodes": len(played)}
    return counts | outcome_figures(played, world, confidence) | own | {"left_out": len(wanted) - len(played)}
