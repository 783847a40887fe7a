"""Ways that somebody's map gives as lines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from envs.roads.simulation.geometry.assembling import Light, Plan, Route
from envs.roads.simulation.geometry.ground_plans import LinesGround
from envs.roads.simulation.geometry.lines import sample
from envs.roads.simulation.geometry.roads import Roads

_NOWHERE = np.full((2, 2), 1e6)
"""An edge that nobody comes near."""


def plan_of(ground: LinesGround, name: str) -> Plan:
    """The plan of these lines; limits along them come by `finished`."""
    priority = np.zeros((len(ground.ways), len(ground.ways)))
    for first, second in ground.before:
        priority[first, second], priority[second, first] = 1.0, -1.0
    edges = tuple(np.array(line) for line in ground.edges_m if len(line) > 1)
    return Plan(
        ground.family,
        name,
        [
            Route(
                sample(np.array(way.line_m)),
                way.entry,
                way.exit,
                way.limits[0][1],
                stop_m=np.inf if way.stop_m is None else way.stop_m,
                signal=-1 if way.light is None else way.light,
            )
            for way in ground.ways
        ],
        priority,
        edges or (_NOWHERE,),
        ground.touch_m,
        tuple(np.array(line) for line in ground.middle_m if len(line) > 1),
        [Light(lamp.cycle_s, lamp.green_from_s, lamp.green_until_s, lamp.amber_s) for lamp in ground.lamps],
    )


def finished(roads: Roads, ground: LinesGround) -> Roads:
    """The same with limits that change along the ways, and edges no nearer than `aside_m`."""
    limit_mps, at = np.array(roads.limit_mps), np.arange(roads.limit_mps.shape[1])
    for row, way in zip(limit_mps, ground.ways, strict=True):
        for from_m, limit in way.limits:
            row[at >= from_m] = limit
    sides = {name: np.maximum(getattr(roads, name), ground.aside_m) for name in ("left_m", "right_m")}
    return replace(roads, limit_mps=limit_mps, **sides)
