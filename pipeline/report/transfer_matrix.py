"""The transfer matrix: every policy on every scenario, beside the rules, by the leading figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from envs.ground.world import DRAWN_NAME
from pipeline.evaluation.judged import OURS


def transfer_matrix(tables: Mapping[str, pd.DataFrame], rules: Sequence[str]) -> pd.DataFrame:
    """The leading figure (NaN where not played): a row per policy and mode, then per rule; columns: scenarios, mean.

    Args:
        tables: by policy, rows per (set, scenario, mode, seed) as evaluate wrote them; seeds are averaged. The rules
            play the same scenarios in each and are taken from the first.
    """
    rows = {
        f"{name}, {mode}": _figures(table, mode)
        for name, table in tables.items()
        for mode in OURS
        if (table["mode"] == mode).any()
    }
    first = next(iter(tables.values()), pd.DataFrame({"mode": []}))
    rows |= {rule: _figures(first, rule) for rule in rules if (first["mode"] == rule).any()}
    matrix = pd.DataFrame.from_dict(rows, orient="index")
    return matrix.assign(mean=matrix.mean(axis=1)) if len(matrix) else matrix


def _figures(table: pd.DataFrame, mode: str) -> dict[str, float]:
    played = table[table["mode"] == mode]
    name = played["scenario"].where(played["scenario"] != DRAWN_NAME, played["set"])
    figures = played.groupby(name, sort=False)["leading"].mean()
    return {str(name): float(value) for name, value in figures.items()}
