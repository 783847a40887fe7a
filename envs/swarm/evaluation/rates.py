"""From tables of episodes to the rates that are compared: of one policy, and beside `assign` in the same episodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from envs.ground.columns import Columns

COUNTED = (
    *("num_agents", "value", "shared_value", "minutes", "contest", "points"),
    *("deaths", "dealt", "taken", "captures", "moved_m"),
)
"""The columns that rates are made of."""
COMPARED = ("value",)


def ratios(columns: Columns) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Part and whole of each rate, over whatever the arrays are of: episodes (N,), or runs and episodes (R, N).

    value_per_agent_minute: brought home. shared_value: of what one team alone brought home, what several carried.
    points: of contests, those won and half of those drawn. deaths_per_agent. dealt_over_taken: health.
    captures_per_contest. metres_per_value.

    Args:
        columns: those of COUNTED.
    """
    contest, agents = columns["contest"].astype(float), columns["num_agents"].astype(float)
    return {
        "value_per_agent_minute": (columns["value"], agents * columns["minutes"]),
        "shared_value": (columns["shared_value"] * (1.0 - contest), columns["value"] * (1.0 - contest)),
        "points": (np.nan_to_num(columns["points"]) * contest, contest),
        "deaths_per_agent": (columns["deaths"], agents),
        "dealt_over_taken": (columns["dealt"], columns["taken"]),
        "captures_per_contest": (columns["captures"] * contest, contest),
        "metres_per_value": (columns["moved_m"] * (columns["value"] > 0.0), columns["value"]),
    }


def beside(columns: Columns) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """of_assign: value brought home by one team alone, over what `assign` brings home in the same episodes."""
    alone = 1.0 - columns["contest"].astype(float)
    return {"of_assign": (columns["value"] * alone, columns["value_of_assign"] * alone)}


def figures(parts: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    """Each rate over all episodes: sum of parts over sum of wholes, NaN where that is 0."""
    return {name: _quotient(part.sum(), whole.sum()) for name, (part, whole) in parts.items()}


def numbers(columns: Columns) -> dict[str, np.ndarray]:
    """What rates are made of, ours and the rules', as numbers (N,)."""
    wanted = [name for name in columns if name.partition("_of_")[0] in COUNTED]
    return {str(name): np.asarray(columns[name], np.float64) for name in wanted}


def headline(found: Mapping[str, Any]) -> dict[str, float]:
    """The few figures that experiments are compared by; deterministic unless named otherwise."""
    test, told = found["test"], {"score": found["score"]["score"]}
    told |= {f"test_achieved_{mode}": own["achieved"] for mode, own in test.items()}
    ours = test["deterministic"]
    told |= {f"test_{name}": ours[name] for name in ("of_assign", "survivors", "points", "return_mean") if name in ours}
    told |= {
        f"points_{name}": own["deterministic"]["points"] for name, own in found.items() if name.startswith("rule_")
    }
    return {name: value for name, value in told.items() if value is not None}


def _quotient(part: float, whole: float) -> float:
    return float(part / whole) if whole else float(np.nan)
