"""Variants of a named scenario: agents, resources and hives moved a little."""

from __future__ import annotations

from typing import Any

import numpy as np

from envs.swarm.evaluation.settings import Jitter
from envs.swarm.simulation.scenario import Scenario

_FROM_WALL_M = 1.0


def vary(scenario: Scenario, jitter: Jitter, rng: np.random.Generator) -> Scenario:
    """The scenario with each team, with its hive, and each resource moved up to `jitter.place_m` along both axes.

    Its notes say how far the first team was moved. A team moves as one, so that its agents do not overlap.
    """
    document = scenario.model_dump(mode="json")
    moves = rng.uniform(-jitter.place_m, jitter.place_m, (scenario.num_teams, 2))
    for kind in ("agents", "hives"):
        for thing in document[kind]:
            _move(thing, moves[thing["team"]], scenario.side_m)
    for resource in document["resources"]:
        _move(resource, rng.uniform(-jitter.place_m, jitter.place_m, 2), scenario.side_m)
    document["notes"] = f"moved by {moves[0, 0]:+.1f}, {moves[0, 1]:+.1f} m"
    return Scenario.from_values(document)


def _move(thing: dict[str, Any], by: np.ndarray, side_m: float) -> None:
    for axis, name in enumerate(("x_m", "y_m")):
        thing[name] = float(np.clip(thing[name] + by[axis], _FROM_WALL_M, side_m - _FROM_WALL_M))
