"""What is known of one policy, as the pages are made from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from envs.ground.scene import Scene
from pipeline.report.evidence import Evidence
from pipeline.report.subject import Subject


@dataclass(frozen=True)
class PolicyReport:
    """What is known of one policy, over all its seeds.

    `training` holds one value per fact (agent_steps, seconds, agent_steps_per_second, peak_memory_mb, ...); `curves`
    the learning curve of each seed; `scenarios` a row per (set, scenario, mode, seed); `scenes` one played episode
    per name; `evidence` what it is compared with; `card` the model card's entries; `scores` the score of each seed with
    its gates and parts.
    """

    name: str
    seeds: Sequence[int]
    exported_seed: int
    training: dict[str, float | str]
    curves: dict[int, pd.DataFrame]
    scenarios: pd.DataFrame
    scenes: dict[str, Scene]
    evidence: Evidence | None = None
    card: dict[str, str] = field(default_factory=dict)
    scores: dict[int, dict[str, Any]] = field(default_factory=dict)

    def rows(self, mode: str, set_name: str | None = None) -> pd.DataFrame:
        """The rows of one mode, of all sets or of one."""
        table = self.scenarios
        if table.empty:
            return pd.DataFrame(columns=["set", "scenario", "mode", "seed", "leading"])
        chosen = table["mode"] == mode
        return table[chosen if set_name is None else chosen & (table["set"] == set_name)]

    def modes(self, subject: Subject) -> list[str]:
        """Who played, in the order of the tables."""
        return subject.modes(self.scenarios)
