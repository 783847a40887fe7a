"""The report's ranking of policies: scores with their gates and parts, and what may be claimed over training runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from pipeline.evaluation.resampling import Bootstrap
from pipeline.evaluation.run_results import improvements, over_runs, profiles
from pipeline.pictures.curve_pictures import draw_profiles
from pipeline.report.policies import PolicyReport
from pipeline.report.subject import Subject


def ranking(policies: Sequence[PolicyReport], subject: Subject, settings: Any, bootstrap: Bootstrap) -> dict[str, Any]:
    """Everything that the template shows of it; the policy with the best mean score first.

    Args:
        settings: the world's, of evaluation.
    """
    tables, leading = {each.name: each.scenarios for each in policies}, subject.leading
    evaluation = subject.world.evaluation
    best_first = sorted(policies, key=_mean_score, reverse=True)
    weights = evaluation.weights(settings)
    parts = {name: (f"{weight:g}", evaluation.score_words[name]) for name, weight in weights.items()}
    return {
        "parts": parts,
        "gates": evaluation.gates(settings),
        "rows": [row for policy in best_first for row in _score_rows(policy, list(parts))],
        "middles": _rows(over_runs(tables, leading, bootstrap), ("policy", "runs", "tasks")),
        "improvements": _rows(improvements(tables, leading, subject.rules, bootstrap), ("ours", "theirs")),
        "profiles": Markup(draw_profiles(profiles(tables, leading, bootstrap), subject.task_score)),
    }


def _mean_score(policy: PolicyReport) -> float:
    return sum(found["score"] for found in policy.scores.values()) / len(policy.scores)


def _score_rows(policy: PolicyReport, parts: Sequence[str]) -> list[dict[str, Any]]:
    """One row per seed: score, gates that were missed, and each part."""
    return [
        {
            "name": policy.name,
            "seed": seed,
            "score": f"{found['score']:.3f}",
            "missed": ", ".join(name.replace("_", " ") for name, passed in found["gates"].items() if not passed),
            "parts": [f"{found['parts'][name]:.3f}" for name in parts],
        }
        for seed, found in policy.scores.items()
    ]


def _rows(table: pd.DataFrame, names: tuple[str, ...]) -> list[list[str]]:
    """The columns `names`, then value and interval (none from a single run)."""
    rows = []
    for row in table.to_dict("records"):
        interval = f"{row['low']:.3f} to {row['high']:.3f}" if math.isfinite(row["low"]) else "a single run: none"
        rows.append([*(str(row[name]) for name in names), f"{row['value']:.3f}", interval])
    return rows
