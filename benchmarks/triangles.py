"""What do rules, and an exported policy, clear in the triangles on unseen streams, and how long does a move take them?

Usage: python -m benchmarks.triangles [NUMBER [EXPORT]]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from envs.ground.play import Episodes, Space, play
from envs.ground.world import SPLITS
from envs.triangles.baselines.room import BASELINES
from envs.triangles.simulation.room import SIMULATION
from envs.triangles.simulation.settings import Observation, TrianglesSettings
from pipeline.export.policy_file import read_policy
from pipeline.settings.params import Params, read_params
from pipeline.settings.worlds import baselines_settings, simulation_settings, with_preset

_NUMBER = 1000
_PRESETS = (None, "trianglengin")
_STEPS = 200


def main() -> None:
    """Print agent-steps per second, then a row for each preset's shapes and player: quantiles over the streams."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else _NUMBER
    policy = read_policy(Path(sys.argv[2]))[0] if len(sys.argv) > 2 else None
    params = read_params(Path("params.yaml"))
    for room in (False, True):
        print(f"room seen {room}: {steps_per_second(room):,.0f} agent-steps per second of processor time")
    for preset in _PRESETS:
        own = with_preset(params, "triangles", preset)
        players: dict[str, Any] = dict(BASELINES.make(baselines_settings(own, "triangles")))
        for name, player in (players if policy is None else players | {"policy": policy}).items():
            print(f"{preset or 'polyiamonds'}, {name}: {told(own, player, number)}", flush=True)


def told(params: Params, player: Any, number: int) -> str:
    """Quantiles of cells cleared and moves on so many unseen streams, and milliseconds of processor time for a move."""
    settings = simulation_settings(params, "triangles", "params.yaml")
    seeds = np.random.default_rng(0).integers(0, 2**62, number, dtype=np.uint64)
    episodes = Episodes.drawn(seeds | (np.uint64(SPLITS["test"]) << np.uint64(62)))
    since = time.process_time()
    table = play(Space(SIMULATION, settings), episodes, player).episodes
    spent_ms = 1000.0 * (time.process_time() - since) / table["steps"].sum()
    tenth, median, ninetieth = np.quantile(table["cleared"], [0.1, 0.5, 0.9])
    cleared = (
        f"cleared {median:.0f} (a tenth {tenth:.0f}, nine tenths {ninetieth:.0f}, mean {table['cleared'].mean():.1f})"
    )
    return f"{cleared}, moves {table['steps'].median():.0f}, {spent_ms:.3f} ms a move"


def steps_per_second(room: bool) -> float:
    """Of 512 worlds, with masks, observations and games begun anew; choices are the first that there are."""
    batch = SIMULATION.batch(TrianglesSettings(observation=Observation(room=room)), 512)
    batch.reset()
    since = 0.0
    for step in range(2 * _STEPS):
        if step == _STEPS:
            since = time.process_time()
        batch.step(batch.allowed().argmax(2)[:, :, None].astype(float))
        ended = np.flatnonzero(batch.done)
        if len(ended):
            batch.reset(ended)
    return float(batch.num_worlds * _STEPS / (time.process_time() - since))


if __name__ == "__main__":
    main()
