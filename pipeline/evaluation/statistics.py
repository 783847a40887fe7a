"""What may be claimed about a method from several training runs: the run is the unit of replication.

The measures are those of Agarwal et al., "Deep reinforcement learning at the edge of the statistical precipice"
(NeurIPS 2021): interquartile mean, probability of improvement and performance profile, with percentile intervals by
stratified bootstrap over runs. Their library rliable 1.2.0 is not used: it wants arch < 8, which does not import beside
pandas 3, and it draws from numpy's global generator whatever it is seeded with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from envs.ground.intervals import wilson
from pipeline.evaluation.resampling import Bootstrap, Statistic, percentile_interval


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval (NaN where a single unit leaves it open), and what it rests on."""

    value: float
    low: float
    high: float
    unit: str
    num_units: int


@dataclass(frozen=True)
class Difference:
    """A paired difference, ours minus theirs, and what the interval allows to say of it."""

    estimate: Estimate
    num_episodes: int

    @property
    def verdict(self) -> str:
        """ "higher" or "lower" where the interval leaves out 0, otherwise "undecided"."""
        if self.estimate.low > 0.0:
            return "higher"
        return "lower" if self.estimate.high < 0.0 else "undecided"


def interquartile_mean(scores: np.ndarray, bootstrap: Bootstrap, *, whole_runs: bool = True) -> Estimate:
    """The mean of the middle half of all scores.

    Args:
        scores: (R, M) of R runs on M tasks.
        whole_runs: resample runs with all their tasks, where one run was scored on every task (one policy for all);
            otherwise each task's runs by themselves (policies trained per task): strata, as in rliable.

    Raises:
        ValueError: not a table of finite scores.
    """
    return _estimate(_interquartile_mean, scores, bootstrap, whole_runs)


def performance_profile(
    scores: np.ndarray, thresholds: np.ndarray, bootstrap: Bootstrap, *, whole_runs: bool = True
) -> pd.DataFrame:
    """The share of scores (R, M) above each threshold: columns threshold, share, low, high.

    With the closeness (R, N) of R runs on N episodes it is the survival curve of a method, with bands over runs.

    Raises:
        ValueError: not a table of finite scores.
    """
    above = [(_table(scores) > limit).astype(np.float64) for limit in thresholds]
    by_unit = [flags.mean(1, keepdims=True) if whole_runs else flags for flags in above]
    rows = [_estimate(_mean, flags, bootstrap, whole_runs) for flags in by_unit]
    table = {"threshold": thresholds, "share": [row.value for row in rows]}
    return pd.DataFrame(table | {name: [getattr(row, name) for row in rows] for name in ("low", "high")})


def probability_of_improvement(ours: np.ndarray, theirs: np.ndarray, bootstrap: Bootstrap) -> Estimate:
    """How probably a run of ours scores higher than one of theirs on a task, mean over tasks; ties count half.

    Args:
        ours, theirs: (R, M) and (S, M), runs by the same tasks. Both are resampled by whole runs.

    Raises:
        ValueError: not tables of finite scores, or not of the same tasks.
    """
    ours, theirs = _table(ours), _table(theirs)
    if ours.shape[1] != theirs.shape[1]:
        raise ValueError(f"scores: got {ours.shape[1]} and {theirs.shape[1]} tasks, wanted the same ones")
    wins = (ours[:, None] > theirs[None]) + 0.5 * (ours[:, None] == theirs[None])
    by_runs = wins.mean(2)
    value, num_units = float(by_runs.mean()), min(by_runs.shape)
    if num_units < 2:
        return Estimate(value, np.nan, np.nan, "run", num_units)

    def resampled(one: np.ndarray, other: np.ndarray, axis: int) -> np.ndarray:
        return by_runs[one[..., :, None], other[..., None, :]].mean((-2, -1))

    rows = (np.arange(len(ours)), np.arange(len(theirs)))
    low, high = _interval(rows, resampled, bootstrap, paired=False)
    return Estimate(value, low, high, "run", num_units)


def paired_difference(ours: np.ndarray, theirs: np.ndarray, bootstrap: Bootstrap) -> Difference:
    """Mean of ours minus theirs on the same episodes, in the same order.

    Args:
        ours: (R, N) of R training runs on N episodes, or (N,) of one. theirs: the same, or (N,) of a baseline.

    With two runs or more the run is the unit: each run's mean difference is resampled (two methods' runs are resampled
    by themselves). With a single one on either side the episodes are, and the interval speaks of these policies only,
    not of how they came about.

    Raises:
        ValueError: not the same episodes, or a value that is not finite.
    """
    ours, theirs = _table(np.atleast_2d(ours)), _table(np.atleast_2d(theirs))
    if ours.shape[1] != theirs.shape[1]:
        raise ValueError(f"paired values: got {ours.shape[1]} and {theirs.shape[1]} episodes, wanted the same ones")
    samples, unit = _units(ours, theirs)

    def difference(*parts: np.ndarray, axis: int) -> np.ndarray:
        return parts[0].mean(axis) - (parts[1].mean(axis) if len(parts) > 1 else 0.0)

    value, num_units = float(ours.mean() - theirs.mean()), min(len(sample) for sample in samples)
    low, high = (np.nan, np.nan) if num_units < 2 else _interval(samples, difference, bootstrap, paired=False)
    return Difference(Estimate(value, low, high, unit, num_units), ours.shape[1])


def ratio(part: np.ndarray, whole: np.ndarray, bootstrap: Bootstrap) -> Estimate:
    """One of `ratios`."""
    return ratios({"": (part, whole)}, bootstrap)[""]


def ratios(sums: Mapping[str, tuple[np.ndarray, np.ndarray]], bootstrap: Bootstrap) -> dict[str, Estimate]:
    """Sums of a part over sums of a whole, for rates such as failures per hour, all by name.

    Args:
        sums: part and whole, each (R, N) of R training runs on N episodes, or (N,) of one policy; a whole may be (N,)
            of a baseline.

    The unit is the run where there are two or more, otherwise the episode, as in `paired_difference`; all sums are
    taken over the same resampled units. NaN where a whole is 0, and no interval where it is in some resample.

    Raises:
        ValueError: not the same episodes, or a value that is not finite.
    """
    tables = [_part_and_whole(part, whole) for part, whole in sums.values()]
    if len({part.shape for part, _ in tables}) != 1:
        raise ValueError(f"ratios: got shapes {[part.shape for part, _ in tables]}, wanted the same runs and episodes")
    unit, axis = ("run", 1) if len(tables[0][0]) > 1 else ("episode", 0)
    parts, wholes = (np.stack([table[which].sum(axis) for table in tables], 1) for which in (0, 1))
    num_units = len(parts)

    def divide(units: np.ndarray, axis: int) -> np.ndarray:
        counts = _counts(units, num_units)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(counts @ wholes == 0.0, np.nan, (counts @ parts) / (counts @ wholes)).swapaxes(0, -1)

    values = divide(np.arange(num_units)[None], axis=-1)[:, 0]
    low, high = np.full((2, len(values)), np.nan)
    if num_units > 1:
        low, high = percentile_interval((np.arange(num_units),), divide, bootstrap, paired=False)
    known = zip(sums, np.stack([values, low, high], 1).tolist(), strict=True)
    return {name: Estimate(value, low, high, unit, num_units) for name, (value, low, high) in known}


def _part_and_whole(part: np.ndarray, whole: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    part, whole = _table(np.atleast_2d(part)), _table(np.atleast_2d(whole))
    if part.shape[1] != whole.shape[1] or len(whole) not in (1, len(part)):
        raise ValueError(f"ratio: got shapes {part.shape} and {whole.shape}, wanted the same runs and episodes")
    return part, np.broadcast_to(whole, part.shape)


def _counts(units: np.ndarray, num_units: int) -> np.ndarray:
    """How often (B, U) each unit is in each resample (B, U): sums over resamples are products with it."""
    places = units + num_units * np.arange(len(units))[:, None]
    return np.bincount(places.ravel(), minlength=units.size).reshape(units.shape).astype(np.float64)


def survival(closeness: np.ndarray, places: np.ndarray, confidence: float) -> pd.DataFrame:
    """The share of episodes whose closeness (N,), the least the worst, stayed at or above each place.

    Columns place, share, low, high (Wilson; of one policy, never to compare methods), num_episodes. An infinite
    one (an agent alone) stays above all.

    Raises:
        ValueError: no episodes, or one without a number.
    """
    closeness = np.asarray(closeness, np.float64)
    if closeness.size == 0 or np.isnan(closeness).any():
        raise ValueError(f"survival: got {closeness.size} episodes, {np.isnan(closeness).sum()} of them NaN")
    kept = (closeness >= np.asarray(places)[:, None]).sum(1)
    intervals = [wilson(int(count), closeness.size, confidence) for count in kept]
    return pd.DataFrame(
        {
            "place": places,
            "share": kept / closeness.size,
            "low": [low for low, _ in intervals],
            "high": [high for _, high in intervals],
            "num_episodes": closeness.size,
        }
    )


def _units(ours: np.ndarray, theirs: np.ndarray) -> tuple[tuple[np.ndarray, ...], str]:
    """What is resampled: (R,) means of runs, both methods' or against the baseline; or (N,) differences of episodes."""
    if len(ours) > 1 and len(theirs) > 1:
        return (ours.mean(1), theirs.mean(1)), "run"
    if len(ours) > 1 or len(theirs) > 1:
        return ((ours - theirs).mean(1),), "run"
    return ((ours - theirs)[0],), "episode"


def _table(scores: np.ndarray) -> np.ndarray:
    scores = np.asarray(scores, np.float64)
    if scores.ndim != 2 or scores.size == 0 or not np.isfinite(scores).all():
        raise ValueError(f"scores: got shape {scores.shape}, wanted (runs, tasks), not empty, all finite")
    return scores


def _estimate(statistic: Statistic, scores: np.ndarray, bootstrap: Bootstrap, whole_runs: bool) -> Estimate:
    scores = _table(scores)
    value = float(statistic(*scores.T, axis=-1))
    if len(scores) < 2:
        return Estimate(value, np.nan, np.nan, "run", len(scores))
    low, high = _interval(tuple(scores.T), statistic, bootstrap, paired=whole_runs)
    return Estimate(value, low, high, "run", len(scores))


def _interval(
    samples: tuple[np.ndarray, ...], statistic: Statistic, bootstrap: Bootstrap, paired: bool
) -> tuple[float, float]:
    """Samples are resampled each by itself, or (paired) at the same places."""
    low, high = percentile_interval(samples, statistic, bootstrap, paired=paired)
    return float(low), float(high)


def _pooled(tasks: tuple[np.ndarray, ...]) -> np.ndarray:
    return np.concatenate(np.broadcast_arrays(*tasks), axis=-1)


def _interquartile_mean(*tasks: np.ndarray, axis: int) -> Any:
    pooled = _pooled(tasks)
    trimmed = pooled.shape[-1] // 4
    last = pooled.shape[-1] - trimmed
    return np.partition(pooled, (trimmed, last - 1), axis=-1)[..., trimmed:last].mean(-1)


def _mean(*tasks: np.ndarray, axis: int) -> Any:
    return _pooled(tasks).mean(-1)
