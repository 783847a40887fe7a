"""MAPPO or independent PPO? Equal steps, equal hyperparameters, but for what the critic sees.

Two tasks with one team each, so that `team` and `world` are the same: mpe2's simple_spread, and the swarm's `gather`.
Each learns by each seed, as its preset in params.yaml has it, and then plays the same 200 drawn episodes by its
likeliest actions; nothing is chosen by them.

Usage: python -m benchmarks.central_critics spread|gather --steps 98304 --seeds 0 1 2. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np

from envs.ground import doors
from envs.ground.intervals import mean_interval
from envs.ground.play import Episodes, Space, play
from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.world import SPLITS
from pipeline.algorithms.learner import Facts
from pipeline.algorithms.table import make_algorithm
from pipeline.ground.paths import PARAMS
from pipeline.ground.threads import set_threads
from pipeline.policies.deployed import TorchPolicy
from pipeline.settings.params import read_params, train_settings
from pipeline.settings.worlds import simulation_settings, with_preset

TASKS: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "spread": ("pettingzoo", "simple_spread", "return", {}),
    "gather": ("swarm", "together", "achieved", {"families": {"heavy": {"weight": 0.0}}}),
}
"""World, preset, what counts, and how its simulation departs from that."""
CRITICS: dict[str, dict[str, Any]] = {
    "ppo": {},
    "mappo, mean": {"critic_sees": "world", "critic_pooling": "mean", "critic_width": 64},
    "mappo, attention": {"critic_sees": "world", "critic_pooling": "attention", "critic_width": 64},
}
EPISODES, CONFIDENCE = 200, 0.95
HEAD = "| {} | {} | seeds | thousand agent-steps/s |\n|---|---|---|---|"


def reached(task: str, critic: str, seed: int, steps: int) -> tuple[float, float]:
    """What counts on unseen episodes after so many agent-steps, and thousand agent-steps per second of training."""
    world, preset, counts, changes = TASKS[task]
    params = with_preset(read_params(PARAMS), world, preset)
    simulation, train = doors.simulation(world), train_settings(params, world, "generic")
    settings = simulation_settings(params, world)
    settings = type(settings).from_values(_merged(settings.model_dump(mode="json"), changes))
    set_threads(simulation, 1, 1)
    hyperparameters = {**train.hyperparameters, **CRITICS[critic]}
    gamma = float(hyperparameters["gamma"])
    worlds = simulation.vectorized(settings, train.num_worlds, seed=seed, discount=gamma)
    venv = ActiveVecNormalize(
        worlds, norm_obs=train.normalize_observation, norm_reward=train.normalize_reward, gamma=gamma
    )
    facts = Facts.of(simulation, settings)
    learner = make_algorithm(critic.split(",")[0], hyperparameters, venv, seed, facts, gradient="auto")
    begun = time.perf_counter()
    learner.learn(steps, lambda learner: None)
    speed = learner.num_timesteps / (time.perf_counter() - begun) / 1000.0
    seeds = np.random.default_rng(0).integers(0, 2**62, EPISODES, dtype=np.uint64)
    episodes = Episodes.drawn(seeds | (np.uint64(SPLITS["test"]) << np.uint64(62)))
    played = play(Space(simulation, settings, (), gamma), episodes, TorchPolicy(learner.actor())).episodes
    return float(played[counts].mean()), speed


def _merged(values: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Nested values with nested changes."""
    inner = {name: _merged(values[name], own) if isinstance(own, dict) else own for name, own in changes.items()}
    return {**values, **inner}


def line(critic: str, found: list[tuple[float, float]]) -> str:
    """A line of the table: the mean over seeds with Student's interval, each seed, and the median speed."""
    values, speeds = np.array(found).T
    low, high = mean_interval(values, CONFIDENCE)
    seeds = ", ".join(f"{value:.3g}" for value in values)
    return f"| `{critic}` | {values.mean():.3g} ({low:.3g} to {high:.3g}) | {seeds} | {np.median(speeds):.1f} |"


def main() -> None:
    """Print the table, line by line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--steps", type=int, required=True, help="agent-steps of each training")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--critics", nargs="+", choices=CRITICS, default=list(CRITICS))
    asked = parser.parse_args()
    print(HEAD.format(asked.task, TASKS[asked.task][2]), flush=True)
    for critic in asked.critics:
        print(line(critic, [reached(asked.task, critic, seed, asked.steps) for seed in asked.seeds]), flush=True)


if __name__ == "__main__":
    main()
