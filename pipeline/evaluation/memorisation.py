"""Does a policy know the named scenarios by heart? Each one turned, mirrored and jittered, many times, flown again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from envs.airspace.simulation.scenario import Scenario, close_starts
from envs.ground.play import Episodes, Space, play
from pipeline.evaluation.figures import wilson
from pipeline.evaluation.measuring import Pilot

_TRIES = 1000


def vary(scenario: Scenario, jitter_nm: float, rng: np.random.Generator) -> Scenario:
    """The scenario turned by any angle, mirrored or not, each start moved by up to `jitter_nm` in any direction.

    Its notes say by how much. A jitter that brings two starts below 5 NM is drawn again.

    Raises:
        ValueError: starts stand so close that no such jitter was found.
    """
    turn_deg, mirrored = rng.uniform(0.0, 360.0), bool(rng.integers(2))
    side = -1.0 if mirrored else 1.0
    position_nm = _jitter(scenario, jitter_nm, rng)
    return replace(
        scenario,
        position_nm=_turn(position_nm * (side, 1.0), turn_deg),
        waypoint_nm=_turn(scenario.waypoint_nm * (side, 1.0), turn_deg),
        heading_deg=(side * scenario.heading_deg + turn_deg) % 360.0,
        notes=f"turned by {turn_deg:.1f} degrees{', mirrored' if mirrored else ''}",
    )


def memorisation(
    airspace: Space,
    scenarios: Sequence[Scenario],
    pilot: Pilot,
    variants: int,
    jitter_nm: float,
    seed: int,
    confidence: float,
) -> pd.DataFrame:
    """One row per scenario: what happens in as many variants, and which one came closest.

    Columns: scenario, variants, los_episodes, los_rate, los_low, los_high (Wilson), all_arrived_rate,
    min_separation_nm of the worst variant, its number, and what was done to it.
    """
    rows: list[dict[str, Any]] = []
    for number, scenario in enumerate(scenarios):
        rng = np.random.default_rng([seed, number])
        drawn = tuple(vary(scenario, jitter_nm, rng) for _ in range(variants))
        episodes = Episodes.of_scenarios(range(variants), 1, seed)
        block = replace(airspace, scenarios=drawn)
        flown = play(block, episodes, pilot.steers, stochastic=pilot.stochastic, worlds_per_block=variants).episodes
        rows.append({"scenario": scenario.name} | _summarise(flown, drawn, confidence))
    return pd.DataFrame(rows)


def _summarise(flown: pd.DataFrame, drawn: Sequence[Scenario], confidence: float) -> dict[str, Any]:
    lost, worst = int(flown["los"].sum()), int(flown["min_separation_nm"].to_numpy().argmin())
    low, high = wilson(lost, len(flown), confidence)
    return {
        "variants": len(flown),
        "los_episodes": lost,
        "los_rate": lost / len(flown),
        "los_low": low,
        "los_high": high,
        "all_arrived_rate": float(flown["all_arrived"].mean()),
        "min_separation_nm": float(flown["min_separation_nm"].iloc[worst]),
        "worst_variant": worst,
        "worst_change": drawn[worst].notes,
    }


def _jitter(scenario: Scenario, jitter_nm: float, rng: np.random.Generator) -> np.ndarray:
    for _ in range(_TRIES):
        angle = rng.uniform(0.0, 2.0 * np.pi, scenario.num_aircraft)
        radius_nm = jitter_nm * np.sqrt(rng.uniform(0.0, 1.0, scenario.num_aircraft))  # uniform over the disc
        moved = scenario.position_nm + radius_nm[:, None] * np.stack([np.sin(angle), np.cos(angle)], 1)
        if not close_starts(moved):
            return moved
    raise ValueError(f"scenario {scenario.name!r}: no jitter of {jitter_nm:g} NM keeps all starts 5 NM apart")


def _turn(points_nm: np.ndarray, turn_deg: float) -> np.ndarray:
    """Points (A, 2), east and north, turned clockwise about the centre."""
    sine, cosine = np.sin(np.radians(turn_deg)), np.cos(np.radians(turn_deg))
    return points_nm @ np.array([[cosine, -sine], [sine, cosine]])
