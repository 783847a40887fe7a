"""The report's first screen in words and cells: compared with what, where it fails, and the model card."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from envs.ground.evaluating import Figure
from pipeline.pictures.curve_pictures import draw_axes, draw_closeness, draw_shifts
from pipeline.report.evidence import SUM, Evidence
from pipeline.report.subject import Subject
from pipeline.report.words import number_of, share_of

BANDS = ("none", "micro", "macro")


def evidence_section(evidence: Evidence, subject: Subject) -> dict[str, Any]:
    """Everything that the template shows of it."""
    unit = evidence.rates.loc[evidence.rates["mode"] == "deterministic"].iloc[0]
    rules, limit = list(subject.rules), subject.world.evaluation.closeness_limit
    return {
        "rate_names": [figure.words for figure in rate_figures(evidence, subject)],
        "rates": rate_rows(evidence, subject),
        "has_suite": bool(evidence.solved),
        "worst": "; ".join(worst_words(evidence, subject, 1)),
        "rests_on": f"{unit['num_units']:,} {unit['unit']}s",
        "slices": slice_rows(evidence.slices, subject),
        "closeness": Markup(draw_closeness(evidence.closeness, closeness_words(subject), limit, rules)),
        "shifts": Markup(draw_shifts(evidence.shifts, rules, subject.percent)),
        "bands": band_rows(evidence.bands, subject),
        "worst_shifts": worst_shift_words(evidence.worst_shifts, subject),
        "published": published_rows(evidence.published),
        "variants": variant_rows(evidence.memorisation, subject),
        "axes": Markup(_draw_axes(evidence, subject)),
        "axis_tables": axis_tables(evidence, subject),
    }


def rate_figures(evidence: Evidence, subject: Subject) -> list[Figure]:
    """The figures that stand beside the baselines'."""
    return subject.shown("rates", dict.fromkeys(evidence.rates["figure"]))


def rate_rows(evidence: Evidence, subject: Subject) -> list[dict[str, Any]]:
    """One row per player: its name, suite scenarios solved (empty: no suite), each rate as text over its interval."""
    rows = []
    for mode, own in evidence.rates.groupby("mode", sort=False):
        by_figure = own.set_index("figure").to_dict("index")
        cells = [_estimate(by_figure[figure.name], figure) for figure in rate_figures(evidence, subject)]
        solved = "{} of {}".format(*evidence.solved[str(mode)]) if evidence.solved else ""
        rows.append({"name": subject.player(str(mode)), "solved": solved, "cells": cells})
    return rows


def slice_rows(slices: pd.DataFrame, subject: Subject) -> list[dict[str, Any]]:
    """The slices of unseen episodes as text, the worst first; cells: of the rules."""
    return [
        {
            "name": str(row["slice"]).replace("_", " "),
            "episodes": f"{row['episodes']:,}",
            "ours": interval_words(row["leading"], row["low"], row["high"], subject),
            "cells": [leading_words(row.get(rule, math.nan), subject) for rule in subject.rules],
        }
        for row in slices.to_dict("records")
    ]


def worst_words(evidence: Evidence, subject: Subject, most: int) -> list[str]:
    """Where the leading figure is worst, so many sentences for each kind of test; none where it is good everywhere."""
    say = subject.say
    slices = slice_rows(subject.bad(evidence.slices)[:most], subject)
    variants = variant_rows(subject.bad(evidence.memorisation), subject)[:most]
    return [
        *(f"{say['unseen']}, {row['name']}: {row['ours']}" for row in slices),
        *(f"{say['varied']}, {row['scenario']}: {row['lost']}" for row in variants),
        *(f"shifted suite, {words}" for words in worst_shift_words(evidence.worst_shifts, subject)[:most]),
    ]


def band_rows(bands: pd.DataFrame, subject: Subject) -> list[dict[str, str]]:
    """The leading figure by player, not shifted and in both bands."""
    rows = []
    for mode, own in bands.groupby("mode", sort=False):
        figures = own.set_index("band")["leading"]
        row = {band: leading_words(figures.get(band, math.nan), subject) for band in BANDS}
        rows.append({"name": subject.player(str(mode)), **row})
    return rows


def worst_shift_words(worst: pd.DataFrame, subject: Subject) -> list[str]:
    """The shifts under which the leading figure is worst, one sentence each."""
    return [
        f"{row['shift_family'].replace('_', ' ')} {row['size_label']}, {row['shifted']}: "
        f"{leading_words(row['leading'], subject)} of {row['episodes']:.0f} episodes"
        for _, row in worst.iterrows()
    ]


def variant_rows(memorisation: pd.DataFrame, subject: Subject) -> list[dict[str, str]]:
    """The memorisation test as text, the scenario that suffers most first."""
    rows = subject.worst_first(memorisation).to_dict("records")
    return [
        {
            "scenario": row["scenario"],
            "variants": f"{row['variants']:,}",
            "lost": interval_words(row["leading"], row[subject.low], row[subject.high], subject),
            "worst": _closest(row, subject) + str(row["worst_change"]),
        }
        for row in rows
    ]


def _closest(row: dict[Any, Any], subject: Subject) -> str:
    """How close the worst variant came, where that is one of the outcomes."""
    closeness = subject.world.evaluation.closeness
    units = [outcome.unit for outcome in subject.world.outcomes if outcome.name == closeness]
    return f"{row[closeness]:.2f} {units[0]}, " if units else ""


def axis_tables(evidence: Evidence, subject: Subject) -> list[dict[str, Any]]:
    """A table for each axis that the world wants one of: a row per place and player, each figure over its interval."""
    found = []
    for axis, table in evidence.axes.values():
        if axis.name not in subject.world.evaluation.tables:
            continue
        figures = subject.shown(axis.name, dict.fromkeys(table["figure"]))
        rows = []
        for (place, mode), own in table.groupby(["place", "mode"], sort=False):
            by_figure = own.set_index("figure").to_dict("index")
            cells = [_estimate(by_figure[figure.name], figure) for figure in figures]
            rows.append({"place": f"{place:g}", "name": subject.player(str(mode)), "cells": cells})
        found.append({"places": axis.unit, "names": [figure.words for figure in figures], "rows": rows})
    return found


def published_rows(published: pd.DataFrame) -> list[dict[str, str]]:
    """Ours beside the published figures as text."""
    return [
        {
            "mode": row["mode"],
            "scenarios": row["scenarios"],
            "published": row["published"],
            "who": row["who"],
            "ours": f"{share_of(row['value'])} [{share_of(row['low'])} to {share_of(row['high'])}]",
            "episodes": f"{row['episodes']:,}",
            "yardstick": share_of(row["yardstick"]),
        }
        for _, row in published.iterrows()
    ]


def closeness_words(subject: Subject) -> str:
    """What is told on the axis of closeness."""
    return subject.say["closeness"] or subject.figure(subject.world.evaluation.closeness).words


def leading_words(value: float, subject: Subject) -> str:
    """A value of the leading figure."""
    return share_of(value) if subject.percent else number_of(value)


def interval_words(value: float, low: float, high: float, subject: Subject) -> str:
    """A value of the leading figure with its interval, where there is one."""
    told = leading_words(value, subject)
    if not math.isfinite(low):
        return told
    return f"{told} [{leading_words(low, subject)} to {leading_words(high, subject)}]"


def _draw_axes(evidence: Evidence, subject: Subject) -> str:
    axes: Sequence[Any] = [(axis, table) for axis, table in evidence.axes.values()]
    return draw_axes(axes, evidence.teams, subject.rate, subject.say["teams"], list(subject.rules))


def _estimate(row: dict[Any, Any], figure: Figure) -> dict[str, Any]:
    if row["unit"] == SUM:
        return {"text": f"{row['value']:,.0f}", "small": ""}
    words = share_of if figure.percent else number_of
    known = math.isfinite(row["low"])
    return {"text": words(row["value"]), "small": f"[{words(row['low'])} to {words(row['high'])}]" if known else ""}
