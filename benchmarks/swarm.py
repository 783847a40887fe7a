"""How many agent-steps per second (0.5 s of moving, carrying, striking, rewards, observations) does the swarm do?"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

from benchmarks.table import compare
from envs.ground.compiled_world.batch import set_num_threads
from envs.swarm.simulation.batch import SwarmBatch
from envs.swarm.simulation.scenario import Scenario
from envs.swarm.simulation.settings import SwarmSettings

_SECONDS = 1.0
_WARM_UP = 10
_AREA_M2 = 350.0
"""Of the plane, for each agent: eight have a square with a side of 53 m."""


def lattice(num_agents: int) -> Scenario:
    """War of two teams that stand in rows all over the plane, with two resources each and an obstacle for four."""
    side = math.sqrt(_AREA_M2 * num_agents)
    columns = math.ceil(math.sqrt(num_agents))
    step = side / columns
    cells = [((k % columns + 0.5) * step, (k // columns + 0.5) * step) for k in range(num_agents)]
    resource = {"value": 10.0, "carriers": 1}
    return Scenario.from_values(
        {
            "scenario_name": f"lattice_{num_agents}",
            "family": "war",
            "side_m": side,
            "returns": True,
            "agents": [{"team": 2 * k // num_agents, "x_m": x, "y_m": y} for k, (x, y) in enumerate(cells)],
            "hives": [{"team": t, "x_m": 0.5 * side, "y_m": (0.25 + 0.5 * t) * side} for t in range(2)],
            "resources": [
                {"x_m": x + 0.25 * step * by, "y_m": y - 0.25 * step, **resource} for x, y in cells for by in (-1, 1)
            ],
            "obstacles": [{"x_m": x, "y_m": y + 0.4 * step, "radius_m": 2.0} for x, y in cells[::4]],
        }
    )


def measure(num_worlds: int, num_agents: int, num_threads: int) -> Callable[[], float]:
    """A measurement of active agent-steps per second under random actions that change every few steps."""
    batch = SwarmBatch(SwarmSettings(), num_worlds, seed=0, scenarios=[lattice(num_agents)])
    rng = np.random.default_rng(0)
    actions = np.repeat(rng.uniform(-1.0, 1.0, (4, num_worlds, batch.num_slots, 3)), 4, 0)
    batch.reset()

    def step(number: int) -> int:
        played = int(batch.active.sum())
        batch.step(actions[number % len(actions)])
        ended = np.flatnonzero(batch.done)
        if len(ended):
            batch.reset(ended)
        return played

    def run() -> float:
        set_num_threads(num_threads)
        for number in range(_WARM_UP):
            step(number)
        played, number, started = 0, 0, time.perf_counter()
        while time.perf_counter() - started < _SECONDS:
            played += step(number)
            number += 1
        return played / (time.perf_counter() - started)

    return run


def main() -> None:
    """Print the table."""
    measures = {
        f"{worlds} world(s) of {agents} agents, {threads} thread(s)": measure(worlds, agents, threads)
        for agents, worlds in ((8, 512), (16, 256), (64, 64), (256, 16), (1000, 4))
        for threads in (2, 1)
    }
    compare("Swarm", "agent-steps per second", measures, repetitions=5)


if __name__ == "__main__":
    main()
