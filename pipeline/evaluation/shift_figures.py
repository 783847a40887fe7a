"""From shifted episodes to figures: a degradation curve for each family, and what each band costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from envs.ground.columns import Columns, columns_of, taken
from envs.ground.evaluating import Shifted
from pipeline.evaluation.figures import counterpart, none_for_nan
from pipeline.evaluation.groups import groups
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
    keys, columns = ["mode", *SHIFT], columns_of(episodes)
    missing = [left_out.assign(mode=mode) for mode in episodes["mode"].unique()]
    wanted = pd.concat([table[keys] for table in (episodes, *missing)], ignore_index=True)
    return pd.DataFrame(
        [
            dict(zip(keys, key, strict=True)) | _figures(columns, rows, world, confidence)
            for key, rows in groups(wanted, keys)
        ]
    )


def bands(episodes: pd.DataFrame, left_out: pd.DataFrame, world: Judged, confidence: float) -> dict[str, Any]:
    """By mode and band (none: not shifted): the outcomes' figures, and what they are beside nobody's."""
    columns = columns_of(episodes)
    rows_of, found = dict(groups(episodes, ["mode", "band"])), dict[str, Any]()
    for (mode, band), rows in rows_of.items():
        played = taken(columns, rows)
        nobody = taken(columns, rows_of.get((world.baselines.nobody, band), rows[:0]))
        held = taken(nobody, counterpart(nobody, played, ["shift", "repetition"]))
        figures: dict[str, Any] = {"episodes": len(rows), "left_out": int((left_out["band"] == band).sum())}
        figures |= outcome_figures(played, world, confidence) | world.evaluation.beside_nobody(played, held)
        found.setdefault(str(mode), {})[str(band)] = none_for_nan(figures)
    return found


def _figures(columns: Columns, wanted: np.ndarray, world: Judged, confidence: float) -> dict[str, Any]:
    """The figures of those of the rows `wanted` that were played, which come first, and how many were not."""
    played = wanted[wanted < len(columns["mode"])]
    group = taken(columns, played)
    own = world.evaluation.rates(group) if len(played) else {}
    counts = {"episodes": len(played)}
    return counts | outcome_figures(group, world, confidence) | own | {"left_out": len(wanted) - len(played)}
