"""What happens if nobody acts: who comes closest, when, and whether separation is lost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from envs.airspace.baselines.reports import truth
from envs.airspace.baselines.voltage_potential import encounters
from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.traffic.traffic_settings import STEP_S
from envs.ground.play import Episodes, Space, play
from envs.ground.steering import Nothing, Steering

TOLD = {
    "hold_los": "separation lost",
    "hold_min_separation_nm": "min separation, NM",
    "hold_closest_s": "at, s",
    "hold_pair": "of",
    "hold_los_seconds": "lost for, s",
    "hold_all_arrived": "all arrive",
}
"""The columns that are told of episodes in which nobody acts, in words."""

_SAME_NM = 1e-6  # distances that differ by less are equal: the first pair and the earliest time count
_SECTORS_PER_BLOCK = 32  # memory grows with the square of the aircraft
_GENERAL = ["scenario", "episode_seed", "family", "num_agents"]
_COLUMNS = ["los", "all_arrived", "min_separation_nm", "los_seconds"]


def if_nobody_acts(space: Space, episodes: Episodes, worlds_per_block: int) -> pd.DataFrame:
    """One row per episode, see Scenarios.nothing_done: conflicting where separation is lost.

    The smallest separation (hold_min_separation_nm), when (hold_closest_s) and of whom (hold_pair); in a sector nobody
    is watched, for pairs come and go.
    """
    if space.settings.traffic == "sector":
        return _held(space, episodes, Nothing(), _SECTORS_PER_BLOCK).assign(hold_closest_s=np.nan, hold_pair="")
    watch = _HoldAndWatch(len(episodes))
    table = _held(space, episodes, watch, worlds_per_block)
    alone = ~np.isfinite(watch.closest_nm)
    pairs = zip(table["scenario"], watch.pair, alone, strict=True)
    return table.assign(
        hold_closest_s=np.where(alone, np.nan, watch.closest_s), hold_pair=[_names(space, *row) for row in pairs]
    )


def _held(space: Space, episodes: Episodes, steering: Steering, worlds_per_block: int) -> pd.DataFrame:
    table = play(space, episodes, steering, worlds_per_block=worlds_per_block).episodes
    held = table[_COLUMNS].add_prefix("hold_")
    return table[_GENERAL].assign(conflicting=table["los"]).join(held)


def _names(space: Space, scenario: str, pair: np.ndarray, alone: bool) -> str:
    if alone:
        return ""
    ids = {known.name: known.ids for known in space.scenarios}.get(scenario)
    return ", ".join(ids[a] if ids else f"AC{a + 1}" for a in pair)


class _HoldAndWatch:
    """Steers nobody, and notes which pair comes closest, and when.

    Nobody turns, so within a step all fly straight and the closest approach is exact; only a pair of which one vanishes
    at its waypoint is watched to the end of that step.
    """

    def __init__(self, num_episodes: int) -> None:
        self.closest_nm = np.full(num_episodes, np.inf)
        self.closest_s = np.zeros(num_episodes)
        self.pair = np.zeros((num_episodes, 2), int)

    def begin(self, batch: AirspaceBatch, first: int) -> None:
        """See Steering.begin."""
        self._first = first

    def steer(self, batch: AirspaceBatch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        seen, count = encounters(batch, truth(batch)), batch.num_slots
        after_h = np.clip(seen.tcpa_h, 0.0, STEP_S / 3600.0)
        vector_nm = seen.position_nm + seen.velocity_kt * after_h[..., None]
        separation_nm = np.where(seen.pairs, np.hypot(vector_nm[..., 0], vector_nm[..., 1]), np.inf)
        flat_nm, rows = separation_nm.reshape(batch.num_worlds, -1), np.arange(batch.num_worlds)
        nearest = (flat_nm <= flat_nm.min(1, keepdims=True) + _SAME_NM).argmax(1)
        closer = (flat_nm[rows, nearest] < self.closest_nm[self._first + rows] - _SAME_NM) & ~batch.worlds.done
        own = self._first + rows[closer]
        self.closest_nm[own] = flat_nm[closer, nearest[closer]]
        after_s = 3600.0 * after_h.reshape(batch.num_worlds, -1)[closer, nearest[closer]]
        self.closest_s[own] = STEP_S * batch.worlds.step[closer] + after_s
        self.pair[own] = np.stack(np.divmod(nearest[closer], count), -1)
        return np.zeros((batch.num_worlds, count, 2))
