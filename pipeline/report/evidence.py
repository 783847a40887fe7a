"""What the report's first screen rests on: rates beside the baselines, slices, closeness, shifts, published figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from envs.ground.columns import columns_of
from envs.ground.evaluating import Axis
from envs.ground.outcomes import solved
from pipeline.evaluation.curves import over_axis, rates
from pipeline.evaluation.judged import leading_figures
from pipeline.evaluation.resampling import Bootstrap
from pipeline.evaluation.statistics import paired_difference, survival
from pipeline.report.subject import Subject

NOT_OVER_AXES, SUM = "stochastic", "sum"
SHIFT_KEYS = ("mode", "shift_family", "band", "shifted", "size", "size_label")
_SHIFT_FIGURES = ("episodes", "left_out", "leading")
SHIFT_COLUMNS = (*SHIFT_KEYS, *_SHIFT_FIGURES)
MEMORISATION_COLUMNS = ("scenario", "variants", "leading", "worst_change")
TEAM_COLUMNS = ("others", "share", "leading")
"""What tables of a run must have, to be summed up here."""
_WORST = 5


@dataclass(frozen=True)
class Run:
    """What one seed's evaluation left: episodes of all sets, curves of its shifts, memorisation, mixed teams."""

    episodes: pd.DataFrame
    shifts: pd.DataFrame
    memorisation: pd.DataFrame
    teams: pd.DataFrame


@dataclass(frozen=True)
class Evidence:
    """Tables over all seeds of a policy; empty where the world has nothing of the kind.

    rates: a row per mode and figure, on unseen episodes: value, low, high, unit (run, or episode of a single run).
    solved: suite scenarios of which each mode solved all episodes, worst seed; of how many.
    slices: unseen episodes by family and by number of agents: episodes, leading, low, high, and that of the rules.
    closeness: survival on unseen episodes by mode, of the exported seed. shifts: curves, mean over seeds.
    bands: by mode and band: episodes, left_out, leading. worst_shifts: where the policy is worst, deterministic.
    published: ours beside the published figures. memorisation: variants of the suite. Both of the exported seed.
    axes: by axis, its rates over places. teams: the leading figure by others and share, mean of seeds.
    differences: where the world judges no episode: the leading figure minus each rule's, with interval and verdict.
    """

    rates: pd.DataFrame
    solved: dict[str, tuple[int, int]]
    slices: pd.DataFrame
    closeness: dict[str, pd.DataFrame]
    shifts: pd.DataFrame
    bands: pd.DataFrame
    worst_shifts: pd.DataFrame
    published: pd.DataFrame
    memorisation: pd.DataFrame
    axes: dict[str, tuple[Axis, pd.DataFrame]]
    teams: pd.DataFrame
    differences: pd.DataFrame


def gather_evidence(
    runs: Sequence[Run], exported: Run, subject: Subject, axes: Sequence[Axis], bootstrap: Bootstrap
) -> Evidence:
    """Sum up the runs of a policy; baselines play the same episodes in each, so the first one's stand for all."""
    modes, world = subject.modes(exported.episodes), subject.world
    tests = [of_set(run.episodes, "test") for run in runs]
    shown, suite = of_set(exported.episodes, "test"), of_set(exported.episodes, "suite")
    shifts = mean_over_runs([run.shifts for run in runs])
    ours = shifts[(shifts["mode"] == "deterministic") & (shifts["episodes"] > 0)]
    return Evidence(
        rates=pd.concat([rates(tests, mode, world, bootstrap) for mode in modes], ignore_index=True),
        solved={mode: _solved(runs, mode, subject) for mode in modes} if len(suite) else {},
        slices=slices(shown, subject, bootstrap.confidence),
        closeness=_closeness(shown, subject, bootstrap.confidence),
        shifts=shifts,
        bands=_bands(shifts),
        worst_shifts=subject.worst_first(subject.bad(ours)).head(_WORST),
        published=world.evaluation.published(suite, bootstrap.confidence),
        memorisation=exported.memorisation,
        axes=_over_axes([run.episodes for run in runs], modes, subject, axes, bootstrap),
        teams=_teams([run.teams for run in runs]),
        differences=pd.DataFrame() if subject.judges else _differences(tests, subject, bootstrap),
    )


def of_set(episodes: pd.DataFrame, name: str) -> pd.DataFrame:
    """The episodes of one set."""
    return episodes[episodes["set"] == name]


def mean_over_runs(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Curves of several seeds as one: figures are means over seeds; who is left out is the same in each."""
    together = pd.concat(tables, ignore_index=True).astype(dict.fromkeys(_SHIFT_FIGURES, np.float64))
    return together.groupby(list(SHIFT_KEYS), sort=False, dropna=False)[list(_SHIFT_FIGURES)].mean().reset_index()


def slices(test: pd.DataFrame, subject: Subject, confidence: float) -> pd.DataFrame:
    """One policy's unseen episodes, deterministic, by family and by number of agents, beside the rules.

    Columns: slice, episodes, leading, low, high, and one for each rule; the worst first. Empty where all are alike.
    """
    by_family = test["family"].replace("", pd.NA) if "family" in test else pd.Series(pd.NA, test.index)
    by_number = test["num_agents"].astype(str) + f" {subject.say['agents']}"
    rows = [
        {"slice": str(name)} | _slice(played, subject, confidence)
        for key in (by_family, by_number)
        if key.nunique() > 1
        for name, played in test.groupby(key)
    ]
    return subject.worst_first(pd.DataFrame(rows)) if rows else pd.DataFrame(columns=["slice", "leading"])


def _slice(played: pd.DataFrame, subject: Subject, confidence: float) -> dict[str, Any]:
    by_mode = {str(mode): rows for mode, rows in played.groupby("mode")}
    ours = leading_figures(columns_of(by_mode["deterministic"]), subject.leading, confidence)
    found = {"leading": ours["leading"], "low": ours[subject.low], "high": ours[subject.high]}
    rules = {rule: float(by_mode[rule][subject.leading.name].mean()) for rule in subject.rules if rule in by_mode}
    return {"episodes": len(by_mode["deterministic"])} | found | rules


def _solved(runs: Sequence[Run], mode: str, subject: Subject) -> tuple[int, int]:
    counts = []
    for run in runs:
        played = of_set(run.episodes, "suite")
        played = played[played["mode"] == mode]
        clear = pd.Series(solved(played, subject.world.outcomes)).groupby(played["scenario"].to_numpy()).all()
        counts.append((int(clear.sum()), len(clear)))
    return min(counts)


def _closeness(test: pd.DataFrame, subject: Subject, confidence: float) -> dict[str, pd.DataFrame]:
    evaluation = subject.world.evaluation
    if len(evaluation.closeness_places) == 0:
        return {}
    modes = [mode for mode in ("deterministic", *subject.rules) if (test["mode"] == mode).any()]
    values = {mode: test.loc[test["mode"] == mode, evaluation.closeness].to_numpy() for mode in modes}
    return {mode: survival(own, evaluation.closeness_places, confidence) for mode, own in values.items()}


def _bands(shifts: pd.DataFrame) -> pd.DataFrame:
    """Figures weighted by episodes."""
    weighted = shifts.assign(leading=shifts["leading"].fillna(0.0) * shifts["episodes"])
    sums = weighted.groupby(["mode", "band"], sort=False)[["episodes", "left_out", "leading"]].sum().reset_index()
    return sums.assign(leading=sums["leading"] / sums["episodes"])


def _over_axes(
    episodes: Sequence[pd.DataFrame],
    modes: Sequence[str],
    subject: Subject,
    axes: Sequence[Axis],
    bootstrap: Bootstrap,
) -> dict[str, tuple[Axis, pd.DataFrame]]:
    """Those with a table of their own first, as they stand on the page."""
    chosen = [mode for mode in modes if mode != NOT_OVER_AXES]
    ordered = sorted(axes, key=lambda axis: axis.name not in subject.world.evaluation.tables)
    found = {}
    for axis in ordered:
        table = over_axis(episodes, axis, chosen, subject.world, bootstrap)
        wanted = subject.world.evaluation.tables.get(axis.name, ())
        sums = [name for name in wanted if name not in set(table["figure"])]
        rows = [_sum(name, place, mode, axis, episodes) for name in sums for place in axis.sets for mode in chosen]
        found[axis.name] = axis, pd.concat([table, pd.DataFrame(rows)], ignore_index=True) if rows else table
    return found


def _sum(name: str, place: float, mode: str, axis: Axis, episodes: Sequence[pd.DataFrame]) -> dict[str, Any]:
    """A column of episodes that an axis' table names beside its rates: the sum over all runs."""
    own = [of_set(run, axis.set_name(place)) for run in episodes]
    total = sum(float(run.loc[run["mode"] == mode, name].sum()) for run in own)
    return {"place": place, "mode": mode, "figure": name, "value": total, "unit": SUM}


def _teams(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    together = pd.concat(tables, ignore_index=True)
    return together.groupby(["others", "share"], sort=False)["leading"].mean().reset_index()


def _differences(tests: Sequence[pd.DataFrame], subject: Subject, bootstrap: Bootstrap) -> pd.DataFrame:
    """Ours minus each rule's on the same episodes: rule, value, low, high, verdict (higher, lower, undecided)."""

    def values(test: pd.DataFrame, mode: str) -> np.ndarray:
        own = test[test["mode"] == mode].sort_values("episode")
        return own[subject.leading.name].to_numpy(np.float64)

    ours = np.stack([values(test, "deterministic") for test in tests])
    rows: list[Mapping[str, Any]] = []
    for rule in [rule for rule in subject.rules if (tests[0]["mode"] == rule).any()]:
        found = paired_difference(ours, values(tests[0], rule), bootstrap)
        rows.append({"rule": rule, "verdict": found.verdict} | vars(found.estimate))
    return pd.DataFrame(rows, columns=["rule", "verdict", "value", "low", "high", "unit", "num_units"])
