"""Rows of experiments as text to read, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pipeline.experiments.kept import Row

SCORE = "score"
MOST_FIGURES = 5
"""Of a table to read: the first ones, which are the most telling."""
_MOST_CHANGES, _LONGEST_CHANGE = 3, 60
_NOTHING = "-"
_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def figures_of(rows: Sequence[Row]) -> list[str]:
    """The names of all figures, in the order in which worlds tell them: the most telling first."""
    return list(dict.fromkeys(name for row in rows for name in row.figures))


def sorted_by(rows: Sequence[Row], figure: str, largest_first: bool) -> list[Row]:
    """By a figure; rows without it last.

    Raises:
        ValueError: no row has it.
    """
    known = figures_of(rows)
    if known and figure not in known:
        raise ValueError(f"--sort: got {figure}, wanted one of {', '.join(known)}")
    having = [row for row in rows if figure in row.figures]
    ordered = sorted(having, key=lambda row: row.figures[figure], reverse=largest_first)
    return ordered + [row for row in rows if figure not in row.figures]


def as_text(rows: Sequence[Row], figures: Sequence[str], now: datetime) -> str:
    """Columns that line up; worlds and policies are named where there are several."""
    several = len({(row.world, row.policy) for row in rows if row.world}) > 1
    head = ["experiment", *(["world/policy"] if several else []), *figures, "state", "age", "changed"]
    lines = [head]
    for row in rows:
        place = [f"{row.world}/{row.policy}" if row.world else _NOTHING] if several else []
        numbers = [_number(row.figures.get(name)) for name in figures]
        lines.append([row.name, *place, *numbers, row.state, age(row.created, now), changes(row)])
    wide = [max(len(line[column]) for line in lines) for column in range(len(head))]
    right = range(len(head) - 3 - len(figures), len(head) - 3)
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, wide, strict=True))
        ).rstrip()
        for line in lines
    )


def as_json(rows: Sequence[Row]) -> str:
    """A list of objects, with all figures and all that was changed."""
    return json.dumps([_plain(row) for row in rows], indent=2)


def as_csv(rows: Sequence[Row]) -> str:
    """A line for each row, with a column for each figure; `changed` is JSON."""
    figures, text = figures_of(rows), io.StringIO()
    own = ["experiment", "world", "policy", "seeds", "state", "created", "changed"]
    writer = csv.DictWriter(text, [*own, *figures], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        plain = _plain(row)
        writer.writerow({name: plain[name] for name in own} | {"changed": json.dumps(row.changed)} | dict(row.figures))
    return text.getvalue().rstrip("\n")


def changes(row: Row) -> str:
    """What was changed, the first few, short."""
    said = [f"{key}={_value(value)}" if value is not None else f"~{key}" for key, value in row.changed.items()]
    short = [text if len(text) <= _LONGEST_CHANGE else f"{text[: _LONGEST_CHANGE - 1]}…" for text in said]
    more = len(short) - _MOST_CHANGES
    return " ".join([*short[:_MOST_CHANGES], *([f"and {more} more"] if more > 0 else [])]) or _NOTHING


def age(created: datetime | None, now: datetime) -> str:
    """How long ago, by the largest unit that fits: 3 d, 5 h; DVC's times are local where they name no zone."""
    if created is None:
        return _NOTHING
    passed = max(1.0, (now - created.astimezone(UTC)).total_seconds())
    seconds, unit = next((seconds, unit) for seconds, unit in _UNITS if passed >= seconds)
    return f"{passed // seconds:.0f} {unit}"


def _plain(row: Row) -> dict[str, Any]:
    return {
        "experiment": row.name,
        "world": row.world,
        "policy": row.policy,
        "seeds": row.seeds,
        "state": row.state,
        "created": row.created.astimezone(UTC).isoformat() if row.created else None,
        "changed": dict(row.changed),
        "figures": dict(row.figures),
    }


def _number(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.4g}"


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
