"""Tables of the report: scenarios, the transfer matrix, reward parts; cells are numbers to sort by, and words."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from envs.ground.evaluating import Figure
from pipeline.evaluation.judged import OURS
from pipeline.report.policies import PolicyReport
from pipeline.report.subject import Subject
from pipeline.report.transfer_matrix import transfer_matrix
from pipeline.report.words import NOT_KNOWN, figure_words, in_brackets, in_two, in_words, low_to_high, signed


@dataclass(frozen=True)
class Cell:
    """A table cell: the number to sort by, what is read, what stands small below it, whether it is a failure."""

    value: float
    text: str
    small: str = ""
    lost: bool = False


def scenario_figures(table: pd.DataFrame, subject: Subject) -> list[Figure]:
    """The figures that the table of scenarios shows of each mode, the leading one first."""
    leading = subject.figure(subject.leading.figure)
    found = subject.shown("scenarios", table.columns)
    return [leading, *(figure for figure in found if figure.words != leading.words)]


def scenario_rows(table: pd.DataFrame, subject: Subject) -> list[dict[str, object]]:
    """One row per set and scenario: its size, how hard it is, the policy's figures by mode, the rules' leading ones."""
    if table.empty:
        return []
    rows, others = [], scenario_figures(table, subject)[1:]
    for (set_name, scenario), played in table.groupby(["set", "scenario"], sort=False):
        hard = [_spread_cell(played["difficulty"], in_two)] if has_difficulty(table) else []
        cells = list(hard)
        for mode in OURS:
            own = played[played["mode"] == mode]
            cells += [_leading_cell(own, subject), *(_figure_cell(own, figure, subject) for figure in others)]
        cells += [_leading_cell(played[played["mode"] == rule], subject) for rule in subject.rules]
        number = in_words(played["num_agents"].max())
        rows.append({"set": set_name, "name": scenario, "num": number, "cells": cells})
    return rows


def has_difficulty(table: pd.DataFrame) -> bool:
    """Whether anybody knows how hard some scenario is."""
    return "difficulty" in table and bool(table["difficulty"].notna().any())


def matrix_rows(policies: Sequence[PolicyReport], subject: Subject) -> list[dict[str, object]]:
    """The transfer matrix: a row per policy and mode, and per rule, with a cell per scenario and the mean."""
    tables = {policy.name: policy.scenarios for policy in policies if len(policy.scenarios)}
    matrix, told = transfer_matrix(tables, tuple(subject.world.baselines.words)), figure_words(subject.percent)
    failure = subject.leading.kind == "failure"
    return [
        {
            "name": name,
            "cells": {
                column: Cell(value, told(value), lost=failure and value > 0)
                for column, value in zip(matrix, values, strict=True)
            },
        }
        for name, values in zip(matrix.index, matrix.to_numpy(), strict=True)
    ]


def reward_parts(table: pd.DataFrame) -> list[str]:
    """The columns of reward parts."""
    return [str(column) for column in table.columns if str(column).startswith("reward_")]


def reward_rows(played: pd.DataFrame, parts: Sequence[str]) -> list[dict[str, object]]:
    """One row per set and scenario: the parts of the reward, and the return with its interval."""
    rows = []
    for (set_name, scenario), group in played.groupby(["set", "scenario"], sort=False):
        cells = [_spread_cell(group[part], signed) for part in parts]
        low, high = group["return_low"].min(), group["return_high"].max()
        total = _spread_cell(group["return_mean"], signed)
        interval = f"[{signed(low)} to {signed(high)}]" if math.isfinite(low) and math.isfinite(high) else ""
        total = Cell(total.value, total.text, "\n".join(filter(None, (total.small, interval))))
        rows.append({"set": set_name, "name": scenario, "cells": [*cells, total]})
    return rows


def _leading_cell(played: pd.DataFrame, subject: Subject) -> Cell:
    """The mean over seeds; below it their range, the widest bounds of the interval, and the number of episodes."""
    if played.empty:
        return Cell(math.nan, NOT_KNOWN)
    told, value = figure_words(subject.percent), played["leading"]
    lines = [low_to_high(value, told)] if value.nunique() > 1 else []
    known = played[subject.low].notna().any()
    lines += [in_brackets(played[subject.low].min(), played[subject.high].max(), told)] if known else []
    episodes = " + ".join(f"{count:,}" for count in sorted(set(played["episodes"])))
    lines.append(f"n = {episodes}" + (f" \N{MULTIPLICATION SIGN} {len(played)} seeds" if len(played) > 1 else ""))
    lost = subject.leading.kind == "failure" and bool((value > 0).any())
    return Cell(float(value.mean()), told(value.mean()), "\n".join(lines), lost)


def _figure_cell(played: pd.DataFrame, figure: Figure, subject: Subject) -> Cell:
    """Another figure than the leading one; red where it is the closeness, and beyond its limit."""
    evaluation = subject.world.evaluation
    lost = figure.name == evaluation.closeness and bool((played[figure.name] < evaluation.closeness_limit).any())
    return _spread_cell(played[figure.name], figure_words(figure.percent), lost=lost)


def _spread_cell(values: pd.Series, words: Callable[[float], str], *, lost: bool = False) -> Cell:
    """The mean over seeds, and below it their smallest and largest where they differ."""
    known = values[values.map(math.isfinite)] if len(values) else values
    if known.empty:
        return Cell(math.nan, NOT_KNOWN)
    text, ends = words(known.mean()), low_to_high(known, words)
    return Cell(float(known.mean()), text, ends if words(known.min()) != words(known.max()) else "", lost)
