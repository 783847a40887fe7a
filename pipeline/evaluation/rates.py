"""Rates of a method with intervals over its training runs, beside baselines on the same episodes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.evaluation.judged import Judged, returns_by_role
from pipeline.evaluation.resampling import Bootstrap
from pipeline.evaluation.statistics import Estimate, ratios


def estimates(
    runs: Sequence[pd.DataFrame], references: dict[str, pd.DataFrame], world: Judged, bootstrap: Bootstrap
) -> dict[str, Estimate]:
    """The rates of a method, with intervals over its training runs (over episodes where there is one run).

    Args:
        runs: a table of the same episodes for each run. references: those of the baselines, by name.

    Returns:
        The outcomes' figures, the world's own ratios, the return, those by role, numeric infos and the length: all
        over the same resamples.

    Raises:
        ValueError: no run, or one of other episodes than the baselines'.
    """
    if not runs:
        raise ValueError("estimates: got no run, wanted one table or more")
    more = _known_throughout(runs)
    own = [outcome for outcome in world.outcomes if outcome.over == "mean"]
    outcomes = [outcome.name for outcome in own]
    names = list(dict.fromkeys([*world.evaluation.counted, *outcomes, "return", "steps", *more]))
    columns = _stacked(runs, references, names, world.evaluation.counted)
    ones = np.ones_like(columns["return"])
    sums = {outcome.figure: (columns[outcome.name], ones) for outcome in own}
    told = {name: (columns[name], ones) for name in ("return", *more)} | {"length": (columns["steps"], ones)}
    return ratios(sums | world.evaluation.ratios(columns) | told, bootstrap)


def _known_throughout(runs: Sequence[pd.DataFrame]) -> list[str]:
    """The returns by role and the numeric infos that are known of all episodes."""
    columns = [str(name) for name in runs[0].columns]
    named = [*returns_by_role(columns), *(name for name in columns if name.startswith("info_"))]
    return [name for name in named if all(name in run and np.isfinite(run[name]).all() for run in runs)]


def _stacked(
    runs: Sequence[pd.DataFrame], references: dict[str, pd.DataFrame], names: Sequence[str], shared: Sequence[str]
) -> dict[str, np.ndarray]:
    """Columns (R, N) of the runs' episodes, and those `shared` of the references on the same ones."""
    found = {name: np.stack([_sorted(run)[name].to_numpy(np.float64) for run in runs]) for name in names}
    for rule, reference in references.items():
        tables = [paired(run, reference, list(shared), rule) for run in runs]
        for name in shared:
            of_rule = f"{name}_of_{rule}"
            found[of_rule] = np.stack([table[of_rule].to_numpy(np.float64) for table in tables])
    return found


def _sorted(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values(_keys(table, table), ignore_index=True)


def paired(episodes: pd.DataFrame, reference: pd.DataFrame, columns: list[str], rule: str) -> pd.DataFrame:
    """Join two tables by episode; the columns of the reference, played by `rule`, end in _of_hold, say.

    Raises:
        ValueError: an episode is missing in one of the two, there twice, or of another seed; the message says which.
    """
    keys = _keys(episodes, reference)
    ours, theirs = (table[[*keys, *columns]].sort_values(keys, ignore_index=True) for table in (episodes, reference))
    for table in (ours, theirs):
        twice = table.loc[table.duplicated(keys), "episode"].unique()
        if len(twice):
            raise ValueError(
                f"paired episodes: episode {_some(twice)} is there twice, wanted each once in either table"
            )
    if len(ours) != len(theirs) or any((ours[key] != theirs[key]).any() for key in keys):
        sides = ours[keys].merge(theirs[keys], how="outer", indicator=True)
        alone = sides.loc[sides["_merge"] != "both", "episode"].unique()
        wish = "wanted the same in both"
        raise ValueError(f"paired episodes: {len(alone)} are in one table only (episode {_some(alone)}), {wish}")
    return ours.join(theirs[columns].add_suffix(f"_of_{rule}"))


def _keys(episodes: pd.DataFrame, reference: pd.DataFrame) -> list[str]:
    both = "episode_seed" in episodes and "episode_seed" in reference
    return ["episode", *(["episode_seed"] if both else [])]


def _some(episodes: np.ndarray) -> str:
    return ", ".join(map(str, episodes[:5]))
