"""The published figures that this project is measured against, and ours beside them.

Panigrahi, "Simulation and quantification of ML-based hallucination effects on safety margins in en route control",
master's thesis, TU Dresden 2025: PPO with a policy shared by four aircraft, on nine scenarios.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from envs.ground.intervals import wilson

NINE = tuple(f"{family}_{layout}" for family in ("chase", "merge", "cross") for layout in ("2x2", "3p1", "4all"))

PUBLISHED = (
    ("deterministic", NINE, "88.9 %", "its one policy for mixed traffic, trained on all nine"),
    ("stochastic", NINE[0::3], "5.5 %", "policies trained for one scenario, at home"),
    ("stochastic", NINE[1::3], "8.3 %", "policies trained for one scenario, at home"),
    ("stochastic", NINE[2::3], "18.4 %", "policies trained for one scenario, at home"),
    ("stochastic", NINE, "72 to 79 %", "policies trained for one scenario, on the others"),
)
"""How they flew, which scenarios, episodes with loss of separation, and who flew."""

TRAINING = (
    ("chase_2x2", 738_000, 3.0),
    ("chase_3p1", 902_000, 3.8),
    ("chase_4all", 82_000, 3.5),
    ("cross_2x2", 820_000, 4.6),
    ("cross_3p1", 1_312_000, 9.5),
    ("cross_4all", 951_000, 4.2),
    ("merge_2x2", 574_000, 2.3),
    ("merge_3p1", 1_263_000, 7.3),
    ("merge_4all", 2_034_000, 5.1),
    ("mixed traffic, one policy for all", 2_509_000, 5.4),
)
"""Trained on what; steps to five flawless episodes in a row; hours in all (on an RTX 3090)."""


def beside_published(suite: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Our shares of episodes with loss of separation on the same scenarios, flown the same way, beside theirs.

    Args:
        suite: one policy's episodes of the set suite.

    Columns: mode, scenarios, published, who, episodes, value, low, high (Wilson), and yardstick (orca's rate on the
    same scenarios). Only rows of which all scenarios were flown.
    """
    rows: list[dict[str, Any]] = []
    for mode, names, published, who in PUBLISHED:
        flown = suite[(suite["mode"] == mode) & suite["scenario"].isin(names)]
        if set(flown["scenario"]) != set(names):
            continue
        rule = suite[(suite["mode"] == "orca") & suite["scenario"].isin(names)]
        low, high = wilson(int(flown["los"].sum()), len(flown), confidence)
        row: dict[str, Any] = {"mode": mode, "scenarios": ", ".join(names) if len(names) < len(NINE) else "all nine"}
        row |= {"published": published, "who": who, "episodes": len(flown), "value": flown["los"].mean()}
        rows.append(row | {"low": low, "high": high, "yardstick": rule["los"].mean()})
    return pd.DataFrame(rows)
