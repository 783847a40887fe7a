"""How many aircraft-steps per second (10 s of flight: state, separation, observations, rewards) does the batch do?

Beside it, in the same rounds, the same rules in plain NumPy: a PettingZoo environment alone, and through SuperSuit.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import numpy as np

from benchmarks.drawn import drawn_scenarios
from benchmarks.plain_airspace import PlainAirspace
from benchmarks.table import compare
from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.scenario import Scenario
from envs.ground.compiled_world.batch import set_num_threads
from envs.ground.rows.vectorize import general_road

_SECONDS = 1.0
_PLAIN_WORLDS = 16


def settings(num_aircraft: int) -> AirspaceSettings:
    """Procedural traffic of so many aircraft, else as by default."""
    return AirspaceSettings.from_values({"procedural": {"min_aircraft": num_aircraft, "max_aircraft": num_aircraft}})


def measure(num_worlds: int, num_aircraft: int, num_threads: int) -> Callable[[], float]:
    """A measurement of active aircraft-steps per second under random actions."""
    batch = AirspaceBatch(settings(num_aircraft), num_worlds, seed=0, discount=0.97)
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


def measure_plain(scenarios: list[Scenario]) -> Callable[[], float]:
    """The same of one plain world."""
    world, rng = PlainAirspace(scenarios), np.random.default_rng(0)
    actions = rng.uniform(-1, 1, (len(world.possible_agents), 2))

    def run() -> float:
        world.reset(seed=0)
        flown, started = 0, time.perf_counter()
        while time.perf_counter() - started < _SECONDS:
            flown += int((~world.arrived).sum())
            world.step(dict(zip(world.agents, actions, strict=True)))
            if not world.agents:
                world.reset()
        return flown / (time.perf_counter() - started)

    return run


def measure_supersuit(scenarios: list[Scenario], num_worlds: int) -> Callable[[], float]:
    """The same of plain worlds that SuperSuit has made rows of and concatenated."""
    venv = general_road(partial(PlainAirspace, scenarios), num_worlds, seed=0)
    actions = np.random.default_rng(0).uniform(-1, 1, (venv.num_envs, 2)).astype(np.float32)

    def run() -> float:
        venv.reset()
        flown, started = 0, time.perf_counter()
        while time.perf_counter() - started < _SECONDS:
            flown += int(venv.active.sum())
            venv.step(actions)
        return flown / (time.perf_counter() - started)

    return run


def main() -> None:
    """Print the table."""
    four = drawn_scenarios(settings(4), 64, seed=0)
    plain = {
        f"plain NumPy, {_PLAIN_WORLDS} worlds of 4 through SuperSuit": measure_supersuit(four, _PLAIN_WORLDS),
        "plain NumPy, 1 world of 4": measure_plain(four),
    }
    sizes = [(1024, 4), (1, 4), (64, 4), (16384, 4), (64, 20)]
    measures = {
        f"{worlds} worlds of {aircraft}, {threads} thread(s)": measure(worlds, aircraft, threads)
        for worlds, aircraft in sizes
        for threads in (2, 1)
    }
    compare("Simulation", "aircraft-steps per second", plain | measures, repetitions=5)
