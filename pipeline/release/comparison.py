"""Compares policies on the same episodes: paired differences with intervals, and whether the data decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from envs.ground.play import Space
from envs.ground.tables import check_words
from pipeline.evaluation.judged import OURS, Judged, compared_columns
from pipeline.evaluation.measuring import Contestant, episodes_of, play_measured
from pipeline.evaluation.resampling import Bootstrap
from pipeline.evaluation.statistics import paired_difference
from pipeline.export.policy_file import read_policy
from pipeline.ground.files import read_json, read_parquet
from pipeline.ground.paths import ONNX, scenarios
from pipeline.scenarios.sets import read_sets
from pipeline.settings.evaluate import Evaluate

KEYS = ["episode", "scenario", "episode_seed"]


@dataclass(frozen=True)
class Contender:
    """What is compared, by which name: a table of the same episodes for each training run.

    Attributes:
        compared: the columns that there are to compare, and what they are.
    """

    name: str
    runs: list[pd.DataFrame]
    compared: Mapping[str, str]


@dataclass(frozen=True)
class Wanted:
    """The set that is compared on, and how an exported policy plays it that has not yet."""

    set_name: str
    evaluate: Evaluate


def read_contender(text: str, wanted: Wanted) -> Contender:
    """An evaluation's folder, a folder of such (one for each seed), or an export; PATH:MODE names who played.

    Raises:
        ValueError: nothing of these, a table that cannot be read, or a set or mode that was not played.
    """
    place, colon, mode = text.rpartition(":")
    place, asked = (place, mode) if colon and Path(place).exists() else (text, "deterministic")
    folder = Path(place)
    tables = [folder / "episodes.parquet"]
    if not tables[0].exists():
        tables = sorted(folder.glob("*/episodes.parquet"))
    if tables:
        compared = _compared(tables[0].with_name("figures.json"))
        return Contender(text, [_read(path, wanted.set_name, asked, compared) for path in tables], compared)
    if (folder / ONNX).exists() or folder.suffix == ".onnx":
        return _play(text, folder, asked, wanted)
    raise ValueError(
        f"{place}: wanted an evaluation (episodes.parquet), a folder of evaluations, or an exported policy"
    )


def compare(ours: Contender, theirs: Contender, bootstrap: Bootstrap) -> pd.DataFrame:
    """One row per compared column: both means, ours minus theirs with its interval, what that rests on, the verdict.

    Raises:
        ValueError: not the same episodes.
    """
    _check_same(ours, theirs)
    rows = []
    for name in [name for name in ours.compared if name in theirs.compared]:
        one, other = (np.stack([run[name].to_numpy(np.float64) for run in side.runs]) for side in (ours, theirs))
        known = np.isfinite(one).all(0) & np.isfinite(other).all(0)
        if known.any():
            rows.append({"figure": name} | _difference(one[:, known], other[:, known], bootstrap))
    return pd.DataFrame(rows)


def words(ours: Contender, theirs: Contender, table: pd.DataFrame, confidence: float) -> str:
    """The comparison as lines to print; where the data do not decide, they say so."""
    lines = [f"{ours.name} minus {theirs.name}, {confidence:.0%} intervals by bootstrap over {table['unit'].iloc[0]}s"]
    rows: Iterable[Any] = table.itertuples()
    for row in rows:
        undecided = "no difference in any unit" if row.low == row.high == 0.0 else "the data do not decide"
        verdict = undecided if row.verdict == "undecided" else f"{ours.name} is {row.verdict}"
        means = f"{row.ours:.4g} and {row.theirs:.4g}"
        lines.append(f"  {ours.compared[str(row.figure)]}: {means}: {row.difference:+.4g} {_ends(row)}, {verdict}")
    base = f"{table['num_units'].iloc[0]} {table['unit'].iloc[0]}s, {table['num_episodes'].max():,} episodes"
    lines.append(f"  ({base}{_caution(str(table['unit'].iloc[0]))})")
    return "\n".join(lines)


def _ends(row: Any) -> str:
    return "(no interval: a single one)" if np.isnan(row.low) else f"[{row.low:+.4g} to {row.high:+.4g}]"


def _caution(unit: str) -> str:
    return "; this speaks of these policies, not of the methods behind them" if unit == "episode" else ""


def _difference(ours: np.ndarray, theirs: np.ndarray, bootstrap: Bootstrap) -> dict[str, Any]:
    found = paired_difference(ours, theirs, bootstrap)
    estimate = found.estimate
    return {
        "ours": float(ours.mean()),
        "theirs": float(theirs.mean()),
        "difference": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "unit": estimate.unit,
        "num_units": estimate.num_units,
        "num_episodes": found.num_episodes,
        "verdict": found.verdict,
    }


def _check_same(ours: Contender, theirs: Contender) -> None:
    wanted = ours.runs[0][KEYS].reset_index(drop=True)
    for side in (ours, theirs):
        for run in side.runs:
            got = run[KEYS].reset_index(drop=True)
            if not got.equals(wanted):
                both = f"{len(wanted)} of {ours.name}, {len(got)} of {side.name}"
                raise ValueError(f"{side.name}: not the same episodes ({both}), wanted evaluations of the same sets")


def _compared(path: Path) -> dict[str, str]:
    found = read_json(path)
    if "compared" not in found:
        raise ValueError(f"{path}: no 'compared': of an older layout, run `dvc repro evaluate`")
    compared = found["compared"]
    if not isinstance(compared, dict) or not all(isinstance(words, str) for words in compared.values()):
        raise ValueError(f"{path}: compared: got {str(compared)[:40]!r}, wanted words by column")
    return compared


def _read(path: Path, set_name: str, mode: str, compared: Mapping[str, str]) -> pd.DataFrame:
    table = read_parquet(path, ("set", "mode", *KEYS), tuple(compared))
    check_words(table, ("set", "mode", "scenario"), str(path))
    chosen = table[(table["set"] == set_name) & (table["mode"] == mode)]
    if chosen.empty:
        played = sorted({f"{known} {who}" for known, who in zip(table["set"], table["mode"], strict=True)})
        raise ValueError(f"{path}: {set_name} was not played {mode}, known: {', '.join(played)}")
    return chosen.reset_index(drop=True)


def _play(name: str, folder: Path, mode: str, wanted: Wanted) -> Contender:
    if mode not in OURS:
        raise ValueError(f"{folder}: {mode}: an export plays {' or '.join(OURS)}; take {mode} from an evaluation")
    policy, described = read_policy(folder)
    sets, evaluate = read_sets(described.simulation, scenarios(described.world)), wanted.evaluate
    named, settings = tuple(sets.named.values()), described.simulation_settings
    world = Judged.of(described.world, settings)
    space = Space(described.simulation, settings, named, described.discount)
    contestant = Contestant(mode, policy, stochastic=mode == "stochastic")
    episodes = episodes_of(sets, wanted.set_name, contestant, evaluate.stochastic_episodes, evaluate.seed)
    played = play_measured(space, episodes, contestant, world.evaluation, evaluate.worlds_per_block)
    return Contender(name, [played.episodes], compared_columns(world))
