"""A world made up for tests of tables: robots that may crash, reach a share of their goals, and cost something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from envs.ground.columns import Columns
from envs.ground.defaults import DefaultBaselines, DefaultEvaluation
from envs.ground.outcomes import Outcome
from pipeline.evaluation.judged import Judged

CRASH = Outcome("crash", "episodes with a crash", "failure")
REACHED = Outcome("reached", "goals reached", "share")
GAP = Outcome("gap", "smallest gap", "number", better="higher", over="min")


class RobotEvaluation(DefaultEvaluation):
    """Costs and crashes are held against those of `nothing` in the same episodes."""

    references = ("nothing",)
    compared = ("crash", "cost")
    counted = ("crash", "cost")
    closeness = "gap"

    def rates(self, episodes: Columns) -> dict[str, float]:
        return {
            "cost_per_goal": float(episodes["cost"].sum() / goals) if (goals := episodes["goals"].sum()) else np.nan
        }

    def against(self, paired: Columns) -> dict[str, float]:
        return {"more_cost": float((paired["cost"] - paired["cost_of_nothing"]).mean())}

    def beside_nobody(self, episodes: Columns, nobody: Columns) -> dict[str, float]:
        return {"crashes_left": float(episodes["crash"].sum() / nobody["crash"].sum())}

    def ratios(self, columns: Mapping[str, np.ndarray]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        return {"crashes_left": (columns["crash"], columns["crash_of_nothing"])}


ROBOTS = Judged((CRASH, REACHED, GAP), RobotEvaluation(), DefaultBaselines())


def episodes(scenario: str = "a", set_name: str = "suite", mode: str = "nothing", **others: Any) -> pd.DataFrame:
    """Four episodes: in the first a crash, in the second half of the goals reached."""
    table = {"episode": range(4), "episode_seed": [0, 7, 14, 21], "set": set_name, "scenario": scenario, "mode": mode}
    table |= {"crash": [True, False, False, False], "reached": [1.0, 0.5, 1.0, 1.0], "gap": [0.1, 0.5, 0.7, 0.9]}
    table |= {
        "goals": [2, 2, 4, 2],
        "cost": [1.0, 2.0, 3.0, 4.0],
        "num_agents": [2, 2, 2, 1],
        "steps": [10, 20, 30, 40],
    }
    table |= {"return": [1.0, 2.0, 3.0, 4.0], "reward_goal": [0.0, 1.0, 2.0, 3.0]}
    return pd.DataFrame(table | others)
