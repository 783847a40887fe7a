"""How every stage begins and ends: parameters checked first, people's mistakes told in a line, never a traceback."""

from __future__ import annotations

import errno
import gc
import io
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envs.ground.json_text import parse_json
from envs.ground.tables import check_numbers
from pipeline.ground.orphans import end_with_dvc
from pipeline.ground.writing import write_atomically

if TYPE_CHECKING:
    import pandas as pd

INTERRUPTED = 130
MOST_BYTES = 2**26
"""Of a file of text: no file of ours comes near, and a reader has many times as much in memory."""

MOST_CELLS = 10**8
"""Of a table: rows times columns."""
_MOST_SAID = 300
"""Of a library's words, in characters."""


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


def read_text(path: Path, most_bytes: int = MOST_BYTES) -> str:
    """Read a file of text.

    Raises:
        FileNotFoundError: there is none.
        ValueError: it is longer than `most_bytes`, or not UTF-8, by name.
    """
    with path.open("rb") as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise ValueError(f"{path}: more than {most_bytes // 2**20} MiB, wanted a file of text")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: byte {error.start}: not UTF-8 text (damaged?)") from None


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON file that another stage wrote.

    Raises:
        FileNotFoundError: there is none.
        ValueError: it is not JSON, or no keys with values, by name.
    """
    content = parse_json(read_text(path), str(path))
    if not isinstance(content, dict):
        raise ValueError(f"{path}: got {str(content)[:40]!r}, wanted keys with values")
    return content


def read_csv(path: Path, columns: Collection[str] = (), numbers: Collection[str] = ()) -> pd.DataFrame:
    """Read a CSV file that another stage wrote; it has at least `columns`, each once, and `numbers` are numbers.

    Raises:
        ValueError: it is not a table, or one of an older layout; the message names file, column and wish.
    """
    import pandas as pd

    try:
        table = pd.read_csv(io.StringIO(read_text(path)))
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ValueError(f"{path}: not a table (truncated?): {_line(error)}") from None
    return _with_columns(table, columns, numbers, path)


def read_parquet(path: Path, columns: Collection[str] = (), numbers: Collection[str] = ()) -> pd.DataFrame:
    """Read a Parquet file that another stage wrote; it has at least `columns`, each once, and `numbers` are numbers.

    What pandas noted in the file beside the table decides nothing, so that nobody's note can.

    Raises:
        FileNotFoundError: there is none; its `filename` is the path.
        ValueError: it is not a whole table, or one of an older layout, or one of more than MOST_CELLS; the message
            names file, column and wish.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            _check_size(file.metadata.num_rows * file.metadata.num_columns, path)
            table = file.read(use_pandas_metadata=False).replace_schema_metadata(None).to_pandas()
    except FileNotFoundError as error:  # pyarrow's names no file
        raise FileNotFoundError(errno.ENOENT, error.strerror, str(path)) from None
    except (pa.ArrowException, OSError) as error:  # a damaged page is an OSError without a name, of several lines
        raise ValueError(f"{path}: not a table (truncated?): {_line(error)}") from None
    return _with_columns(table, columns, numbers, path)


def _check_size(num_cells: int, path: Path) -> None:
    """A small file can say that it holds more than fits into memory."""
    if not 0 <= num_cells <= MOST_CELLS:
        raise ValueError(f"{path}: got a table of {num_cells:,} values, wanted {MOST_CELLS:,} at most")


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:_MOST_SAID]


def _with_columns(table: pd.DataFrame, columns: Collection[str], numbers: Collection[str], path: Path) -> pd.DataFrame:
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise ValueError(f"{path}: column {str(twice[0])!r} stands in it twice, wanted it once")
    missing = [name for name in (*columns, *numbers) if name not in table.columns]
    if missing:
        rest = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise ValueError(f"{path}: no column {missing[0]!r}{rest}: of an older layout, run `dvc repro` to make it anew")
    check_numbers(table, numbers, str(path))
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
