"""The transfer matrix: every policy on every scenario, beside the rules, as shares of episodes without separation."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

MODES = ("deterministic", "stochastic")
RULES = ("mvp", "direct", "hold")


def transfer_matrix(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """LoS rates (NaN where not flown): a row per policy and mode, then per rule; a column per scenario, and the mean.

    Args:
        tables: by policy, rows per (set, scenario, mode, seed) as evaluate wrote them; seeds are averaged. The rules
            fly the same scenarios in each and are taken from the first.
    """
    rows = {
        f"{name}, {mode}": _rates(table, mode)
        for name, table in tables.items()
        for mode in MODES
        if (table["mode"] == mode).any()
    }
    first = next(iter(tables.values()), pd.DataFrame({"mode": []}))
    rows |= {rule: _rates(first, rule) for rule in RULES if (first["mode"] == rule).any()}
    matrix = pd.DataFrame.from_dict(rows, orient="index")
    return matrix.assign(mean=matrix.mean(axis=1)) if len(matrix) else matrix


def _rates(table: pd.DataFrame, mode: str) -> dict[str, float]:
    flown = table[table["mode"] == mode]
    name = flown["scenario"].where(flown["scenario"] != "procedural", flown["set"])
    rates = flown.groupby(name, sort=False)["los_rate"].mean()
    return {str(name): float(rate) for name, rate in rates.items()}
