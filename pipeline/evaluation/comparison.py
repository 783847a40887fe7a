"""Compares policies on the same episodes: paired differences with intervals, and whether the data decide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from envs.ground.play import Space
from pipeline.evaluation.measuring import Pilot, episodes_of, fly_measured
from pipeline.evaluation.statistics import Bootstrap, paired_difference
from pipeline.export.policy_file import read_policy
from pipeline.ground.paths import scenarios
from pipeline.scenarios.sets import read_sets
from pipeline.settings.evaluate import Evaluate

COMPARED = {
    "los": "episodes with loss of separation",
    "near_mid_air": "episodes with a near mid-air collision",
    "conflicts": "conflicts per episode",
    "min_separation_nm": "smallest separation, NM",
    "arrived_share": "share of aircraft that arrive",
    "track_nm": "distance flown per aircraft, NM",
    "fuel_kg": "fuel burnt per aircraft, kg",
    "instructions_per_flight": "instructions per aircraft",
}
"""The columns that are compared, and what they are; of episodes where both are finite."""

MODES = ("deterministic", "stochastic", "hold", "direct", "mvp")
KEYS = ["episode", "scenario", "episode_seed"]


@dataclass(frozen=True)
class Contender:
    """What is compared, by which name: a table of the same episodes for each training run."""

    name: str
    runs: list[pd.DataFrame]


@dataclass(frozen=True)
class Traffic:
    """The episodes that are compared on, and what is needed where an exported policy has yet to fly them."""

    set_name: str
    evaluate: Evaluate


def read_contender(text: str, traffic: Traffic) -> Contender:
    """An evaluation's folder, a folder of such (one for each seed), or an export; PATH:MODE names who flew.

    Raises:
        ValueError: nothing of these, a table that cannot be read, or a set or mode that was not flown.
    """
    place, _, asked = text.rpartition(":") if text.rpartition(":")[2] in MODES else (text, "", "deterministic")
    folder = Path(place)
    tables = [folder / "episodes.parquet"]
    if not tables[0].exists():
        tables = sorted(folder.glob("*/episodes.parquet"))
    if tables:
        return Contender(text, [_read(path, traffic.set_name, asked) for path in tables])
    if (folder / "policy.onnx").exists() or folder.suffix == ".onnx":
        return Contender(text, [_fly(folder, asked, traffic)])
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
    for name in COMPARED:
        one, other = (np.stack([run[name].to_numpy(np.float64) for run in side.runs]) for side in (ours, theirs))
        known = np.isfinite(one).all(0) & np.isfinite(other).all(0)
        if known.any():
            rows.append({"figure": name} | _difference(one[:, known], other[:, known], bootstrap))
    return pd.DataFrame(rows)


def words(ours: str, theirs: str, table: pd.DataFrame, confidence: float) -> str:
    """The comparison as lines to print; where the data do not decide, they say so."""
    lines = [f"{ours} minus {theirs}, {confidence:.0%} intervals by bootstrap over {table['unit'].iloc[0]}s"]
    rows: Iterable[Any] = table.itertuples()
    for row in rows:
        undecided = "no difference in any unit" if row.low == row.high == 0.0 else "the data do not decide"
        verdict = undecided if row.verdict == "undecided" else f"{ours} is {row.verdict}"
        means = f"{row.ours:.4g} and {row.theirs:.4g}"
        lines.append(f"  {COMPARED[str(row.figure)]}: {means}: {row.difference:+.4g} {_ends(row)}, {verdict}")
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


def _read(path: Path, set_name: str, mode: str) -> pd.DataFrame:
    columns = ["set", "mode", *KEYS, *COMPARED]
    try:
        table = pd.read_parquet(path, columns=columns)
    except (OSError, KeyError, ValueError) as error:
        raise ValueError(
            f"{path}: not a table of measured episodes (truncated, or of an older layout): {error}"
        ) from None
    chosen = table[(table["set"] == set_name) & (table["mode"] == mode)]
    if chosen.empty:
        flown = sorted({f"{known} {flyer}" for known, flyer in zip(table["set"], table["mode"], strict=True)})
        raise ValueError(f"{path}: {set_name} was not flown {mode}, known: {', '.join(flown)}")
    return chosen.reset_index(drop=True)


def _fly(folder: Path, mode: str, traffic: Traffic) -> pd.DataFrame:
    if mode not in ("deterministic", "stochastic"):
        raise ValueError(
            f"{folder}: {mode}: an export flies deterministic or stochastic; take {mode} from an evaluation"
        )
    policy, described = read_policy(folder)
    sets, evaluate = read_sets(scenarios(described.world)), traffic.evaluate
    named = tuple(sets.named.values())
    space = Space(described.simulation, described.simulation_settings, named, described.discount)
    pilot = Pilot(mode, policy, stochastic=mode == "stochastic")
    episodes = episodes_of(sets, traffic.set_name, pilot, evaluate.stochastic_episodes, evaluate.seed)
    return fly_measured(space, episodes, pilot, evaluate.worlds_per_block).episodes
