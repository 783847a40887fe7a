"""The metrics by name, and what they make of a flight: a table of conflicts and a table of episodes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from envs.airspace.evaluation.agreement import agreement
from envs.airspace.evaluation.conflicts import Columns, conflict_counts, conflicts
from envs.airspace.evaluation.control import control
from envs.airspace.evaluation.flight import Flight
from envs.airspace.evaluation.mission import mission
from envs.airspace.evaluation.safety import safety

Metric = Callable[[Flight], Columns]
"""From arrays to columns (W,)."""

METRICS: dict[str, Metric] = {
    "safety": safety,
    "mission": mission,
    "control": control,
    "agreement": agreement,
}
"""What is measured of each episode, beside the counts of its conflicts. A new metric is a function and a line here."""


@dataclass(frozen=True)
class Measured:
    """One row per conflict, one row per episode; `episode` joins them."""

    conflicts: pd.DataFrame
    episodes: pd.DataFrame


def measure(flight: Flight, first_episode: int = 0) -> Measured:
    """Measure a block of episodes, whose first has the number `first_episode`."""
    found = conflicts(flight)
    columns: Columns = {"episode": first_episode + np.arange(flight.num_worlds)}
    for metric in METRICS.values():
        columns |= metric(flight)
    columns |= conflict_counts(flight, found)
    world = first_episode + found.pop("world")
    return Measured(pd.DataFrame({"episode": world} | found), pd.DataFrame(columns))
