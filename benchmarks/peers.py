"""How many agent-steps per second do other learners do? A grid of environments and learners, so that neither hides.

All learn PPO with 256x256, batches of 6400 rows, minibatches of 512, 10 epochs, in 16 worlds of four aircraft. What is
counted are steps of active aircraft, whatever a learner itself counts. Ours, Stable-Baselines3 and SBX take the plain
worlds over SuperSuit and our batch whole; RLlib and BenchMARL take PettingZoo worlds, so our batch is its PettingZoo
face, a world at a time. `make bench-peers` installs the peers.
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from pettingzoo import ParallelEnv
from rich.console import Console
from rich.table import Table
from stable_baselines3 import PPO
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper

from benchmarks.drawn import drawn_scenarios
from benchmarks.peer_task import (
    GAMMA,
    LAYERS,
    LEARNING_RATE,
    MINIBATCH_ROWS,
    NUM_AIRCRAFT,
    NUM_EPOCHS,
    NUM_STEPS,
    NUM_WORLDS,
)
from benchmarks.plain_airspace import PlainAirspace
from benchmarks.simulation import settings
from envs import vectorize
from envs.airspace.simulation.parallel_env import AirspaceParallelEnv
from envs.airspace.simulation.room import SIMULATION
from envs.ground.rows.vectorize import general_road
from pipeline.algorithms.table import make_algorithm
from pipeline.ground.threads import set_threads

SAME: dict[str, Any] = {
    "n_steps": NUM_STEPS,
    "batch_size": MINIBATCH_ROWS,
    "n_epochs": NUM_EPOCHS,
    "gamma": GAMMA,
    "learning_rate": LEARNING_RATE,
}


class Counted(VecEnvWrapper):
    """Counts the steps of active rows."""

    num_flown = 0

    def reset(self) -> np.ndarray:
        """See VecEnv."""
        return self.venv.reset()

    def step_wait(self) -> Any:
        """See VecEnv."""
        self.num_flown += int(self.venv.active.sum())
        return self.venv.step_wait()


def ours(venv: VecEnv) -> Any:
    """This project's PPO."""
    hyperparameters = {**SAME, "policy_kwargs": {"net_arch": LAYERS, "activation_fn": "tanh"}}
    learner: Any = make_algorithm("ppo", hyperparameters, venv, 0, gradient="compiled")
    return learner.model


def stock(venv: VecEnv) -> Any:
    """Stable-Baselines3 as it is: inactive rows are learned from as well."""
    return PPO("MlpPolicy", venv, **SAME, seed=0, device="cpu", policy_kwargs={"net_arch": LAYERS})


def sbx(venv: VecEnv) -> Any:
    """SBX, Stable-Baselines3's algorithms in JAX."""
    from flax import linen
    from sbx import PPO as JaxPPO  # noqa: N811 - of the same name

    kwargs = {"net_arch": LAYERS, "activation_fn": linen.tanh}
    return JaxPPO("MlpPolicy", venv, **SAME, seed=0, policy_kwargs=kwargs)


def rllib(make_env: Callable[[], ParallelEnv]) -> Callable[[], float]:
    """RLlib's PPO."""
    from benchmarks.peer_rllib import measure_rllib

    return measure_rllib(make_env)


def benchmarl(make_env: Callable[[], ParallelEnv]) -> Callable[[], float]:
    """BenchMARL's independent PPO."""
    from benchmarks.peer_benchmarl import measure_benchmarl

    return measure_benchmarl(make_env)


LEARNERS: dict[str, Callable[[VecEnv], Any]] = {"ours": ours, "Stable-Baselines3": stock, "SBX": sbx}
MEASURES: dict[str, Callable[[Callable[[], ParallelEnv]], Callable[[], float]]] = {
    "RLlib": rllib,
    "BenchMARL": benchmarl,
}


def measure(make_learner: Callable[[VecEnv], Any], make_venv: Callable[[], VecEnv]) -> Callable[[], float]:
    """A measurement of agent-steps per second over one batch; what is compiled has been before."""
    venv = Counted(make_venv())
    model = make_learner(venv)
    model.set_logger(Logger(folder=None, output_formats=[]))
    model.learn(1)

    def run() -> float:
        before, started = venv.num_flown, time.perf_counter()
        model.learn(1, reset_num_timesteps=False)
        return (venv.num_flown - before) / (time.perf_counter() - started)

    return run


def measures(names: list[str]) -> dict[tuple[str, str], Callable[[], float]]:
    """By environment and learner."""
    four = settings(NUM_AIRCRAFT)
    scenarios = drawn_scenarios(four, 64, seed=0)
    plain = partial(PlainAirspace, scenarios)
    values = {**four.model_dump(mode="json"), "discount": GAMMA}
    vectorised = {
        "plain NumPy": partial(general_road, plain, NUM_WORLDS, 0),
        "our batch": partial(vectorize, "airspace_v0", values, NUM_WORLDS, 0),
    }
    parallel = {"plain NumPy": plain, "our batch": partial(AirspaceParallelEnv, **values)}

    def prepare(environment: str, name: str) -> Callable[[], float]:
        if name in MEASURES:
            return MEASURES[name](parallel[environment])
        return measure(LEARNERS[name], vectorised[environment])

    return {(environment, name): prepare(environment, name) for name in names for environment in vectorised}


def grid(rounds: list[dict[tuple[str, str], float]]) -> Table:
    """Medians over the rounds, and in brackets lowest and highest; a row per learner, a column per environment."""
    places = list(rounds[0])
    environments, learners = (list(dict.fromkeys(place[axis] for place in places)) for axis in (0, 1))
    table = Table(title=f"PPO 256x256 (agent-steps per second, median of {len(rounds)} rounds, lowest to highest)")
    table.add_column("")
    for environment in environments:
        table.add_column(environment, justify="right")
    for learner in learners:
        cells = []
        for environment in environments:
            rates = sorted(found[environment, learner] for found in rounds)
            cells.append(f"{statistics.median(rates):,.0f} ({rates[0]:,.0f} to {rates[-1]:,.0f})")
        table.add_row(learner, *cells)
    return table


def main() -> None:
    """Print the grid."""
    known = [*LEARNERS, *MEASURES]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--learners", nargs="+", choices=known, default=known)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2, help="of torch and of our batch; JAX takes all cores")
    chosen = parser.parse_args()
    warnings.filterwarnings("ignore", message="You have specified a mini-batch size")  # a batch is 12.5 of them
    set_threads(SIMULATION, chosen.threads, chosen.threads)
    prepared = measures(chosen.learners)
    places = list(prepared)
    turns = [places[turn % len(places) :] + places[: turn % len(places)] for turn in range(chosen.rounds)]
    rounds = [{place: prepared[place]() for place in turn} for turn in turns]  # nobody always comes after the same one
    Console().print(grid(rounds))


if __name__ == "__main__":
    main()
