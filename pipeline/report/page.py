"""Compose the report: one HTML page that says first whether each policy is safe, and opens without a network."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from markupsafe import Markup

from envs.airspace.pictures.scene import SEPARATION_MINIMUM_NM
from pipeline.evaluation.published import TRAINING
from pipeline.ground.templates import template
from pipeline.pictures import panels, player
from pipeline.report.evidence import Evidence
from pipeline.report.evidence_section import evidence_section
from pipeline.report.transfer_matrix import transfer_matrix
from pipeline.report.words import NOT_KNOWN, in_brackets, in_words, low_to_high, percent, signed

MODES = ("deterministic", "stochastic")
RULES = ("mvp", "hold")
PICTURE_COLUMNS = 5


@dataclass(frozen=True)
class PolicyReport:
    """What is known of one policy, over all its seeds.

    `training` holds one value per fact (agent_steps, seconds, agent_steps_per_second, peak_memory_mb, ...); `curves`
    the learning curve of each seed; `scenarios` a row per (set, scenario, mode, seed) with rates in 0..1, NM and s;
    `recordings` one flown episode per name; `evidence` what it is compared with; `card` the model card's entries;
    `scores` what pipeline/evaluation/score.py says of each seed.
    """

    name: str
    seeds: Sequence[int]
    exported_seed: int
    training: dict[str, float | str]
    curves: dict[int, pd.DataFrame]
    scenarios: pd.DataFrame
    recordings: dict[str, pd.DataFrame]
    evidence: Evidence | None = None
    card: dict[str, str] = field(default_factory=dict)
    scores: dict[int, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """A report on some policies; `facts` says what it was generated from (commit, hashes, parameters).

    `ranking` is what pipeline/report/ranking.py makes of all of them.
    """

    title: str
    facts: dict[str, str]
    policies: Sequence[PolicyReport]
    ranking: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """The answer to "is this policy safe?": a grade (good, partly, bad, unknown), a word, sentences."""

    grade: str
    answer: str
    suite: str
    unseen: str
    failures: list[str]


@dataclass(frozen=True)
class Cell:
    """A table cell: the number to sort by, what is read, what stands small below it, whether it is a loss."""

    value: float
    text: str
    small: str = ""
    lost: bool = False


def render(report: Report) -> str:
    """Return the whole report as one self-contained HTML page."""
    curves = {f"{policy.name}/{seed}": curve for policy in report.policies for seed, curve in policy.curves.items()}
    recordings = {f"{policy.name} / {name}": r for policy in report.policies for name, r in policy.recordings.items()}
    return template("report/report.html.j2").render(
        report=report,
        sections=[_section(policy) for policy in report.policies],
        training_keys=list(dict.fromkeys(key for policy in report.policies for key in policy.training)),
        learning_curve=Markup(panels.learning_curve(curves)),
        num_runs=len(curves),
        published=[(name, f"{steps:,}", f"{hours:g}") for name, steps, hours in TRAINING],
        ours=[_training_words(policy) for policy in report.policies],
        matrix=matrix_rows(report.policies),
        player=Markup(player.embed(recordings)),
        num_recordings=len(recordings),
        modes=MODES,
        rules=RULES,
        minimum_nm=SEPARATION_MINIMUM_NM,
        value=in_words,
    )


def verdict(policy: PolicyReport) -> Verdict:
    """Return whether the policy is safe, from its deterministic flights; every seed must fly the suite flawlessly."""
    suite = _rows(policy, "deterministic", "suite")
    test = _rows(policy, "deterministic", "test")
    failures = [
        _failure(str(name), rows) for name, rows in suite.groupby("scenario", sort=False) if not _clear(rows).all()
    ]
    grade, answer = _grade(suite, test, failures)
    return Verdict(grade, answer, _suite_words(policy, suite), _unseen_words(policy, test), failures)


def _grade(suite: pd.DataFrame, test: pd.DataFrame, failures: list[str]) -> tuple[str, str]:
    if failures:
        lost = (suite["los_episodes"] > 0).any()
        return "bad", "no, it loses separation on the suite" if lost else "no, on the suite not everyone arrives"
    if suite.empty:
        return "unknown", "not known: the suite was not flown"
    if test.empty:
        return "partly", "on the suite yes; unseen traffic was not flown"
    if (test["los_episodes"] > 0).any():
        return "partly", "on the suite yes, on unseen traffic not always"
    return "good", "no loss of separation seen"


def _suite_words(policy: PolicyReport, suite: pd.DataFrame) -> str:
    if suite.empty:
        return "The suite was not flown."
    counts = _clear(suite).groupby(suite["seed"]).sum()
    total, exported = suite["scenario"].nunique(), counts.get(policy.exported_seed)
    number = f"{counts.mean():.3g} of {total}"
    seeds = ""
    if len(counts) > 1:
        spread = "each" if counts.nunique() == 1 else f"mean; {counts.min()} to {counts.max()}"
        own = "" if exported is None else f"; exported seed {policy.exported_seed}: {exported}"
        seeds = f" ({spread} over {len(counts)} seeds{own})"
    return f"{number} suite scenarios{seeds} flown without loss of separation and with every aircraft arriving."


def _unseen_words(policy: PolicyReport, test: pd.DataFrame) -> str:
    if test.empty:
        return "Unseen procedural traffic was not flown."
    shown = test[test["seed"] == policy.exported_seed]
    row = (shown if len(shown) else test).iloc[0]
    several = len(test) > 1
    mean = f"{percent(test['los_rate'].mean())} of unseen procedural episodes"
    spread = (
        f"mean; {low_to_high(test['los_rate'], percent)} over {len(test)} seeds; seed {row['seed']}: "
        if several
        else ""
    )
    own = percent(row["los_rate"]) + ", " if several else ""
    interval = f"Wilson 95 % {in_brackets(row['los_low'], row['los_high'])}, {row['episodes']:,} episodes"
    return f"Separation is lost in {mean} ({spread}{own}{interval}){_baseline_words(policy)}."


def _baseline_words(policy: PolicyReport) -> str:
    hold, mvp = (_rows(policy, rule, "test")["los_rate"] for rule in ("hold", "mvp"))
    baseline = f"; doing nothing (hold) loses it in {percent(hold.mean())}" if len(hold) else "; hold was not flown"
    return baseline + (f", the geometric resolver mvp in {percent(mvp.mean())}" if len(mvp) else "")


def _failure(name: str, rows: pd.DataFrame) -> str:
    lost, late = int((rows["los_episodes"] > 0).sum()), int((rows["all_arrived_rate"] < 1).sum())
    seeds = f" with {{}} of {len(rows)} seeds" if len(rows) > 1 else ""
    words = []
    if lost:
        words.append(f"separation lost{seeds.format(lost)}, smallest {rows['min_separation_nm'].min():.2f} NM")
    if late:
        words.append(f"not everyone arrived{seeds.format(late)}")
    return f"{name}: {'; '.join(words)}"


def _clear(rows: pd.DataFrame) -> pd.Series:
    """Return, per row, whether no episode lost separation and all aircraft arrived in every episode."""
    return (rows["los_episodes"] == 0) & (rows["all_arrived_rate"] >= 1)


def _rows(policy: PolicyReport, mode: str, set_name: str | None = None) -> pd.DataFrame:
    table = policy.scenarios
    if table.empty:
        return pd.DataFrame(columns=[*table.columns, "set", "mode", "seed", "scenario", "los_episodes", "los_rate"])
    chosen = table["mode"] == mode
    return table[chosen if set_name is None else chosen & (table["set"] == set_name)]


def _section(policy: PolicyReport) -> dict[str, object]:
    table = policy.scenarios
    parts = [str(column) for column in table.columns if str(column).startswith("reward_")]
    paths = panels.svg(panels.trajectories(policy.recordings, PICTURE_COLUMNS)) if policy.recordings else ""
    return {
        "policy": policy,
        "verdict": verdict(policy),
        "shown": None if policy.evidence is None else evidence_section(policy.evidence),
        "scenarios": _scenario_rows(table),
        "parts": [part.removeprefix("reward_").replace("_", " ") for part in parts],
        "rewards": _reward_rows(_rows(policy, "deterministic"), parts),
        "num_seeds": len(policy.seeds),
        "safety": Markup(panels.safety_by_scenario(table)),
        "paths": Markup(paths),
    }


def _training_words(policy: PolicyReport) -> tuple[str, str, str]:
    """The policy, its steps in all and until the best one, and hours."""
    known = {name: policy.training.get(name) for name in ("agent_steps", "best_agent_steps", "seconds")}
    seconds = known["seconds"]
    hours = NOT_KNOWN if not isinstance(seconds, int | float) else f"{seconds / 3600:.2g}"
    return policy.name, f"{in_words(known['agent_steps'])} (best: {in_words(known['best_agent_steps'])})", hours


def _scenario_rows(table: pd.DataFrame) -> list[dict[str, object]]:
    if table.empty:
        return []
    rows = []
    for (set_name, scenario), flown in table.groupby(["set", "scenario"], sort=False):
        cells = [cell for mode in MODES for cell in _mode_cells(flown[flown["mode"] == mode])]
        rules = [_los_cell(flown[flown["mode"] == rule]) for rule in RULES]
        hard = _spread_cell(flown["difficulty"], lambda number: f"{number:.2f}", lost=False)
        rows.append(
            {
                "set": set_name,
                "name": scenario,
                "num": in_words(flown["num_agents"].max()),
                "cells": [hard, *cells, *rules],
            }
        )
    return rows


def matrix_rows(policies: Sequence[PolicyReport]) -> list[dict[str, object]]:
    """Return the transfer matrix: a row per policy and mode, and per rule, with a cell per scenario and the mean."""
    matrix = transfer_matrix({policy.name: policy.scenarios for policy in policies if len(policy.scenarios)})
    return [
        {
            "name": name,
            "cells": {
                column: Cell(rate, percent(rate), lost=rate > 0) for column, rate in zip(matrix, rates, strict=True)
            },
        }
        for name, rates in zip(matrix.index, matrix.to_numpy(), strict=True)
    ]


def _mode_cells(flown: pd.DataFrame) -> list[Cell]:
    nearest = flown["min_separation_nm"]
    return [
        _los_cell(flown),
        _spread_cell(nearest, lambda nm: f"{nm:.2f}", lost=bool((nearest < SEPARATION_MINIMUM_NM).any())),
        _spread_cell(flown["arrived_share"], percent, lost=False),
        _spread_cell(flown["flight_time_s"], lambda seconds: f"{seconds:.0f}", lost=False),
    ]


def _los_cell(flown: pd.DataFrame) -> Cell:
    """Return the mean rate over seeds; below it their range, the widest Wilson bounds, and the number of episodes."""
    if flown.empty:
        return Cell(math.nan, NOT_KNOWN)
    rate = flown["los_rate"]
    lines = [low_to_high(rate, percent)] if rate.nunique() > 1 else []
    lines += [in_brackets(flown["los_low"].min(), flown["los_high"].max())] if flown["los_low"].notna().any() else []
    episodes = " + ".join(f"{count:,}" for count in sorted(set(flown["episodes"])))
    lines.append(f"n = {episodes}" + (f" \N{MULTIPLICATION SIGN} {len(flown)} seeds" if len(flown) > 1 else ""))
    return Cell(float(rate.mean()), percent(rate.mean()), "\n".join(lines), bool((rate > 0).any()))


def _spread_cell(values: pd.Series, words: Callable[[float], str], *, lost: bool) -> Cell:
    """Return the mean over seeds, and below it their smallest and largest where they differ."""
    known = values[values.map(math.isfinite)] if len(values) else values
    if known.empty:
        return Cell(math.nan, NOT_KNOWN)
    text, ends = words(known.mean()), low_to_high(known, words)
    return Cell(float(known.mean()), text, ends if words(known.min()) != words(known.max()) else "", lost)


def _reward_rows(flown: pd.DataFrame, parts: list[str]) -> list[dict[str, object]]:
    rows = []
    for (set_name, scenario), group in flown.groupby(["set", "scenario"], sort=False):
        cells = [_spread_cell(group[part], signed, lost=False) for part in parts]
        low, high = group["return_low"].min(), group["return_high"].max()
        total = _spread_cell(group["return_mean"], signed, lost=False)
        interval = f"[{signed(low)} to {signed(high)}]" if math.isfinite(low) and math.isfinite(high) else ""
        total = Cell(total.value, total.text, "\n".join(filter(None, (total.small, interval))))
        rows.append({"set": set_name, "name": scenario, "cells": [*cells, total]})
    return rows
