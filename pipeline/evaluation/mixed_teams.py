"""Mixed equipage: some aircraft of each episode are flown by one pilot, the others by another."""

from __future__ import annotations

import numpy as np
import pandas as pd

from envs.airspace.simulation.batch import AirspaceBatch
from envs.ground.play import Episodes, Space
from envs.ground.policy import Policy
from envs.ground.steering import Steering, as_steering
from pipeline.evaluation.figures import wilson
from pipeline.evaluation.measuring import Pilot, fly_measured

_SHARES_OF_AIRCRAFT = 1
"""Keeps these draws apart from others that begin with an episode's seed."""


class MixedEquipage:
    """Gives each aircraft to one of two pilots, drawn from its episode's seed (see Steering).

    Who is ours at some share is ours at all larger ones, so that shares differ in as few aircraft as possible.
    """

    def __init__(self, ours: Policy | Steering, others: Policy | Steering, share: float) -> None:
        """Each aircraft is one of `ours` with probability `share`."""
        self._ours, self._others, self._share = as_steering(ours), as_steering(others), share

    def begin(self, batch: AirspaceBatch, first: int) -> None:
        """See Steering.begin."""
        self._ours.begin(batch, first)
        self._others.begin(batch, first)
        drawn = [
            np.random.default_rng([int(seed), _SHARES_OF_AIRCRAFT]).random(batch.num_slots)
            for seed in batch.worlds.episode_seed
        ]
        self._is_ours = np.stack(drawn) < self._share

    def steer(self, batch: AirspaceBatch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        return np.where(self._is_ours[:, :, None], self._ours.steer(batch, noise), self._others.steer(batch, noise))


def fly_mixed(
    airspace: Space,
    episodes: Episodes,
    ours: Pilot,
    others: list[Pilot],
    shares: tuple[float, ...],
    worlds_per_block: int,
    confidence: float,
) -> pd.DataFrame:
    """One row per other pilot and share of ours, on the same episodes.

    Columns: others (its mode), share, episodes, los_episodes, los_rate, los_low, los_high (Wilson), arrived_share.
    """
    rows = []
    for other in others:
        for share in shares:
            pilot = Pilot(f"{share:.0%} {ours.mode}", MixedEquipage(ours.steers, other.steers, share))
            flown = fly_measured(airspace, episodes, pilot, worlds_per_block).episodes
            lost, count = int(flown["los"].sum()), len(flown)
            low, high = wilson(lost, count, confidence)
            rates = {"los_episodes": lost, "los_rate": lost / count, "los_low": low, "los_high": high}
            arrived = float(flown["arrived_share"].mean())
            rows.append({"others": other.mode, "share": share, "episodes": count} | rates | {"arrived_share": arrived})
    return pd.DataFrame(rows)
