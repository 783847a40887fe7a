"""Does it pay to play the next rollout while the last is learned from? python -m benchmarks.lagged [WORLD ..]

Agent-steps per second of trainings as params.yaml has them, in turn, with the threads that it names. Rollouts beside
learning gain where one leaves a core idle: worlds in Python, gradients by torch in one thread.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from contextlib import suppress

from benchmarks.table import compare
from benchmarks.unwatched import unwatched
from envs.ground.doors import simulation
from pipeline.ground.paths import PARAMS
from pipeline.ground.threads import set_threads
from pipeline.settings.params import read_params, train_settings

ALGORITHMS, WORLDS = ("ppo", "impala", "appo"), ("airspace", "pettingzoo")


def measure(world: str, algorithm: str, gradient: str, seconds: float) -> Callable[[], float]:
    """A measurement of one training, going on for so long each time."""
    policy = {"only": {"algorithm": algorithm, "gradient": gradient}}
    assignment, learner = unwatched(read_params(PARAMS).model_copy(update={"policies": policy}), 0, world)
    train = assignment.train

    def run() -> float:
        set_threads(simulation(world), train.torch_threads, train.environment_threads)
        before, started = learner.num_timesteps, time.perf_counter()

        def between(own: object) -> None:
            if time.perf_counter() - started > seconds:
                raise StopIteration

        with suppress(StopIteration):
            learner.learn(1_000_000_000, between)
        return (learner.num_timesteps - before) / (time.perf_counter() - started)

    return run


def able(world: str) -> list[str]:
    """Those that the world's preset has a section for."""
    params = read_params(PARAMS)
    preset = train_settings(params, world, next(iter(params.policies))).preset
    return [name for name in ALGORITHMS if name in params.presets[preset]]


def main() -> None:
    """Print a table for each world and way to compute gradients."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("worlds", nargs="*", default=WORLDS)
    parser.add_argument("--gradients", nargs="+", default=["auto", "torch"])
    parser.add_argument("--seconds", type=float, default=10.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    for world in asked.worlds:
        for gradient in asked.gradients:
            measures = {name: measure(world, name, gradient, asked.seconds) for name in able(world)}
            busy = f"{os.getloadavg()[0]:.1f} processes wanted {os.cpu_count()} cores"
            compare(f"{world}, gradient {gradient}, {busy}", "agent-steps per second", measures, asked.rounds)


if __name__ == "__main__":
    main()
