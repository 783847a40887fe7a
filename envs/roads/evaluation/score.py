"""One number per trained policy for ranking: 0 where it misses the gate, otherwise the weighted mean of its parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from envs.roads.evaluation.settings import Score

EXPLAINED = {
    "driving": "V-Max's score, mean over the cars of unseen traffic",
    "safety": "1 - share of cars lost in unseen traffic / the gate's",
    "arrival": "share of cars that arrive, unseen traffic",
    "suite": "share of suite scenarios driven clean, all arriving",
    "shifts": "1 - share of failed episodes under the micro and macro shifts, the mean of both",
}
"""The parts of the score, each in 0 .. 1, of deterministic drives. Lost: collided, off the road, past a red light."""


def score(figures: Mapping[str, Any], wanted: Score) -> dict[str, Any]:
    """The score, whether the gate was passed (1 or 0), and the parts, from the figures that evaluate writes.

    The gate, of deterministic drives: fewer cars lost in unseen traffic than the bar. A part that nothing tells of (no
    suite, no shift) is 1.
    """
    test = figures["test"]["deterministic"]
    gates = {"lost_cars": int(test["lost_cars"] < wanted.gates.lost_cars)}
    parts = _parts(figures, wanted.gates.lost_cars)
    weights = {name: getattr(wanted.weights, name) for name in parts}
    mean = sum(weights[name] * part for name, part in parts.items()) / sum(weights.values())
    return {"score": mean * min(gates.values()), "gates": gates, "parts": parts}


def _parts(figures: Mapping[str, Any], most_lost: float) -> dict[str, float]:
    test, suite = figures["test"]["deterministic"], figures["suite"].get("deterministic", {})
    bands = figures["shifts"].get("deterministic", {})
    shifts = [band["failed_rate"] for name, band in bands.items() if name != "none"]
    return {
        "driving": test["vmax_score"],
        "safety": max(0.0, 1.0 - test["lost_cars"] / most_lost),
        "arrival": test["arrived_cars"],
        "suite": suite["solved"] / suite["scenarios"] if suite else 1.0,
        "shifts": 1.0 - sum(shifts) / len(shifts) if shifts else 1.0,
    }
