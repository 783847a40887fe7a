"""Two baselines through the same episodes: nobody acting beside a geometric resolver, on drawn traffic.

Usage, where params.yaml lies: python examples/compare_resolvers.py
"""

from __future__ import annotations

import numpy as np

from envs.ground import doors
from envs.ground.play import Episodes, Space, play
from pipeline.ground.paths import PARAMS
from pipeline.settings.params import read_params
from pipeline.settings.worlds import baselines_settings

NUM_EPISODES = 100


def main() -> None:
    """Print how often each loses separation, and in how many episodes one does and the other does not."""
    simulation, baselines = doors.simulation("airspace"), doors.baselines("airspace")
    space = Space(simulation, simulation.settings())
    episodes = Episodes.drawn(np.arange(NUM_EPISODES, dtype=np.uint64))
    rules = baselines.make(baselines_settings(read_params(PARAMS), "airspace"))
    lost = {name: play(space, episodes, rules[name]).episodes["los"].to_numpy() for name in ("hold", "mvp")}
    for name, own in lost.items():
        print(f"{name} ({baselines.words[name]}): separation lost in {own.mean():.0%} of {NUM_EPISODES} episodes")
    alone = {name: (own & ~lost[other]).sum() for (name, own), other in zip(lost.items(), ("mvp", "hold"), strict=True)}
    print(f"lost by hold alone: {alone['hold']}, by mvp alone: {alone['mvp']}")


if __name__ == "__main__":
    main()
