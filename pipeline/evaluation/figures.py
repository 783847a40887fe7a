"""From tables of episodes to figures with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from envs.ground.intervals import mean_interval
from envs.ground.outcomes import solved
from envs.ground.world import DRAWN_NAME
from pipeline.evaluation.judged import Judged, outcome_figures, quantile_figures, returns_by_role


def by_scenario(episodes: pd.DataFrame, world: Judged, seed: int, confidence: float) -> pd.DataFrame:
    """One row per set, scenario and mode: rates with intervals, means, and what it cost against the baselines.

    Raises:
        ValueError: the references did not play the same episodes.
    """
    rows = [
        {"set": key[0], "scenario": key[1], "mode": key[2], "seed": seed} | figures
        for key, figures in _groups(episodes, world, ["set", "scenario", "mode"], confidence)
    ]
    return pd.DataFrame(rows)


def by_set(episodes: pd.DataFrame, world: Judged, confidence: float) -> dict[str, Any]:
    """The same over all scenarios of a set, by set and mode; solved: scenarios whose episodes all are.

    NaN is None: these figures are written as JSON.
    """
    found: dict[str, Any] = {}
    for (set_name, mode), figures in _groups(episodes, world, ["set", "mode"], confidence):
        played = episodes[(episodes["set"] == set_name) & (episodes["mode"] == mode)]
        clear = pd.Series(solved(played, world.outcomes)).groupby(played["scenario"].to_numpy()).all()
        counts = {"scenarios": len(clear), "solved": int(clear.sum())}
        found.setdefault(str(set_name), {})[str(mode)] = counts | none_for_nan(figures)
    return found


def none_for_nan(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures as JSON has them."""
    return {name: None if value != value else value for name, value in figures.items()}


def _groups(
    episodes: pd.DataFrame, world: Judged, keys: list[str], confidence: float
) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    together = _beside_references(episodes, world)
    groups = {tuple(key): group for key, group in together.groupby(keys)}
    for row in episodes[keys].drop_duplicates().itertuples(index=False):
        group = groups[tuple(row)]
        yield tuple(row), summarise(group, world, confidence) | world.evaluation.against(group)


def summarise(episodes: pd.DataFrame, world: Judged, confidence: float) -> dict[str, Any]:
    """The figures of these episodes; a rate of a single one has no interval (NaN)."""
    return_low, return_high = mean_interval(episodes["return"].to_numpy(), confidence)
    parts = [*returns_by_role(episodes.columns), *(name for name in episodes.columns if name.startswith("reward_"))]
    return {
        "episodes": len(episodes),
        **outcome_figures(episodes, world, confidence),
        **world.evaluation.rates(episodes),
        **quantile_figures(episodes, world),
        "num_agents": float(episodes["num_agents"].mean()),
        "length": float(episodes["steps"].mean()),
        "return_mean": float(episodes["return"].mean()),
        "return_low": return_low,
        "return_high": return_high,
    } | {name: float(episodes[name].mean()) for name in parts}


def _beside_references(episodes: pd.DataFrame, world: Judged) -> pd.DataFrame:
    """The episodes with what the references did in the same ones: columns of `compared`, ending in _of_NAME.

    Raises:
        ValueError: a reference did not play the same episodes.
    """
    names, columns = world.evaluation.references, world.evaluation.compared
    if not names:
        return episodes
    compared = episodes[["set", "mode", "scenario", "episode_seed", *columns]]
    played = {tuple(key): group for key, group in compared.groupby(["set", "mode"])}
    paired = []
    for key, group in episodes.groupby(["set", "mode"], sort=False):
        rules = {name: played.get((key[0], name), compared.iloc[:0]) for name in names}
        found = [counterpart(rule, group, columns)[list(columns)].add_suffix(f"_of_{n}") for n, rule in rules.items()]
        paired.append(pd.concat([group.reset_index(drop=True), *found], axis=1))
    return pd.concat(paired, ignore_index=True)


def counterpart(
    reference: pd.DataFrame, episodes: pd.DataFrame, columns: Sequence[str], keys: Sequence[str] = ()
) -> pd.DataFrame:
    """The episode of `reference`, a rule that draws nothing, beside each of `episodes`, in their order.

    The same episode is one of the same seed where it is drawn, otherwise of the same scenario, which such a rule plays
    once for all repetitions; and the same in the columns `keys`. Numbers and seeds are those of `episodes`, the
    other columns are `columns` of the reference.

    Raises:
        ValueError: it played some episode not at all or twice.
    """
    drawn = bool((episodes["scenario"] == DRAWN_NAME).all())
    on = ["episode_seed" if drawn else "scenario", *keys]
    wanted = episodes[list(dict.fromkeys(["episode", "episode_seed", *on]))]
    try:
        found = wanted.merge(reference[[*on, *columns]], on=on, how="left", validate="m:1", indicator=True)
    except pd.errors.MergeError:
        raise ValueError(f"baseline: played some {' and '.join(on)} twice, wanted each once") from None
    missing = int((found.pop("_merge") != "both").sum())
    if missing:
        raise ValueError(f"baseline: did not play {missing} of {len(found)} episodes, wanted all")
    return found.astype({name: reference[name].dtype for name in columns})
