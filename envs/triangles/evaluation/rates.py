"""From tables of episodes to the rates that are compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from envs.ground.columns import Columns

COUNTED = ("cleared", "steps", "lines", "multiple")
"""The columns that rates are made of."""
COMPARED = ("cleared",)
"""Those that are held beside the beam's."""
_QUANTILES = {"cleared_tenth": 0.1, "cleared_median": 0.5, "cleared_ninetieth": 0.9}


def ratios(columns: Columns) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Part and whole of each rate, over whatever the arrays are of: episodes (N,), or runs and episodes (R, N).

    cleared_per_move: cells. multiple_rate: moves that clear several lines.

    Args:
        columns: those of COUNTED.
    """
    return {
        "cleared_per_move": (columns["cleared"], columns["steps"]),
        "multiple_rate": (columns["multiple"], columns["steps"]),
    }


def beside(columns: Columns) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """of_beam: cells cleared, of those that the beam clears in the same episodes."""
    return {"of_beam": (columns["cleared"], columns["cleared_of_beam"])}


def over_wholes(found: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    """Each rate over all episodes: sum of parts over sum of wholes, NaN where that is 0."""
    sums = {name: (float(np.sum(part)), float(np.sum(whole))) for name, (part, whole) in found.items()}
    return {name: part / whole if whole else np.nan for name, (part, whole) in sums.items()}


def figures(episodes: Columns) -> dict[str, float]:
    """Each rate over all episodes, quantiles of the cells cleared, and the median of moves."""
    cleared, moves = np.asarray(episodes["cleared"]), np.asarray(episodes["steps"])
    told = {name: float(np.quantile(cleared, at)) if len(cleared) else np.nan for name, at in _QUANTILES.items()}
    told["moves_median"] = float(np.median(moves)) if len(moves) else np.nan
    return told | over_wholes(ratios({name: np.asarray(episodes[name], np.float64) for name in COUNTED}))


def headline(found: Mapping[str, Any]) -> dict[str, float]:
    """The few figures that experiments are compared by; deterministic unless named otherwise."""
    told = {"score": found["score"]["score"]}
    for name in ("cleared_median", "cleared", "moves_median"):
        told |= {f"test_{name}_{mode}": own[name] for mode, own in found["test"].items()}
    return {name: value for name, value in told.items() if value is not None}
