"""Compose the page about scenarios: a proof, a difficulty and a picture of each, and drawn sets by family."""

from __future__ import annotations

import json
import math
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from envs.airspace.simulation.worlds import LOSS_NM
from pipeline.ground.templates import template
from pipeline.scenarios.proofs import NOT_SOLVED

_WAYS = {
    "hold": "nobody acts",
    "direct": "turn to the waypoint",
    "mvp": "look-ahead {look_ahead_s:g} s, margin {margin:g}",
    "search": "one detour and one change of speed each",
}
"""What a plan of each method does."""

METHODS = (*_WAYS, NOT_SOLVED)
_UNKNOWN = "\N{EN DASH}"


def render(proofs: pd.DataFrame, pictures: Mapping[str, str], drawn: Mapping[str, pd.DataFrame]) -> str:
    """Return the page as self-contained HTML.

    Args:
        proofs: a row per named scenario, as `pipeline.scenarios.proven_sets.prove_named` makes them.
        pictures: an SVG by the scenario's name.
        drawn: the drawn sets by name, as `pipeline.scenarios.proven_sets.draw_set` makes them.
    """
    return template("report/scenarios.html.j2").render(
        scenarios=[_scenario(row, pictures[row["scenario"]]) for row in proofs.to_dict("records")],
        unsolved=proofs.loc[~proofs["solved"], "scenario"].tolist(),
        sets={name: _families(table) for name, table in drawn.items()},
        methods=METHODS,
        minimum_nm=f"{LOSS_NM:g}",
    )


def _scenario(row: dict[Hashable, Any], picture: str) -> dict[str, Any]:
    """The cells of one named scenario, as words and numbers to sort by."""
    return {
        "name": row["scenario"],
        "picture": Markup(picture),
        "num_agents": row["num_agents"],
        "hold_nm": _number(row["hold_min_separation_nm"], 2),
        "hold_lost": bool(row["hold_los"]),
        "hold_s": _number(row["hold_closest_s"], 0),
        "hold_pair": row["hold_pair"] or _UNKNOWN,
        "hold_los_s": row["hold_los_seconds"],
        "solved": bool(row["solved"]),
        "method": row["method"],
        "way": _words(row["plan"]),
        "plan_nm": _number(row["plan_min_separation_nm"], 2),
        "plan_s": _number(row["plan_time_s"], 0),
        "difficulty": _number(row["difficulty"], 2),
    }


def _words(plan: str) -> str:
    """How the plan was made."""
    way = json.loads(plan) if plan else None
    return "no plan was found" if way is None else _WAYS[way["method"]].format(**way)


def _families(table: pd.DataFrame) -> list[dict[str, Any]]:
    """One row per family and one for all, each with counts, shares by method and difficulty."""
    groups = [*((str(family), rows) for family, rows in table.groupby("family")), ("all", table)]
    return [_family(name, rows) for name, rows in groups]


def _family(name: str, rows: pd.DataFrame) -> dict[str, Any]:
    share = rows["method"].value_counts(normalize=True)
    return {
        "name": name,
        "episodes": len(rows),
        "num_agents": _number(rows["num_agents"].mean(), 2),
        "conflicts": f"{rows['hold_los'].mean():.1%}",
        "hold_nm": _number(rows["hold_min_separation_nm"].median(), 2),
        "shares": [f"{share.get(method, 0.0):.1%}" for method in METHODS],
        "difficulty": [_number(float(rows["difficulty"].quantile(share)), 2) for share in (0.1, 0.5, 0.9)],
    }


def _number(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}" if math.isfinite(value) else _UNKNOWN
