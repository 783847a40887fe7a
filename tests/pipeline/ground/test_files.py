"""Facts about reading what others wrote: whole, of its kind, and of a size that memory holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from pipeline.ground import files


def test_text_is_read_up_to_a_size(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_bytes("é".encode() * 2**19)
    assert files.read_text(path, 2**20) == "é" * 2**19
    path.write_bytes(b"x" * (2**20 + 1))
    with pytest.raises(ValueError, match=r"text: more than 1 MiB, wanted a file of text"):
        files.read_text(path, 2**20)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1 column 1: not JSON"),
        ("3", "got '3', wanted keys with values"),
        ('{"a": 1, "a": 2}', "got the key 'a' twice in one object, wanted it once"),
        ('{"a": ' + "9" * 5000 + "}", "a number of thousands of digits"),
        (r'{"a": "\ud800"}', r"half of a surrogate pair"),
    ],
)
def test_json_that_is_none_is_refused(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "it.json").write_text(text)
    with pytest.raises(ValueError, match=rf"it\.json: {told}"):
        files.read_json(tmp_path / "it.json")


def test_what_pandas_noted_beside_a_table_decides_nothing(tmp_path: Path) -> None:
    table = pa.Table.from_pandas(pd.DataFrame({"a": [1, 2]}, index=[5, 6]))
    parquet.write_table(table.replace_schema_metadata({"pandas": "{not JSON"}), tmp_path / "it.parquet")
    assert list(files.read_parquet(tmp_path / "it.parquet")["a"]) == [1, 2]


def test_a_small_file_of_many_values_is_refused_before_it_is_read(tmp_path: Path) -> None:
    rows = files.MOST_CELLS + 1
    one = pa.array(np.zeros(rows, np.int8))
    parquet.write_table(pa.table({"a": one}), tmp_path / "it.parquet", compression="zstd")
    assert (tmp_path / "it.parquet").stat().st_size < 2**20
    with pytest.raises(ValueError, match=rf"it\.parquet: got a table of {rows:,} values, wanted 100,000,000 at most"):
        files.read_parquet(tmp_path / "it.parquet")


def test_columns_that_stand_twice_or_hold_no_numbers_are_refused(tmp_path: Path) -> None:
    twice = pa.table([pa.array([1]), pa.array([2])], names=["a", "a"])
    parquet.write_table(twice, tmp_path / "it.parquet")
    with pytest.raises(ValueError, match=r"it\.parquet: column 'a' stands in it twice"):
        files.read_parquet(tmp_path / "it.parquet", ("a",))
    (tmp_path / "it.csv").write_text("a,b\nx,1\n")
    with pytest.raises(ValueError, match=r"it\.csv: column a: got str, wanted numbers"):
        files.read_csv(tmp_path / "it.csv", ("a",), ("a", "b"))
