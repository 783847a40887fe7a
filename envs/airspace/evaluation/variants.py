"""Variants of a named scenario: turned, mirrored, starts jittered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from envs.airspace.simulation.traffic.scenario import Scenario, close_starts

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
