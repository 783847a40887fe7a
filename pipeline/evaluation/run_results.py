"""What training runs scored on every task, from the tables of scenarios: for claims over runs, and for marl-eval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from envs.ground.outcomes import Outcome
from envs.ground.world import DRAWN_NAME
from pipeline.evaluation.judged import Judged
from pipeline.evaluation.marl_eval import RunResults
from pipeline.evaluation.statistics import (
    Bootstrap,
    interquartile_mean,
    performance_profile,
    probability_of_improvement,
)

Results = dict[str, dict[str, dict[str, RunResults]]]
"""By task, policy and run."""
_NUM_THRESHOLDS = 21


def task_scores(table: pd.DataFrame, leading: Outcome, mode: str = "deterministic") -> np.ndarray:
    """(R, M) of R seeds on M tasks (set, scenario), in the order of their names: the larger the better.

    1 - the rate of a failure, a share or number itself, its negative where lower is better.

    Raises:
        ValueError: a task that some seed did not fly; the message names both.
    """
    played = table[table["mode"] == mode]
    found = good(played.set_index(["seed", "set", "scenario"])["leading"], leading)
    scores = found.unstack(["set", "scenario"]).sort_index(axis=1)
    if scores.isna().any(axis=None):
        row, column = np.argwhere(scores.isna().to_numpy())[0]
        seed, (set_name, scenario) = scores.index[row], scores.columns[column]
        raise ValueError(f"scenarios.csv: seed {seed} did not play {set_name} {scenario} {mode}, others did")
    return scores.to_numpy()


def good(values: pd.Series, leading: Outcome) -> pd.Series:
    """Values of the leading figure as scores, the larger the better."""
    if leading.kind == "failure":
        return 1.0 - values
    return -values if leading.kind == "number" and leading.better == "lower" else values


def over_runs(tables: Mapping[str, pd.DataFrame], leading: Outcome, bootstrap: Bootstrap) -> pd.DataFrame:
    """A row per policy: its runs and tasks, and the interquartile mean of its scores with its interval over runs."""
    rows = []
    for name, table in tables.items():
        scores = task_scores(table, leading)
        found = interquartile_mean(scores, bootstrap)
        rows.append({"policy": name, "runs": len(scores), "tasks": scores.shape[1]} | vars(found))
    return pd.DataFrame(rows)


def improvements(
    tables: Mapping[str, pd.DataFrame], leading: Outcome, rules: Sequence[str], bootstrap: Bootstrap
) -> pd.DataFrame:
    """How probably a run of one policy scores higher on a task than a run of another policy, or than a rule.

    Columns: ours, theirs, and those of Estimate. A rule draws nothing and is one run.
    """
    scores = {name: task_scores(table, leading) for name, table in tables.items()}
    first = next(iter(tables.values()))
    others = {rule: task_scores(first, leading, rule)[:1] for rule in rules if (first["mode"] == rule).any()}
    rows = [
        {"ours": ours, "theirs": theirs} | vars(probability_of_improvement(scores[ours], other, bootstrap))
        for ours in scores
        for theirs, other in (scores | others).items()
        if ours != theirs
    ]
    return pd.DataFrame(rows)


def profiles(tables: Mapping[str, pd.DataFrame], leading: Outcome, bootstrap: Bootstrap) -> dict[str, pd.DataFrame]:
    """By policy: the share of runs and tasks that score above each threshold, from 0 to 1 or least to largest score."""
    scores = {name: task_scores(table, leading) for name, table in tables.items()}
    ends = (0.0, 1.0)
    if leading.kind == "number":
        ends = (min(own.min() for own in scores.values()), max(own.max() for own in scores.values()))
    thresholds = np.linspace(*ends, _NUM_THRESHOLDS)
    return {name: performance_profile(own, thresholds, bootstrap) for name, own in scores.items()}


def marl_eval_results(table: pd.DataFrame, world: Judged, policy: str, seed: int, agent_steps: int) -> Results:
    """One run's deterministic results by task, for marl-eval: what failures leave, shares, return.

    Args:
        table: one seed's table of scenarios. agent_steps: how long it trained, the only evaluation's step count.
    """
    played = table[table["mode"] == "deterministic"]
    tasks: Results = {}
    for row in played.to_dict("records"):
        values = {f"no_{each.name}": 1.0 - row[each.figure] for each in world.outcomes if each.kind == "failure"}
        values |= {each.figure: row[each.figure] for each in world.outcomes if each.kind == "share"}
        values["return"] = row["return_mean"]
        result = RunResults(((agent_steps, values),), {key: (value,) for key, value in values.items()})
        tasks[str(row["set"] if row["scenario"] == DRAWN_NAME else row["scenario"])] = {
            policy: {f"seed_{seed}": result}
        }
    return tasks
