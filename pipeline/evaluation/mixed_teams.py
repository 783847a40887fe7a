"""Mixed teams: some agents of each episode are played by one contestant, the others by another."""

from __future__ import annotations

import numpy as np
import pandas as pd

from envs.ground.columns import columns_of
from envs.ground.evaluating import Teams
from envs.ground.play import Episodes, Space
from envs.ground.policy import Policy
from envs.ground.steering import Steering, as_steering
from envs.ground.world import Batch
from pipeline.evaluation.judged import Judged, outcome_figures
from pipeline.evaluation.measuring import Contestant, play_measured
from pipeline.settings.evaluate import Evaluate

_SHARES_OF_AGENTS = 1
"""Keeps these draws apart from others that begin with an episode's seed."""
COLUMNS = ("others", "share", "episodes", "leading")
"""What the table has at least."""


class MixedTeams:
    """Gives each agent to one of two contestants, drawn from its episode's seed (see Steering).

    Who is ours at some share is ours at all larger ones, so that shares differ in as few agents as possible.
    """

    def __init__(self, ours: Policy | Steering, others: Policy | Steering, share: float) -> None:
        """Each agent is one of `ours` with probability `share`."""
        self._ours, self._others, self._share = as_steering(ours), as_steering(others), share

    def begin(self, batch: Batch, first: int) -> None:
        """See Steering.begin."""
        self._ours.begin(batch, first)
        self._others.begin(batch, first)
        drawn = [
            np.random.default_rng([int(seed), _SHARES_OF_AGENTS]).random(batch.num_slots) for seed in batch.episode_seed
        ]
        self._is_ours = np.stack(drawn) < self._share

    def steer(self, batch: Batch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        return np.where(self._is_ours[:, :, None], self._ours.steer(batch, noise), self._others.steer(batch, noise))


def play_mixed(
    space: Space, seeds: np.ndarray, contestants: list[Contestant], world: Judged, teams: Teams | None, wanted: Evaluate
) -> pd.DataFrame:
    """One row per other contestant and share of ours (the first contestant), on the same drawn episodes.

    Columns: others (its mode), share, episodes, and the outcomes' figures.
    """
    rows = []
    ours, episodes = contestants[0], Episodes.drawn(seeds[: teams.num_episodes if teams else 0])
    for other in [each for each in contestants if teams and each.mode in teams.beside]:
        for share in teams.shares if teams else ():
            mixed = Contestant(f"{share:.0%} {ours.mode}", MixedTeams(ours.acts, other.acts, share))
            played = play_measured(space, episodes, mixed, world.evaluation, wanted.worlds_per_block).episodes
            found = outcome_figures(columns_of(played), world, wanted.confidence)
            rows.append({"others": other.mode, "share": share, "episodes": len(played)} | found)
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=list(COLUMNS))
