"""Measures a block of flights while they are flown."""

from __future__ import annotations

import pandas as pd

from envs.airspace.evaluation.recorder import FlightRecorder
from envs.airspace.evaluation.table import measure
from envs.airspace.simulation.batch import AirspaceBatch

_PAIRS_PER_BLOCK = 65_536
"""Each takes 8 bytes in every step of a block."""


class FlightMeasuring:
    """See envs/ground/evaluating.py: Measuring."""

    def __init__(self, batch: AirspaceBatch, types: tuple[str, ...]) -> None:
        """Measure the episodes that have just begun, whose disturbances may name the aircraft types `types`."""
        self._recorder = FlightRecorder(batch, types)
        self._recorder.keep()

    def keep(self) -> None:
        """See Measuring.keep."""
        self._recorder.keep()

    def measured(self, first: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """See Measuring.measured; events are conflicts."""
        found = measure(self._recorder.flight(), first)
        return found.episodes, found.conflicts


def bounded(worlds_per_block: int, num_slots: int) -> int:
    """So many worlds, or fewer where aircraft are so many that their pairs would take much memory."""
    return max(1, min(worlds_per_block, _PAIRS_PER_BLOCK * 2 // max(1, num_slots * (num_slots - 1))))
