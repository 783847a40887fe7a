"""One number per trained policy for ranking: 0 where it misses a gate, otherwise the weighted mean of its parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from envs.airspace.evaluation.settings import Score

EXPLAINED = {
    "separation": "1 - LoS rate on unseen traffic / the gate's",
    "suite": "share of suite scenarios flown without LoS, all arriving",
    "shifts": "1 - LoS rate under the micro and macro shifts, the mean of both",
    "prevention": "intrusion prevention rate on unseen traffic",
    "arrival": "share of aircraft that arrive, unseen traffic",
    "efficiency": "direct / flown distance, unseen traffic",
    "steadiness": "1 - share of consecutive commands that flip sign, unseen traffic",
}
"""The parts of the score, each in 0 .. 1, of deterministic flights."""


def score(figures: Mapping[str, Any], wanted: Score) -> dict[str, Any]:
    """The score, which gates were passed (1 or 0), and the parts, from the figures that evaluate writes.

    Gates, of deterministic flights: no more near mid-air collisions on unseen traffic and the suite together than
    allowed, and a LoS rate on unseen traffic below the bar. A part that nothing tells of (no conflict to prevent, no
    consecutive commands, no shift) is 1.
    """
    suite, test = (figures[name]["deterministic"] for name in ("suite", "test"))
    near = suite["near_mid_air_episodes"] + test["near_mid_air_episodes"]
    gates = {
        "near_mid_air": int(near <= wanted.gates.near_mid_air_episodes),
        "los_rate": int(test["los_rate"] < wanted.gates.los_rate),
    }
    parts = _parts(figures, wanted.gates.los_rate)
    weights = {name: getattr(wanted.weights, name) for name in parts}
    mean = sum(weights[name] * part for name, part in parts.items()) / sum(weights.values())
    return {"score": mean * min(gates.values()), "gates": gates, "parts": parts}


def _parts(figures: Mapping[str, Any], largest_los_rate: float) -> dict[str, float]:
    suite, test = (figures[name]["deterministic"] for name in ("suite", "test"))
    shifts = [band["los_rate"] for name, band in figures["shifts"]["deterministic"].items() if name != "none"]
    prevention, oscillation = test["intrusion_prevention"], test["oscillation"]
    efficiency = test["path_efficiency"]
    return {
        "separation": max(0.0, 1.0 - test["los_rate"] / largest_los_rate),
        "suite": suite["solved"] / suite["scenarios"],
        "shifts": 1.0 - sum(shifts) / len(shifts) if shifts else 1.0,
        "prevention": 1.0 if prevention is None else prevention,
        "arrival": test["arrived_share"],
        "efficiency": 0.0 if efficiency is None else efficiency,
        "steadiness": 1.0 if oscillation is None else 1.0 - oscillation,
    }
