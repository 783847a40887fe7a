"""What training runs scored on every task, from the tables of scenarios: for claims over runs, and for marl-eval."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipeline.evaluation.marl_eval import RunResults
from pipeline.evaluation.statistics import (
    Bootstrap,
    interquartile_mean,
    performance_profile,
    probability_of_improvement,
)

Results = dict[str, dict[str, dict[str, RunResults]]]
"""By task, policy and run."""
THRESHOLDS = np.linspace(0.0, 1.0, 21)
RULES = ("mvp", "hold")


def task_scores(table: pd.DataFrame, mode: str = "deterministic") -> np.ndarray:
    """(R, M) of R seeds on M tasks (set, scenario): 1 - LoS rate, tasks in the order of their names.

    Raises:
        ValueError: a task that some seed did not fly; the message names both.
    """
    flown = table[table["mode"] == mode]
    kept = 1.0 - flown.set_index(["seed", "set", "scenario"])["los_rate"]
    scores = kept.unstack(["set", "scenario"]).sort_index(axis=1)
    if scores.isna().any(axis=None):
        row, column = np.argwhere(scores.isna().to_numpy())[0]
        seed, (set_name, scenario) = scores.index[row], scores.columns[column]
        raise ValueError(f"scenarios.csv: seed {seed} did not fly {set_name} {scenario} {mode}, others did")
    return scores.to_numpy()


def over_runs(tables: Mapping[str, pd.DataFrame], bootstrap: Bootstrap) -> pd.DataFrame:
    """A row per policy: its runs and tasks, and the interquartile mean of its scores with its interval over runs."""
    rows = []
    for name, table in tables.items():
        scores = task_scores(table)
        found = interquartile_mean(scores, bootstrap)
        rows.append({"policy": name, "runs": len(scores), "tasks": scores.shape[1]} | vars(found))
    return pd.DataFrame(rows)


def improvements(tables: Mapping[str, pd.DataFrame], bootstrap: Bootstrap) -> pd.DataFrame:
    """How probably a run of one policy scores higher on a task than a run of another policy, or than a rule.

    Columns: ours, theirs, and those of Estimate. A rule draws nothing and is one run.
    """
    scores = {name: task_scores(table) for name, table in tables.items()}
    first = next(iter(tables.values()))
    rules = {rule: task_scores(first, rule)[:1] for rule in RULES if (first["mode"] == rule).any()}
    rows = [
        {"ours": ours, "theirs": theirs} | vars(probability_of_improvement(scores[ours], other, bootstrap))
        for ours in scores
        for theirs, other in (scores | rules).items()
        if ours != theirs
    ]
    return pd.DataFrame(rows)


def profiles(tables: Mapping[str, pd.DataFrame], bootstrap: Bootstrap) -> dict[str, pd.DataFrame]:
    """By policy: the share of runs and tasks that score above each threshold."""
    return {name: performance_profile(task_scores(table), THRESHOLDS, bootstrap) for name, table in tables.items()}


def marl_eval_results(table: pd.DataFrame, policy: str, seed: int, agent_steps: int) -> Results:
    """One run's deterministic results by task, for marl-eval: separation kept, aircraft arrived, return.

    Args:
        table: one seed's table of scenarios. agent_steps: how long it trained, the only evaluation's step count.
    """
    flown = table[table["mode"] == "deterministic"]
    tasks: Results = {}
    for row in flown.to_dict("records"):
        values = {"separation_kept": 1.0 - row["los_rate"], "arrived_share": row["arrived_share"]}
        values["return"] = row["return_mean"]
        result = RunResults(((agent_steps, values),), {key: (value,) for key, value in values.items()})
        tasks[str(row["set"] if row["scenario"] == "procedural" else row["scenario"])] = {
            policy: {f"seed_{seed}": result}
        }
    return tasks
