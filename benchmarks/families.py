"""What does each algorithm reach in one small world by equally many steps? As its section of a preset has it.

Two aircraft off course in the airspace: to fly to the waypoint within 40 decisions, and not into each other. Each
learns by each seed, on one thread, and then flies the same 200 drawn episodes without noise; nothing is chosen by them.

Usage: python -m benchmarks.families --seeds 0 1 2 [--algorithms ppo td3] [--steps 60000]. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.traffic_settings import FAMILIES
from envs.ground.intervals import mean_interval
from envs.ground.play import Episodes, Space, play
from envs.ground.rows.normalize import ActiveVecNormalize
from pipeline.algorithms.learner import Facts
from pipeline.algorithms.table import ALGORITHMS, make_algorithm
from pipeline.ground.paths import PARAMS
from pipeline.ground.threads import set_threads
from pipeline.policies.deployed import TorchPolicy
from pipeline.settings.params import read_params

OFF_COURSE: dict[str, Any] = {
    "episode": {"max_steps": 40},
    "procedural": {
        "max_aircraft": 2,
        "families": {family: float(family == "random") for family in FAMILIES},
        "random": {
            "waypoint_distance_nm": {"low": 15.0, "high": 25.0},
            "off_course_deg": {"low": -60.0, "high": 60.0},
        },
    },
}
PRESET, NUM_WORLDS, EPISODES, CONFIDENCE = "general", 32, 200, 0.95
DISCOUNT = 0.99
"""Of what is paid for progress in those episodes, the same for all."""
ABLE = tuple(name for name, kind in ALGORITHMS.items() if not kind.needs)
"""Those that want nothing else of a world than rows."""
HEAD = "| algorithm | actions | mean return | aircraft arrive, % | thousand steps per second |\n|---|---|---|---|---|"


def figures(algorithm: str, hyperparameters: Mapping[str, Any], seed: int, steps: int) -> dict[str, float]:
    """Return, share of aircraft that arrive, and agent-steps per second of one training."""
    takes = ALGORITHMS[algorithm].takes
    own = {**OFF_COURSE, "actions": {"kind": "discrete" if takes == "discrete" else "continuous"}}
    settings, gamma = AirspaceSettings.from_values(own), float(hyperparameters["gamma"])
    venv = ActiveVecNormalize(SIMULATION.vectorized(settings, NUM_WORLDS, seed=seed, discount=gamma), gamma=gamma)
    learner = make_algorithm(algorithm, dict(hyperparameters), venv, seed, Facts.of(SIMULATION, settings))
    begun = time.perf_counter()
    learner.learn(steps, lambda learner: None)
    seconds = time.perf_counter() - begun
    drawn = Episodes.drawn(np.random.SeedSequence(1).generate_state(EPISODES, np.uint64))
    flown = play(Space(SIMULATION, settings, (), DISCOUNT), drawn, TorchPolicy(learner.actor())).episodes
    reached = {"return": float(flown["return"].mean()), "arrived": 100.0 * float(flown["arrived_share"].mean())}
    return reached | {"speed": learner.num_timesteps / seconds / 1000.0}


def line(algorithm: str, found: list[dict[str, float]]) -> str:
    """A line of the table: means over seeds with Student's interval, and the median speed."""
    takes = "choices" if ALGORITHMS[algorithm].takes == "discrete" else "numbers"
    cells = [_interval(np.array([own[name] for own in found])) for name in ("return", "arrived")]
    speed = float(np.median([own["speed"] for own in found]))
    return f"| `{algorithm}` | {takes} | {' | '.join(cells)} | {speed:.1f} |"


def _interval(values: np.ndarray) -> str:
    low, high = mean_interval(values, CONFIDENCE)
    beside = f" ({low:.1f} to {high:.1f})" if len(values) > 1 else ""
    return f"{values.mean():.1f}{beside}"


def main() -> None:
    """Print the table, line by line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--algorithms", nargs="+", choices=ABLE, default=ABLE)
    parser.add_argument("--steps", type=int, default=60_000, help="agent-steps of each training")
    asked = parser.parse_args()
    presets = read_params(PARAMS).presets[PRESET]
    set_threads(SIMULATION, 1, 1)
    print(HEAD, flush=True)
    for algorithm in asked.algorithms:
        found = [figures(algorithm, presets[algorithm], seed, asked.steps) for seed in asked.seeds]
        print(line(algorithm, found), flush=True)


if __name__ == "__main__":
    main()
