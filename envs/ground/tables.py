"""What the columns of a table that somebody else wrote hold: refused by column before anybody reckons with them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Table = Any
"""A pandas DataFrame: worlds that have no tables go without pandas."""
MOST_PLACES = 10**7
"""Of an episode's arrays: steps times agents."""


def check_numbers(table: Table, columns: Iterable[str], place: str) -> None:
    """Raise ValueError, naming `place` and column, where one of these columns holds anything but numbers and flags."""
    for name in columns:
        if table[name].dtype.kind not in "iufb":
            raise ValueError(f"{place}: column {name}: got {_kinds(table[name])}, wanted numbers")


def check_words(table: Table, columns: Iterable[str], place: str) -> None:
    """Raise ValueError, naming `place` and column, where one of these columns holds anything but text and numbers."""
    for name in columns:
        plain = table[name].dtype.kind in "iufb" or all(isinstance(value, str | int) for value in table[name])
        if not plain:
            raise ValueError(f"{place}: column {name}: got {_kinds(table[name])}, wanted text")


def check_steps(recording: Table, place: str) -> None:
    """Check the columns that recordings of all worlds have: step, agent, time_s where it is there.

    Raises:
        ValueError: a step that is no whole number from 0 on, a time that is none, agents that are not named, or so many
            steps and agents that no memory holds their arrays.
    """
    check_numbers(recording, [name for name in ("step", "time_s") if name in recording], place)
    check_words(recording, ["agent"], place)
    step = recording["step"]
    if step.dtype.kind not in "iu" or (step < 0).any():
        raise ValueError(f"{place}: column step: got {step.min()}, wanted whole numbers from 0 on")
    num_steps, num_agents = step.nunique(), recording["agent"].nunique()
    if num_steps * num_agents > MOST_PLACES:
        raise ValueError(
            f"{place}: got {num_steps} steps of {num_agents} agents, wanted {MOST_PLACES:,} places at most"
        )


def _kinds(column: Any) -> str:
    if column.dtype.kind != "O":
        return str(column.dtype)
    return " and ".join(sorted({type(value).__name__ for value in column})[:3]) or "nothing"
