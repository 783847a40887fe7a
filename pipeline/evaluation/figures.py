"""From tables of episodes to figures with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from envs.ground.columns import Columns, columns_of, mean, taken
from envs.ground.intervals import mean_interval
from envs.ground.outcomes import solved
from envs.ground.world import DRAWN_NAME
from pipeline.evaluation.groups import groups, places
from pipeline.evaluation.judged import Judged, outcome_figures, quantile_figures, returns_by_role


def by_scenario(episodes: pd.DataFrame, world: Judged, seed: int, confidence: float) -> pd.DataFrame:
    """One row per set, scenario and mode: rates with intervals, means, and what it cost against the baselines.

    Raises:
        ValueError: the references did not play the same episodes.
    """
    rows = [
        {"set": key[0], "scenario": key[1], "mode": key[2], "seed": seed} | _figures(group, world, confidence)
        for key, group in _groups(episodes, world, ["set", "scenario", "mode"])
    ]
    return pd.DataFrame(rows)


def by_set(episodes: pd.DataFrame, world: Judged, confidence: float) -> dict[str, Any]:
    """The same over all scenarios of a set, by set and mode; solved: scenarios whose episodes all are.

    NaN is None: these figures are written as JSON.
    """
    found: dict[str, Any] = {}
    for (set_name, mode), group in _groups(episodes, world, ["set", "mode"]):
        named = group["scenario"]
        every, unsolved = set(named), set(named[~solved(group, world.outcomes)])
        counts = {"scenarios": len(every), "solved": len(every) - len(unsolved)}
        found.setdefault(str(set_name), {})[str(mode)] = counts | none_for_nan(_figures(group, world, confidence))
    return found


def none_for_nan(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures as JSON has them."""
    return {name: None if value != value else value for name, value in figures.items()}


def _groups(
    episodes: pd.DataFrame, world: Judged, keys: list[str]
) -> Iterator[tuple[tuple[Any, ...], dict[str, np.ndarray]]]:
    together = _beside_references(episodes, world)
    for key, rows in groups(episodes, keys):
        yield key, taken(together, rows)


def _figures(group: Columns, world: Judged, confidence: float) -> dict[str, Any]:
    return summarise(group, world, confidence) | world.evaluation.against(group)


def summarise(episodes: Columns, world: Judged, confidence: float) -> dict[str, Any]:
    """The figures of these episodes; a rate of a single one has no interval (NaN)."""
    returns = np.asarray(episodes["return"])
    return_low, return_high = mean_interval(returns, confidence)
    parts = [*returns_by_role(episodes), *(name for name in episodes if name.startswith("reward_"))]
    return {
        "episodes": len(returns),
        **outcome_figures(episodes, world, confidence),
        **world.evaluation.rates(episodes),
        **quantile_figures(episodes, world),
        "num_agents": mean(episodes["num_agents"]),
        "length": mean(episodes["steps"]),
        "return_mean": mean(returns),
        "return_low": return_low,
        "return_high": return_high,
    } | {name: mean(episodes[name]) for name in parts}


def _beside_references(episodes: pd.DataFrame, world: Judged) -> dict[str, np.ndarray]:
    """The episodes with what the references did in the same ones: columns of `compared`, ending in _of_NAME.

    Raises:
        ValueError: a reference did not play the same episodes.
    """
    columns = columns_of(episodes)
    played = dict(groups(episodes, ["set", "mode"]))
    for name in world.evaluation.references:
        beside = np.empty(len(episodes), np.int64)
        for (set_name, _), rows in played.items():
            rule = played.get((set_name, name), np.zeros(0, np.int64))
            beside[rows] = rule[counterpart(taken(columns, rule), taken(columns, rows))]
        columns |= {f"{column}_of_{name}": columns[column][beside] for column in world.evaluation.compared}
    return columns


def counterpart(reference: Columns, episodes: Columns, keys: Sequence[str] = ()) -> np.ndarray:
    """(N,) int: the row of `reference`, a rule that draws nothing, with the same episode as each of `episodes`.

    The same episode is one of the same seed where it is drawn, otherwise of the same scenario, which such a rule plays
    once for all repetitions; and the same in the columns `keys`.

    Raises:
        ValueError: it played some episode not at all or twice.
    """
    drawn = bool((episodes["scenario"] == DRAWN_NAME).all())
    found = places(reference, episodes, ["episode_seed" if drawn else "scenario", *keys])
    missing = int((found < 0).sum())
    if missing:
        raise ValueError(f"baseline: did not play {missing} of {len(found)} episodes, wanted all")
    return found
