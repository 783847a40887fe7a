"""From tables of episodes to the rates that are compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from envs.boards.evaluation.measuring import BANDS
from envs.ground.columns import Columns

_MOVES = tuple(f"{what}_{band}" for band in BANDS for what in ("judged", "mistakes"))
COUNTED = ("judged", "mistakes", "result", "seat", "against", *_MOVES)
"""The columns that rates are made of."""


def ratios(columns: Columns) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Part and whole of each rate, over whatever the arrays are of: episodes (N,), or runs and episodes (R, N).

    mistake_rate: judged moves that lose value; mistake_rate_BAND: of a band. points: of games against an opponent,
    those won and half of those drawn; points_first, points_second: of those in which ours has the first seat, or the
    second.

    Args:
        columns: those of COUNTED.
    """
    against = columns["against"].astype(float)
    points = (columns["result"] + 1.0) / 2.0
    first, second = against * (columns["seat"] == 0), against * (columns["seat"] == 1)
    of_bands = {f"mistake_rate_{band}": (columns[f"mistakes_{band}"], columns[f"judged_{band}"]) for band in BANDS}
    return {
        "mistake_rate": (columns["mistakes"], columns["judged"]),
        **of_bands,
        "points": (points * against, against),
        "points_first": (points * first, first),
        "points_second": (points * second, second),
    }


def figures(episodes: Columns) -> dict[str, float]:
    """Each rate over all episodes: sum of parts over sum of wholes, NaN where that is 0; and how many moves."""
    columns = {name: np.asarray(episodes[name], np.float64) for name in COUNTED}
    found = {name: _quotient(part.sum(), whole.sum()) for name, (part, whole) in ratios(columns).items()}
    return found | {"judged_moves": float(columns["judged"].sum())}


def headline(found: Mapping[str, Any]) -> dict[str, float]:
    """The few figures that experiments are compared by; deterministic unless named otherwise."""
    test = found["test"]
    told = {"score": found["score"]["score"]}
    told |= {f"test_mistake_rate_{mode}": own["mistake_rate"] for mode, own in test.items()}
    told |= {f"test_{name}": test["deterministic"][name] for name in ("mistaken_rate", "kept")}
    told |= {
        f"points_{name}": own["deterministic"]["points"] for name, own in found.items() if name.startswith("depth_")
    }
    return {name: value for name, value in told.items() if value is not None}


def _quotient(part: float, whole: float) -> float:
    return float(part / whole) if whole else float(np.nan)
