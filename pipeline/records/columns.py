"""The columns of a record: one row per agent-step that counted, as Parquet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
from pyarrow import compute, parquet

from pipeline.records.described import Described

MOST_NUMBERS = 2 * 10**9
"""In all files of a record: 8 GB of observations."""
_MOST_SAID = 300
_PLAIN = ("pilot", "episode", "agent", "step")
_PAID = ("reward", "terminated", "truncated")


@dataclass(frozen=True)
class Layout:
    """What the columns have to hold.

    Attributes:
        observation, action: names of D numbers that are seen and K that are done.
        num_choices: n; 0: actions are numbers.
        masked: whether there is a column of the choices that are allowed.
    """

    observation: tuple[str, ...]
    action: tuple[str, ...]
    num_choices: int
    masked: bool

    @classmethod
    def of(cls, described: Described) -> Self:
        """Of what record.json says."""
        return cls(described.observation, described.action, described.num_choices, described.masked)

    @property
    def names(self) -> tuple[str, ...]:
        """Of all columns, in their order."""
        allowed = ("allowed",) if self.masked else ()
        return (*_PLAIN, "observation", *allowed, "action", *_PAID)

    @property
    def width(self) -> int:
        """How many numbers a row holds."""
        return len(_PLAIN) + len(self.observation) + len(self.action) + self.masked * self.num_choices + len(_PAID)


@dataclass(frozen=True)
class Rows:
    """What learning takes of N rows.

    Attributes:
        observation: (N, D) float32.
        action: (N, K) float32 in [-1, 1], or choices (N,) int64.
        allowed: (N, n) bool; None: all choices were there, or actions are numbers.
        episode, step: (N,) int64.
        agent: (N,) names.
        reward: (N,) float32.
        terminated, truncated: (N,) bool.
    """

    observation: np.ndarray
    action: np.ndarray
    allowed: np.ndarray | None
    episode: np.ndarray
    agent: np.ndarray
    step: np.ndarray
    reward: np.ndarray
    terminated: np.ndarray
    truncated: np.ndarray

    @classmethod
    def together(cls, parts: list[Rows]) -> Rows:
        """All of them, in this order."""
        found: dict[str, Any] = {}
        for name in (own.name for own in fields(cls)):
            columns = [getattr(part, name) for part in parts]
            found[name] = None if columns[0] is None else np.concatenate(columns)
        return cls(**found)


def lists_of(rows: np.ndarray, kind: pa.DataType) -> pa.Array:
    """(N, D) as a column of lists of D."""
    return pa.FixedSizeListArray.from_arrays(pa.array(rows.reshape(-1), kind), rows.shape[1])


def num_rows(path: Path, layout: Layout) -> int:
    """How many rows a part has, once its columns are all there; nothing of them is read.

    Raises:
        ValueError: no Parquet file, truncated, or a column that is missing.
    """
    return _told(path, lambda: _num_rows(path, layout))


def _num_rows(path: Path, layout: Layout) -> int:
    with parquet.ParquetFile(path) as file:
        there = file.schema_arrow.names
        for name in layout.names:
            if there.count(name) != 1:
                got = "got none" if name not in there else f"got {there.count(name)}"
                raise ValueError(f"{path}: column {name}: {got}, wanted one, beside {', '.join(layout.names)}")
        rows = int(file.metadata.num_rows)
    if rows < 1:
        raise ValueError(f"{path}: got {rows} rows, wanted one or more, one for each step of an agent")
    return rows


def read_part(path: Path, layout: Layout) -> Rows:
    """The rows of one file, whose `num_rows` is known; all columns are looked at.

    Raises:
        ValueError: truncated, or a value that cannot be; the message names file, column, got and wanted.
    """
    table = _told(path, lambda: _read(path, layout))
    reader = _Reader(path, table)
    reader.text("pilot")
    agents = reader.text("agent")
    ends = [reader.plain(name, pa.bool_()) for name in ("terminated", "truncated")]
    paid = reader.plain("reward", pa.float64()).astype(np.float32)
    reader.finite(paid[:, None], "reward", ("reward",))
    episode, step = (reader.plain(name, pa.int64()) for name in ("episode", "step"))
    seen = reader.lists("observation", len(layout.observation), pa.float32())
    reader.finite(seen, "observation", layout.observation)
    allowed = reader.lists("allowed", layout.num_choices, pa.bool_()) if layout.masked else None
    done = reader.choices(layout, allowed) if layout.num_choices else reader.numbers(layout)
    return Rows(seen, done, allowed, episode, agents, step, paid, *ends)


def _read(path: Path, layout: Layout) -> pa.Table:
    with parquet.ParquetFile(path) as file:
        return file.read(columns=list(layout.names), use_pandas_metadata=False)


def _told(path: Path, read: Callable[[], Any]) -> Any:
    """What `read` gives; what pyarrow says of a damaged file in a line."""
    try:
        return read()
    except FileNotFoundError:
        raise ValueError(f"{path}: not found, though record.json names it") from None
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"{path}: not a table (truncated?): {' '.join(str(error).split())[:_MOST_SAID]}") from None


@dataclass(frozen=True)
class _Reader:
    """Columns of a table as arrays, or a refusal that names file, column, what came and what was wanted."""

    path: Path
    table: pa.Table

    def refuse(self, name: str, said: str) -> ValueError:
        return ValueError(f"{self.path}: column {name}: {said}")

    def plain(self, name: str, kind: pa.DataType) -> np.ndarray:
        """(N,) of this type."""
        return self._cast(name, self.table[name], kind)

    def text(self, name: str) -> np.ndarray:
        """(N,) texts, of which equal ones are one object."""
        column = self.table[name]
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)) or column.null_count:
            raise self.refuse(name, f"got {self._type(column)}, wanted text in every row")
        told = column.combine_chunks()
        told = told if pa.types.is_dictionary(told.type) else told.dictionary_encode()
        names = np.array(told.dictionary.to_pylist(), object)
        return names[told.indices.to_numpy()] if len(names) else names

    def lists(self, name: str, width: int, kind: pa.DataType) -> np.ndarray:
        """(N, width) of this type."""
        column, wish = self.table[name], f"wanted a list of {width} in every row"
        types = pa.types
        if not (
            types.is_list(column.type) or types.is_large_list(column.type) or types.is_fixed_size_list(column.type)
        ):
            raise self.refuse(name, f"got {self._type(column)}, {wish}")
        if column.null_count:
            raise self.refuse(name, f"got nothing in {column.null_count} rows, {wish}")
        for length in compute.unique(compute.list_value_length(column)).to_pylist():
            if length != width:
                raise self.refuse(name, f"got a list of {length}, {wish}")
        return self._cast(name, compute.list_flatten(column), kind).reshape(-1, width)

    def numbers(self, layout: Layout) -> np.ndarray:
        """Actions (N, K) in [-1, 1]."""
        done = self.lists("action", len(layout.action), pa.float32())
        self.finite(done, "action", layout.action)
        beyond = np.argwhere(np.abs(done) > 1.0)
        if len(beyond):
            row, k = beyond[0]
            raise self.refuse("action", f"row {row}, {layout.action[k]}: got {done[row, k]:g}, wanted from -1 to 1")
        return done

    def choices(self, layout: Layout, allowed: np.ndarray | None) -> np.ndarray:
        """Choices (N,), each of those that there are, and allowed."""
        done = self.plain("action", pa.int64())
        wrong = np.flatnonzero((done < 0) | (done >= layout.num_choices))
        if len(wrong):
            wish = f"wanted a choice from 0 to {layout.num_choices - 1}"
            raise self.refuse("action", f"row {wrong[0]}: got {done[wrong[0]]}, {wish}")
        if allowed is not None:
            wrong = np.flatnonzero(~allowed[np.arange(len(done)), done])
            if len(wrong):
                raise self.refuse("action", f"row {wrong[0]}: got {done[wrong[0]]}, wanted one that is allowed there")
        return done

    def finite(self, rows: np.ndarray, name: str, names: tuple[str, ...]) -> None:
        """Refuse (N, D) with NaN or infinity."""
        wrong = np.argwhere(~np.isfinite(rows))
        if len(wrong):
            row, d = wrong[0]
            raise self.refuse(name, f"row {row}, {names[d]}: got {rows[row, d]}, wanted a finite number")

    def _cast(self, name: str, column: pa.ChunkedArray, kind: pa.DataType) -> np.ndarray:
        if column.null_count:
            raise self.refuse(name, f"got nothing in {column.null_count} places, wanted {kind} everywhere")
        safe = not pa.types.is_floating(kind)
        if pa.types.is_boolean(kind) != pa.types.is_boolean(column.type) or not _is_number(column.type):
            raise self.refuse(name, f"got {self._type(column)}, wanted {kind}")
        try:
            return np.asarray(column.cast(kind, safe=safe).to_numpy())
        except pa.ArrowException as error:
            said = " ".join(str(error).split())[:_MOST_SAID]
            raise self.refuse(name, f"got {self._type(column)}, wanted {kind}: {said}") from None

    @staticmethod
    def _type(column: pa.ChunkedArray) -> str:
        return str(column.type)[:_MOST_SAID]


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind))
