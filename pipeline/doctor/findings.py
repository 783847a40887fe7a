"""What an examination finds, and how it is told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

State = Literal["well", "note", "fault"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        about: what it is about, in a word or two.
        state: note: worth knowing, everything runs; fault: something fails or comes out wrong.
        found: what there is.
        advice: what to do; '' where all is well.
    """

    about: str
    state: State
    found: str
    advice: str = ""


def well(about: str, found: str) -> Finding:
    """All is as it should be."""
    return Finding(about, "well", found)


def note(about: str, found: str, advice: str) -> Finding:
    """Worth knowing."""
    return Finding(about, "note", found, advice)


def fault(about: str, found: str, advice: str) -> Finding:
    """Something fails, or comes out wrong."""
    return Finding(about, "fault", found, advice)


def as_text(findings: Sequence[Finding]) -> str:
    """A line for each, below it what to do, and a last line that counts."""
    wide = max(len(found.about) for found in findings)
    lines = list[str]()
    for found in findings:
        lines.append(f"{found.state:<5}  {found.about:<{wide}}  {found.found}")
        lines += [f"{'':<5}  {'':<{wide}}  -> {found.advice}"] if found.advice else []
    counts = {state: sum(found.state == state for found in findings) for state in ("fault", "note", "well")}
    return "\n".join([*lines, f"{counts['fault']} faults, {counts['note']} notes, {counts['well']} well"])


def as_json(findings: Sequence[Finding]) -> str:
    """A list of objects."""
    return json.dumps([asdict(found) for found in findings], indent=2)
