"""Compose the page about scenarios: world by world a proof, a difficulty and a picture of each, and sets by family."""

from __future__ import annotations

import json
import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from envs.ground.rooms import Scenarios
from pipeline.ground.templates import template
from pipeline.scenarios.proofs import NOT_SOLVED

_UNKNOWN = "\N{EN DASH}"
_NO_NUMBER = "nan"
"""What tables that are sorted by numbers take for none."""
_SHARES = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Chapter:
    """What there is to say of one world.

    Attributes:
        agents: what they are called: "cars".
        room: of the world, for its words.
        solved: of the columns that tell how an episode was solved, those that are shown, and what they are.
        proofs: a row per named scenario, as `pipeline.scenarios.proven_sets.prove_named` makes them.
        pictures: an SVG by the scenario's name.
        drawn: the drawn sets by name, as `pipeline.scenarios.proven_sets.draw_set` makes them.
    """

    world: str
    agents: str
    room: Scenarios
    solved: Mapping[str, str]
    proofs: pd.DataFrame
    pictures: Mapping[str, str] = field(default_factory=dict)
    drawn: Mapping[str, pd.DataFrame] = field(default_factory=dict)


@dataclass(frozen=True)
class _Cell:
    """What is read, what to sort by, whether something is wrong, whether it is words."""

    text: str
    value: str
    wrong: bool = False
    words: bool = False


def render(chapters: Sequence[Chapter]) -> str:
    """The page as self-contained HTML."""
    return template("report/scenarios.html.j2").render(chapters=[_chapter(chapter) for chapter in chapters])


def _chapter(chapter: Chapter) -> dict[str, Any]:
    room, proofs = chapter.room, chapter.proofs
    summed = _summed(room, [proofs, *chapter.drawn.values()])
    return {
        "world": chapter.world,
        "agents": chapter.agents,
        "hard": room.hard,
        "columns": _headers(room.told, proofs),
        "solved": _headers(chapter.solved, proofs),
        "scenarios": [_scenario(chapter, row, summed) for row in proofs.to_dict("records")],
        "unsolved": proofs.loc[~proofs["solved"].astype(bool), "scenario"].tolist(),
        "summed": room.told.get(summed, ""),
        "methods": [*room.methods, NOT_SOLVED] if room.methods else [],
        "sets": {name: _families(room, table, summed) for name, table in chapter.drawn.items()},
    }


def _summed(room: Scenarios, tables: Sequence[pd.DataFrame]) -> str:
    """The column that is summed up over drawn episodes, the first of numbers; '': none."""
    known = [name for name in room.told for table in tables if name in table and table[name].dtype.kind == "f"]
    return next(iter(known), "")


def _headers(columns: Mapping[str, str], table: pd.DataFrame) -> list[tuple[str, bool]]:
    """Of each column its words, and whether it holds words."""
    return [(words, table[name].dtype == object) for name, words in columns.items()]


def _scenario(chapter: Chapter, row: dict[Hashable, Any], red: str) -> dict[str, Any]:
    """The cells of one named scenario, as words and numbers to sort by; that of the column `red` where it conflicts."""
    return {
        "name": row["scenario"],
        "picture": Markup(chapter.pictures[row["scenario"]]),
        "num_agents": row["num_agents"],
        "nobody": [_cell(row[name], wrong=row["conflicting"] and name == red) for name in chapter.room.told],
        "is_solved": bool(row["solved"]),
        "method": row["method"],
        "way": _words(chapter.room, row["plan"]),
        "cells": [_cell(row[name]) for name in (*chapter.solved, "difficulty")],
    }


def _cell(value: Any, *, wrong: bool = False) -> _Cell:
    if isinstance(value, bool | np.bool_):
        return _Cell("yes" if value else "no", str(int(value)), bool(wrong))
    if isinstance(value, str):
        return _Cell(value or _UNKNOWN, value or _NO_NUMBER, words=True)
    text = _number(value)
    return _Cell(text, _NO_NUMBER if text == _UNKNOWN else text, bool(wrong))


def _words(room: Scenarios, plan: str) -> str:
    """How it was solved."""
    if not plan:
        return "no way was found"
    way = json.loads(plan)
    return room.methods[way["method"]].format(**way)


def _families(room: Scenarios, table: pd.DataFrame, summed: str) -> list[dict[str, Any]]:
    """One row per family and one for all, each with counts, shares by method and difficulty."""
    named = table[table["family"] != ""]
    groups = [*((str(family), rows) for family, rows in named.groupby("family")), ("all", table)]
    return [_family(room, name, rows, summed) for name, rows in groups]


def _family(room: Scenarios, name: str, rows: pd.DataFrame, summed: str) -> dict[str, Any]:
    share = rows["method"].value_counts(normalize=True)
    return {
        "name": name,
        "episodes": len(rows),
        "num_agents": _number(rows["num_agents"].mean()),
        "conflicts": f"{rows['conflicting'].mean():.1%}",
        "summed": _number(rows[summed].median()) if summed else "",
        "shares": [f"{share.get(method, 0.0):.1%}" for method in (*room.methods, NOT_SOLVED)],
        "difficulty": [_number(float(rows["difficulty"].quantile(share))) for share in _SHARES],
    }


def _number(value: float) -> str:
    """Counts and large numbers without decimals."""
    if not math.isfinite(value):
        return _UNKNOWN
    return f"{value:.0f}" if isinstance(value, int | np.integer) or abs(value) >= 100 else f"{value:.2f}"
