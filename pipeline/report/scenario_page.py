"""Compose the page about scenarios: world by world a proof, a difficulty and a picture of each, and sets by family."""

from __future__ import annotations

import json
import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from markupsafe import Markup

from envs.ground.rooms import ScenarioWords
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
        agents: what they are called.
        words: the world's own.
        solved: of the columns that tell how an episode was solved, those that are shown, and what they are.
        proofs: a row per named scenario, as `pipeline.scenarios.proven_sets.prove_named` makes them.
        pictures: an SVG by the scenario's name.
        drawn: the drawn sets by name, as `pipeline.scenarios.proven_sets.draw_set` makes them.
    """

    world: str
    agents: str
    words: ScenarioWords
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
    words, proofs = chapter.words, chapter.proofs
    proven = bool(words.methods)
    return {
        "world": chapter.world,
        "agents": chapter.agents,
        "about": words.about,
        "columns": _headers(words.columns, proofs),
        "solved": _headers(chapter.solved, proofs),
        "scenarios": [_scenario(chapter, row) for row in proofs.to_dict("records")],
        "unsolved": proofs.loc[~proofs["solved"].astype(bool), "scenario"].tolist(),
        "proven": proven,
        "summed": next(iter(words.columns.values()), ""),
        "methods": [*words.methods, NOT_SOLVED] if proven else [],
        "sets": {name: _families(words, table) for name, table in chapter.drawn.items()},
    }


def _headers(columns: Mapping[str, str], table: pd.DataFrame) -> list[tuple[str, bool]]:
    """Of each column its words, and whether it holds words."""
    return [(words, table[name].dtype == object) for name, words in columns.items()]


def _scenario(chapter: Chapter, row: dict[Hashable, Any]) -> dict[str, Any]:
    """The cells of one named scenario, as words and numbers to sort by."""
    first = next(iter(chapter.words.columns), "")
    return {
        "name": row["scenario"],
        "picture": Markup(chapter.pictures[row["scenario"]]),
        "num_agents": row["num_agents"],
        "nobody": [_cell(row[name], wrong=row["conflicting"] and name == first) for name in chapter.words.columns],
        "is_solved": bool(row["solved"]),
        "method": row["method"],
        "way": _words(chapter.words, row["plan"]),
        "cells": [_cell(row[name]) for name in (*chapter.solved, "difficulty")],
    }


def _cell(value: Any, *, wrong: bool = False) -> _Cell:
    if isinstance(value, str):
        return _Cell(value or _UNKNOWN, value or _NO_NUMBER, words=True)
    text = _number(float(value))
    return _Cell(text, _NO_NUMBER if text == _UNKNOWN else text, bool(wrong))


def _words(words: ScenarioWords, plan: str) -> str:
    """How it was solved."""
    if not plan:
        return "no way was found"
    way = json.loads(plan)
    return words.methods[way["method"]].format(**way)


def _families(words: ScenarioWords, table: pd.DataFrame) -> list[dict[str, Any]]:
    """One row per family and one for all, each with counts, shares by method and difficulty."""
    named = table[table["family"] != ""]
    groups = [*((str(family), rows) for family, rows in named.groupby("family")), ("all", table)]
    return [_family(words, name, rows) for name, rows in groups]


def _family(words: ScenarioWords, name: str, rows: pd.DataFrame) -> dict[str, Any]:
    share = rows["method"].value_counts(normalize=True)
    summed = next(iter(words.columns), None)
    return {
        "name": name,
        "episodes": len(rows),
        "num_agents": _number(rows["num_agents"].mean()),
        "conflicts": f"{rows['conflicting'].mean():.1%}",
        "summed": "" if summed is None else _number(rows[summed].median()),
        "shares": [f"{share.get(method, 0.0):.1%}" for method in (*words.methods, NOT_SOLVED)],
        "difficulty": [_number(float(rows["difficulty"].quantile(share))) for share in _SHARES],
    }


def _number(value: float) -> str:
    """Whole numbers and large ones without decimals."""
    if not math.isfinite(value):
        return _UNKNOWN
    return f"{value:.0f}" if value == int(value) or abs(value) >= 100 else f"{value:.2f}"
