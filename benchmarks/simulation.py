"""How many aircraft-steps per second (10 s of flight: state, separation, observations, rewards) does the batch do?"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from benchmarks.table import compare
from envs.airspace.batch import AirspaceBatch, set_num_threads
from envs.airspace.settings import AirspaceSettings

_SECONDS = 1.0


def measure(num_worlds: int, num_aircraft: int, num_threads: int) -> Callable[[], float]:
    """A measurement of active aircraft-steps per second under random actions."""
    count = {"min_aircraft": num_aircraft, "max_aircraft": num_aircraft}
    batch = AirspaceBatch(AirspaceSettings.from_values({"procedural": count}), num_worlds, seed=0, discount=0.97)
    actions = np.random.default_rng(0).uniform(-1, 1, (num_worlds, num_aircraft, 2))

    def run() -> float:
        set_num_threads(num_threads)
        batch.reset()
        batch.step(actions)
        flown, started = 0, time.perf_counter()
        while time.perf_counter() - started < _SECONDS:
            flown += int(batch.worlds.active.sum())
            batch.step(actions)
            ended = np.flatnonzero(batch.worlds.done)
            if len(ended):
                batch.reset(ended)
        return flown / (time.perf_counter() - started)

    return run


def main() -> None:
    """Print the table."""
    sizes = [(1024, 4), (1, 4), (64, 4), (16384, 4), (64, 20)]
    measures = {
        f"{worlds} worlds of {aircraft}, {threads} thread(s)": measure(worlds, aircraft, threads)
        for worlds, aircraft in sizes
        for threads in (2, 1)
    }
    compare("Simulation", "aircraft-steps per second", measures, repetitions=5)
