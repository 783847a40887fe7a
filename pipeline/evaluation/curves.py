"""Rates of the policy and of the rules in the same episodes, over all of them and over an axis of drawn sets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from envs.ground.columns import columns_of
from envs.ground.evaluating import Axis
from pipeline.evaluation.figures import summarise
from pipeline.evaluation.judged import ALL_OURS, Judged, quantile_figures
from pipeline.evaluation.rates import estimates
from pipeline.evaluation.resampling import Bootstrap
from pipeline.evaluation.statistics import Estimate


def rates(runs: Sequence[pd.DataFrame], mode: str, world: Judged, bootstrap: Bootstrap) -> pd.DataFrame:
    """A row per figure of `estimates`, and per quantile: mode, figure, value, low, high, unit, num_units.

    Quantiles are means over runs, without an interval.

    Args:
        runs: the same set's episodes as evaluated with each seed; of a rule the first stands for all.
    """
    first = runs[0]
    references = {name: first[first["mode"] == name] for name in world.evaluation.references}
    played = [run[run["mode"] == mode] for run in (runs if mode in ALL_OURS else runs[:1])]
    found = estimates(played, references, world, bootstrap)
    lists = pd.DataFrame([quantile_figures(columns_of(run), world) for run in played]).mean()
    unit, num_units = next((estimate.unit, estimate.num_units) for estimate in found.values())
    found |= {str(name): Estimate(value, np.nan, np.nan, unit, num_units) for name, value in lists.items()}
    return pd.DataFrame([{"mode": mode, "figure": name} | vars(estimate) for name, estimate in found.items()])


def over_axis(
    runs: Sequence[pd.DataFrame], axis: Axis, modes: Sequence[str], world: Judged, bootstrap: Bootstrap
) -> pd.DataFrame:
    """The rates of the axis' sets, with the column place.

    Raises:
        ValueError: a set that some run did not play; the message names it.
    """
    tables: list[pd.DataFrame] = []
    for place in axis.sets:
        name = axis.set_name(place)
        own = [run[run["set"] == name] for run in runs]
        if any(run.empty for run in own):
            raise ValueError(f"episodes: set {name!r} was not played with every seed, run `dvc repro evaluate`")
        tables += [rates(own, mode, world, bootstrap).assign(place=place) for mode in modes]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["place", "mode", "figure"])


def axis_table(episodes: pd.DataFrame, axes: Sequence[Axis], world: Judged, confidence: float) -> pd.DataFrame:
    """One row per axis, place and mode: what the axis shows. Columns axis, place, mode, figure, value."""
    rows = []
    for axis in axes:
        for place in axis.sets:
            played = episodes[episodes["set"] == axis.set_name(place)]
            for mode, group in played.groupby("mode", sort=False):
                value = summarise(columns_of(group), world, confidence)[axis.figure]
                rows.append({"axis": axis.name, "place": place, "mode": mode, "figure": axis.figure, "value": value})
    return pd.DataFrame(rows, columns=["axis", "place", "mode", "figure", "value"])
