"""Measures a block of drives while they are driven."""

from __future__ import annotations

import pandas as pd

from envs.roads.evaluation.recorder import DriveRecorder
from envs.roads.evaluation.table import measure
from envs.roads.simulation.batch import RoadsBatch

_CARS_PER_BLOCK = 8192
"""Each takes about 20 kB in an episode of 200 steps."""


class DriveMeasuring:
    """See envs/ground/evaluating.py: Measuring."""

    def __init__(self, batch: RoadsBatch) -> None:
        """Measure the episodes that have just begun."""
        self._recorder = DriveRecorder(batch)
        self._recorder.keep()

    def keep(self) -> None:
        """See Measuring.keep."""
        self._recorder.keep()

    def measured(self, first: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """See Measuring.measured; events are cars that entered."""
        found = measure(self._recorder.drive(), first)
        return found.episodes, found.cars


def bounded(worlds_per_block: int, num_slots: int) -> int:
    """So many worlds, or fewer where cars are so many that what they did would take much memory."""
    return max(1, min(worlds_per_block, _CARS_PER_BLOCK // max(1, num_slots)))
