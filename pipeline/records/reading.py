"""Reads a record: what record.json says of it, and the rows of all its files."""

from __future__ import annotations

from pathlib import Path

from pipeline.ground.parts import sha256
from pipeline.records.columns import MOST_NUMBERS, Layout, Rows, num_rows, read_part
from pipeline.records.described import DESCRIBED, Described


def read_rows(folder: Path, described: Described) -> Rows:
    """All rows, part after part as record.json names them, each looked at.

    Raises:
        ValueError: a part that is missing, truncated, changed, too large, or holds what cannot be; or other sums than
            record.json says.
    """
    layout, paths = Layout.of(described), [folder / name for name in described.parts]
    counts = [num_rows(path, layout) for path in paths]
    place = folder / DESCRIBED
    if sum(counts) * layout.width > MOST_NUMBERS:
        raise ValueError(f"{place}: got {sum(counts) * layout.width:,} numbers in all, wanted {MOST_NUMBERS:,} at most")
    if sum(counts) != described.agent_steps:
        raise ValueError(f"{place}: agent_steps: got {described.agent_steps}, wanted {sum(counts)}, the parts' rows")
    for path in paths:
        found, wanted = sha256(path), described.parts[path.name]
        if found != wanted:
            raise ValueError(f"{path}: its SHA-256 is {found}, wanted {wanted}, as {DESCRIBED} says: changed since")
    return Rows.together([read_part(path, layout) for path in paths])
