"""How many agent-steps per second (active rows only) does training do, rollouts and updates, evaluation left out?"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from benchmarks.table import compare
from benchmarks.unwatched import unwatched
from envs.airspace.simulation.room import SIMULATION
from pipeline.ground.paths import PARAMS
from pipeline.ground.threads import set_threads
from pipeline.settings.params import Params, read_params

_TIMESTEPS = 300_000


def measure(params: Params, num_threads: int, gradient: str) -> Callable[[], float]:
    """A measurement of the first policy's training with this many threads for torch and for the worlds."""
    params = params.model_copy(update={"train": params.train.model_copy(update={"gradient": gradient})})
    _, learner = unwatched(params, seed=0)

    def run() -> float:
        set_threads(SIMULATION, num_threads, num_threads)
        before, started = learner.num_timesteps, time.perf_counter()
        learner.learn(before + _TIMESTEPS, lambda learner: None)
        return (learner.num_timesteps - before) / (time.perf_counter() - started)

    return run


def main() -> None:
    """Print the table."""
    params = read_params(PARAMS)
    try:
        measures = {
            f"{threads} thread(s), gradient {gradient}": measure(params, threads, gradient)
            for gradient in ("compiled", "torch")
            for threads in (2, 1)
        }
    except ValueError as error:
        sys.exit(f"error: {error}")
    compare("Training, as in params.yaml", "agent-steps per second", measures, repetitions=5)
