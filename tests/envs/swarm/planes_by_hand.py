"""Planes with few things on them, whose numbers can be worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from envs.swarm.simulation.batch import SwarmBatch
from envs.swarm.simulation.compiled.observation import layout
from envs.swarm.simulation.scenario import Scenario
from envs.swarm.simulation.settings import SwarmSettings

Place = tuple[float, float]


def scenario(
    *teams: list[Place],
    hives: tuple[Place, ...] = (),
    resources: tuple[tuple[float, float, float, int], ...] = (),
    obstacles: tuple[tuple[float, float, float], ...] = (),
    returns: bool = False,
    name: str = "by_hand",
) -> Scenario:
    """Teams at places; hives of teams 0, 1 ..; resources (x, y, value, carriers); obstacles (x, y, radius)."""
    document = {
        "scenario_name": name,
        "family": "war",
        "side_m": 60.0,
        "returns": returns,
        "agents": [{"team": t, "x_m": x, "y_m": y} for t, places in enumerate(teams) for x, y in places],
        "hives": [{"team": t, "x_m": x, "y_m": y} for t, (x, y) in enumerate(hives)],
        "resources": [{"x_m": x, "y_m": y, "value": v, "carriers": c} for x, y, v, c in resources],
        "obstacles": [{"x_m": x, "y_m": y, "radius_m": r} for x, y, r in obstacles],
    }
    return Scenario.from_values(document)


def batch_of(own: Scenario, **settings: Any) -> SwarmBatch:
    """One world in which this episode has begun."""
    batch = SwarmBatch(SwarmSettings.from_values(settings), 1, 0, scenarios=[own])
    batch.begin(np.array([0]), np.array([0]), np.array([1], np.uint64))
    return batch


def act(batch: SwarmBatch, *actions: tuple[float, float, float]) -> None:
    """One step with these actions of the first agents, zeros of the others."""
    array = np.zeros((1, batch.num_slots, 3))
    for a, action in enumerate(actions):
        array[0, a] = action
    batch.step(array)


def seen(batch: SwarmBatch, a: int, name: str) -> float:
    """A number that an agent sees, by its name."""
    return float(batch.observation[0, a, layout(batch.settings.observation).index(name)])
