"""Lights, one for each arm, in phases; and whether they ever show green to two routes that cross."""

from __future__ import annotations

import numpy as np

from envs.roads.simulation.geometry.assembling import Light
from envs.roads.simulation.geometry.ground_plans import Lights
from envs.roads.simulation.geometry.roads import Roads


def of_phases(lights: Lights) -> list[Light]:
    """One light for each arm."""
    found: dict[int, Light] = {}
    begin_s = 0.0
    for phase in lights.phases:
        until_s = begin_s + phase.green_s
        found |= {arm: Light(lights.cycle_s, begin_s, until_s, lights.amber_s) for arm in phase.arms}
        begin_s = until_s + lights.amber_s + lights.clear_s
    return [found[arm] for arm in sorted(found)]


def green_together(roads: Roads) -> tuple[int, int] | None:
    """Two routes of different entries that meet and have green at the same time, if there are any."""
    lit = roads.signal >= 0
    begin = np.where(lit, roads.green_from_s[roads.signal] if roads.num_signals else 0.0, np.inf)
    until = np.where(lit, roads.green_until_s[roads.signal] if roads.num_signals else 0.0, np.inf)
    overlap = (begin[:, None] < until[None]) & (begin[None] < until[:, None])
    apart = roads.entry[:, None] != roads.entry[None]
    both = lit[:, None] & lit[None] & overlap & apart & np.isfinite(roads.meets_from_m)
    pairs = np.argwhere(both)
    return (int(pairs[0, 0]), int(pairs[0, 1])) if len(pairs) else None
