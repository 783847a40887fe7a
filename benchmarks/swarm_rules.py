"""What do the swarm's rules reach, by family, on drawn validation episodes?

Usage: python -m benchmarks.swarm_rules [NUMBER]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from envs.ground.defaults import NoSettings
from envs.ground.play import Episodes, Space, play
from envs.ground.world import SPLITS
from envs.swarm.baselines.room import BASELINES
from envs.swarm.simulation.room import SIMULATION
from pipeline.settings.params import read_params
from pipeline.settings.worlds import simulation_settings

_NUMBER = 400
_COLUMNS = ("achieved", "survivors", "delivered", "points", "minutes")


def main() -> None:
    """Print a row for each family and rule: means over its episodes, in which `opponent` has the other sides."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else _NUMBER
    settings = simulation_settings(read_params(Path("params.yaml")), "swarm", "params.yaml")
    seeds = np.random.default_rng(0).integers(0, 2**62, number, dtype=np.uint64)
    episodes = Episodes.drawn(seeds | (np.uint64(SPLITS["validation"]) << np.uint64(62)))
    space, tables = Space(SIMULATION, settings), []
    for name, rule in BASELINES.make(NoSettings()).items():
        tables.append(play(space, episodes, rule).episodes.assign(rule=name))
    table = pd.concat(tables).groupby(["family", "rule"])[list(_COLUMNS)].mean()
    print(f"{number} validation episodes, the other sides of contests: {settings.opponent.kind}")
    print(table.round(3).to_string())


if __name__ == "__main__":
    main()
