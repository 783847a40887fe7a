"""Rules as steering; what they choose stands in envs/triangles/baselines/compiled/looking.py."""

from __future__ import annotations

import numpy as np

from envs.triangles.baselines.compiled.looking import choose_by_beam, choose_greedily
from envs.triangles.simulation.batch import TrianglesBatch
from envs.triangles.simulation.compiled.worlds import OFFERED

_GREEDY = np.uint64(0x67EED)
"""Keeps these draws apart from others that begin with an episode's seed."""


class Greedy:
    """Clears as many cells as it can at once; among moves that clear alike it draws by the episode's seed."""

    def begin(self, batch: TrianglesBatch, first: int) -> None:
        """See Steering.begin; it remembers nothing."""

    def steer(self, batch: TrianglesBatch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        choices = np.zeros((batch.num_worlds, 1, 1))
        choose_greedily(batch.records, batch.catalogue.tables, _GREEDY, choices)
        return choices


class Beam:
    """Searches the shapes on offer; see `beam_choice`."""

    def __init__(self, width: int, room_weight: float, depth: int = OFFERED) -> None:
        """Follow up the best `width` positions after each of `depth` moves; a place of room is worth so many cells."""
        self._room_weight, self._depth = room_weight, depth
        self._nodes, self._values = np.zeros((2, width, 5), np.int64), np.zeros((2, width))

    def begin(self, batch: TrianglesBatch, first: int) -> None:
        """See Steering.begin; it remembers nothing."""

    def steer(self, batch: TrianglesBatch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        choices, scratch = np.zeros((batch.num_worlds, 1, 1)), (self._nodes, self._values)
        choose_by_beam(batch.records, batch.catalogue.tables, self._room_weight, self._depth, *scratch, choices)
        return choices
