"""How many agent-steps per second (0.5 s of moving, carrying, striking, rewards, observations) does the swarm do?"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

from benchmarks.table import compare
from envs.ground.compiled_world.batch import set_num_threads
from envs.swarm.simulation.batch import SwarmBatch
from envs.swarm.simulation.settings import SwarmSettings

_SECONDS = 1.0
_WARM_UP = 20
_AREA_M2 = 350.0
"""Of the plane, for each agent: eight have a square with a side of 53 m."""


def settings(num_agents: int) -> SwarmSettings:
    """War of two teams with so many agents in all, plane, resources and obstacles in proportion."""
    side, each = math.sqrt(_AREA_M2 * num_agents), num_agents // 2
    resources, obstacles = 2 * num_agents, num_agents // 4
    war = {
        "weight": 1.0,
        "teams": {"low": 2, "high": 2},
        "agents": {"low": each, "high": each},
        "resources": {"low": resources, "high": resources},
        "obstacles": {"low": obstacles, "high": obstacles},
        "heavy_share": 0.25,
    }
    others = {name: {"weight": 0.0} for name in ("gather", "heavy", "skirmish", "raid")}
    values = {"arena": {"side_m": {"low": side, "high": side}}, "families": {**others, "war": war}}
    return SwarmSettings.from_values(values)


def measure(num_worlds: int, num_agents: int, num_threads: int) -> Callable[[], float]:
    """A measurement of active agent-steps per second under random actions that change every few steps."""
    batch, rng = SwarmBatch(settings(num_agents), num_worlds, seed=0), np.random.default_rng(0)
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
