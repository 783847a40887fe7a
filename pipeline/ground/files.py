"""How every stage begins and ends: parameters checked first, people's mistakes told in a line, never a traceback."""

from __future__ import annotations

import errno
import gc
import json
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.ground.orphans import end_with_dvc
from pipeline.ground.writing import write_atomically

if TYPE_CHECKING:
    import pandas as pd

INTERRUPTED = 130


def run(stage: Callable[[], None]) -> None:
    """Run a stage and exit: 0, 1 after a mistake that was said on stderr, 130 after Ctrl-C or SIGTERM.

    A stage that dvc started ends with that dvc. What is loaded by now stays: garbage is looked for among all else.
    """
    gc.freeze()
    gc.enable()
    end_with_dvc()
    try:
        stage()
    except ValueError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        sys.exit(f"error: {error.filename}: {error.strerror or error}")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def words(wanted: str, example: str) -> list[str]:
    """The words after the program's name, one for each of `wanted`.

    Raises:
        ValueError: they are more or fewer, or SEED is no number; says what was wanted.
    """
    given, names = sys.argv[1:], wanted.split()
    numbers = all(word.isdecimal() for name, word in zip(names, given, strict=False) if name == "SEED")
    if len(given) != len(names) or not numbers:
        raise ValueError(f"got {' '.join(given) or 'no arguments'}, wanted: {wanted}, say {example}")
    return given


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON file that another stage wrote.

    Raises:
        ValueError: it is not JSON, or no keys with values, by name.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}: not JSON (truncated?): line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise ValueError(f"{path}: brackets within brackets without end, wanted keys with values") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: byte {error.start}: not UTF-8 text (damaged?)") from None
    if not isinstance(content, dict):
        raise ValueError(f"{path}: got {str(content)[:40]!r}, wanted keys with values")
    return content


def read_csv(path: Path, columns: Collection[str] = ()) -> pd.DataFrame:
    """Read a CSV file that another stage wrote; it has at least `columns`.

    Raises:
        ValueError: it is not a table, or one of an older layout; the message names file, column and wish.
    """
    import pandas as pd

    try:
        return _with_columns(pd.read_csv(path), columns, path)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not a table (truncated?): {error}") from None


def read_parquet(path: Path, columns: Collection[str] = ()) -> pd.DataFrame:
    """Read a Parquet file that another stage wrote; it has at least `columns`.

    Raises:
        FileNotFoundError: there is none; its `filename` is the path.
        ValueError: it is not a whole table, or one of an older layout; the message names file, column and wish.
    """
    import pandas as pd
    import pyarrow as pa

    try:
        return _with_columns(pd.read_parquet(path), columns, path)
    except FileNotFoundError as error:  # pyarrow's names no file
        raise FileNotFoundError(errno.ENOENT, error.strerror, str(path)) from None
    except (pa.ArrowInvalid, OSError) as error:  # a damaged page is an OSError without a name, of several lines
        raise ValueError(f"{path}: not a table (truncated?): {' '.join(str(error).split())}") from None


def _with_columns(table: pd.DataFrame, columns: Collection[str], path: Path) -> pd.DataFrame:
    missing = [name for name in columns if name not in table.columns]
    if missing:
        rest = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise ValueError(f"{path}: no column {missing[0]!r}{rest}: of an older layout, run `dvc repro` to make it anew")
    return table


def write_text(path: Path, text: str) -> None:
    """Write a text file by way of a temporary name."""
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def write_parquet(path: Path, table: pd.DataFrame) -> None:
    """Write a Parquet file by way of a temporary name."""
    write_atomically(path, lambda temporary: table.to_parquet(temporary, index=False))


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a CSV file by way of a temporary name."""
    write_atomically(path, lambda temporary: table.to_csv(temporary, index=False))
