"""Facts about what columns of others' tables are refused."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pandas as pd
import pytest

from envs.ground.names import is_name, is_word
from envs.ground.png import pixels_of, png_bytes
from envs.ground.tables import MOST_PLACES, check_numbers, check_steps, check_words
from tests.envs.ground.test_frames import pixels


def recording(**changes: Any) -> pd.DataFrame:
    return pd.DataFrame({"step": [0, 0, 1, 1], "time_s": 0.0, "agent": list("abab"), **changes})


def test_numbers_and_flags_are_numbers_and_nothing_else_is() -> None:
    table = pd.DataFrame({"whole": [1], "half": [0.5], "flag": [True], "text": ["x"], "list": [[1]]})
    check_numbers(table, ("whole", "half", "flag"), "it")
    for column, kind in (("text", "str"), ("list", "list")):
        with pytest.raises(ValueError, match=rf"^it: column {column}: got {kind}, wanted numbers"):
            check_numbers(table, ("whole", column), "it")


@pytest.mark.parametrize("column", [[[1]], [{"a": 1}], [b"x"], [None]])
def test_what_cannot_name_anything_is_refused(column: list[Any]) -> None:
    with pytest.raises(ValueError, match=r"^it: column agent: got .*, wanted text"):
        check_words(pd.DataFrame({"agent": pd.Series(column, dtype=object)}), ("agent",), "it")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"step": [0, 0, 1, -1]}, "column step: got -1, wanted whole numbers from 0 on"),
        ({"step": [0.0, 0.0, 1.5, 1.5]}, "column step: got 0.0, wanted whole numbers"),
        ({"time_s": "late"}, "column time_s: got str, wanted numbers"),
        ({"agent": [["a"]] * 4}, "column agent: got list, wanted text"),
    ],
)
def test_steps_that_are_none_are_refused(changes: dict[str, Any], told: str) -> None:
    check_steps(recording(), "it")
    with pytest.raises(ValueError, match=f"^it: {told}"):
        check_steps(recording(**changes), "it")


def test_few_rows_that_ask_for_large_arrays_are_refused() -> None:
    many = int(MOST_PLACES**0.5) + 1
    table = pd.DataFrame({"step": range(many), "agent": [str(number) for number in range(many)]})
    with pytest.raises(ValueError, match=rf"^it: got {many} steps of {many} agents, wanted"):
        check_steps(table, "it")


def test_a_picture_that_says_it_is_huge_is_not_unpacked() -> None:
    png = png_bytes(pixels(1))
    huge = png.replace(struct.pack(">II", 6, 4), struct.pack(">II", 60_000, 60_000))
    with pytest.raises(ValueError, match="60000 x 60000 pixels"):
        pixels_of(huge)
    bomb = zlib.compress(bytes(10**7))
    with pytest.raises(ValueError, match="a picture: got no PNG"):
        pixels_of(png[:33] + struct.pack(">I", len(bomb)) + b"IDAT" + bomb + bytes(4))
    with pytest.raises(ValueError, match="a picture: got list, wanted the bytes of a PNG"):
        pixels_of([1])  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["a/b", "a\\b", "..", ".a", "a.", " a", "a\x00", "a\x7f", "a\u202e", "", "a" * 61])
def test_names_that_no_file_can_have_are_none(text: str) -> None:
    assert not is_name(text)
    assert is_name("Ein Überflug, 2.") is False
    assert is_name("Ein Überflug, 2")


def test_words_are_names_that_may_have_slashes_and_full_stops() -> None:
    assert is_word("AB/1.")
    assert not is_word("AB\n")
