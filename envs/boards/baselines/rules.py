"""Rules as steering; what they choose stands in envs/boards/simulation/compiled/choosing.py."""

from __future__ import annotations

import numpy as np

from envs.boards.simulation.batch import BoardsBatch

_RULES = 0xBA5E
"""Keeps these draws apart from others that begin with an episode's seed."""


class ByRule:
    """Plays by a rule, for whose turn it is; among moves that it likes alike it draws by the episode's seed."""

    def __init__(self, kind: int, depth: int = 1) -> None:
        """One of `KINDS`, with the depth that it looks ahead."""
        self._kind, self._depth = kind, depth

    def begin(self, batch: BoardsBatch, first: int) -> None:
        """See Steering.begin; it remembers nothing."""

    def steer(self, batch: BoardsBatch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        return batch.choose(self._kind, self._depth, _RULES)
