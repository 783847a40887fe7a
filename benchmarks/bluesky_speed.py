"""How many aircraft-steps per second does BlueSky do, driven as ours is: python -m benchmarks.bluesky_speed.

Run by `make fidelity`, in the environment of the extra. An aircraft-step is 10 s of flight after one action. BlueSky's
world gets our commands, separation and observations around its motion (`envs/airspace/outside/batch.py`), but no
rewards; as it computes all aircraft of a simulation together, a second row flies many worlds in one, and of those the
motion alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.drawn import drawn_scenarios
from benchmarks.simulation import measure, settings
from benchmarks.table import compare
from envs.airspace.outside.batch import OutsideBatch
from envs.airspace.outside.bluesky import BlueSky, BlueSkyInFrame
from envs.airspace.simulation.compiled.worlds import TICKS_PER_STEP
from envs.airspace.simulation.disturbance_settings import Wind
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.performance import aircraft_type
from envs.airspace.simulation.traffic.scenario import Scenario

_SECONDS = 1.0
_ROUNDS = 3
_NUM_AIRCRAFT = 4
_TOGETHER = 64
_NUM_STEPS = 5
"""Steps that the worlds flown together go on for."""


def measure_world(scenarios: Sequence[Scenario], simulator: BlueSkyInFrame) -> Callable[[], float]:
    """A measurement of active aircraft-steps per second, one world after the other, under random actions."""
    given = AirspaceSettings(), tuple(scenarios), simulator
    batch = OutsideBatch(*given, discount=1.0, performance=aircraft_type)  # no rewards, so no discount
    actions, first = np.random.default_rng(0).uniform(-1, 1, (1, batch.num_slots, 2)), np.array([0])

    def run() -> float:
        batch.begin(first, first, first.astype(np.uint64))
        batch.step(actions)  # compiles, the first time
        flown, spent, number = 0, 0.0, 0
        while spent < _SECONDS:
            batch.begin(first, np.array([number % len(scenarios)]), first.astype(np.uint64))
            started, number = time.perf_counter(), number + 1
            while not batch.worlds.done[0] and spent + time.perf_counter() - started < _SECONDS:
                flown += int(batch.worlds.active.sum())
                batch.step(actions)
            spent += time.perf_counter() - started
        return flown / spent

    return run


def measure_together(scenarios: Sequence[Scenario], simulator: BlueSkyInFrame) -> Callable[[], float]:
    """A measurement of aircraft-steps per second of all scenarios in one simulation: commands and motion alone."""
    changes = np.random.default_rng(0).uniform(-1, 1, (sum(s.num_aircraft for s in scenarios), 2)) * (18.0, 10.0)

    def run() -> float:
        now = simulator.begin_all(scenarios, Wind())
        started = time.perf_counter()
        for _ in range(_NUM_STEPS):
            for a, (turn_deg, faster_kt) in enumerate(changes):
                simulator.turn(a, now.heading_deg[a] + turn_deg)
                simulator.change_speed(a, now.cas_kt[a] + faster_kt)
            for _ in range(TICKS_PER_STEP):
                now = simulator.tick()
        return len(changes) * _NUM_STEPS / (time.perf_counter() - started)

    return run


def main() -> None:
    """Print the table."""
    simulator, scenarios = BlueSkyInFrame(BlueSky()), drawn_scenarios(settings(_NUM_AIRCRAFT), _TOGETHER, seed=0)
    measures = {
        f"BlueSky, 1 world of {_NUM_AIRCRAFT}": measure_world(scenarios, simulator),
        f"BlueSky, {_TOGETHER} worlds of {_NUM_AIRCRAFT}, motion alone": measure_together(scenarios, simulator),
    }
    for num_worlds, threads in ((1, 1), (_TOGETHER, 1), (1024, 1), (1024, 2)):
        name = f"ours, {num_worlds} world(s) of {_NUM_AIRCRAFT}, {threads} thread(s)"
        measures[name] = measure(num_worlds, _NUM_AIRCRAFT, threads)
    compare("BlueSky and ours", "aircraft-steps per second", measures, _ROUNDS)


if __name__ == "__main__":
    main()
