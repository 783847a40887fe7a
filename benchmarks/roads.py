"""How many car-steps per second (0.2 s of driving, crashes, rewards, observations) do the roads do?"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from benchmarks.table import compare
from envs.ground.compiled_world.batch import set_num_threads
from envs.roads.simulation.batch import RoadsBatch
from envs.roads.simulation.settings import RoadsSettings

_SECONDS = 1.0
_WARM_UP = 60
_NUM_ROADS = 64


def settings(num_cars: int) -> RoadsSettings:
    """Junctions of so many cars, of which 8 enter within 5 s, more of them longer."""
    cars = {"min_cars": num_cars, "max_cars": num_cars, "entries_within_s": 5.0 * num_cars / 8}
    return RoadsSettings.from_values({"cars": cars, "num_roads": _NUM_ROADS, "episode": {"max_steps": 400}})


def measure(num_worlds: int, num_cars: int, num_threads: int) -> Callable[[], float]:
    """A measurement of active car-steps per second under random actions that brake less than they accelerate."""
    batch, rng = RoadsBatch(settings(num_cars), num_worlds, seed=0), np.random.default_rng(0)
    actions = rng.uniform((-0.3, -1.0), (0.5, 1.0), (8, num_worlds, num_cars, 2))
    batch.reset()

    def step(number: int) -> int:
        driven = int(batch.worlds.active.sum())
        batch.step(actions[number % len(actions)])
        ended = np.flatnonzero(batch.worlds.done)
        if len(ended):
            batch.reset(ended)
        return driven

    def run() -> float:
        set_num_threads(num_threads)
        for number in range(_WARM_UP):
            step(number)
        driven, number, started = 0, 0, time.perf_counter()
        while time.perf_counter() - started < _SECONDS:
            driven += step(number)
            number += 1
        return driven / (time.perf_counter() - started)

    return run


def main() -> None:
    """Print the table."""
    measures = {
        f"{worlds} worlds of {cars} cars, {threads} thread(s)": measure(worlds, cars, threads)
        for worlds, cars in ((512, 8), (256, 16), (128, 32), (64, 64))
        for threads in (2, 1)
    }
    compare("Roads", "car-steps per second", measures, repetitions=5)


if __name__ == "__main__":
    main()
