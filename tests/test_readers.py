"""Files from outside that are nearly right: every reader takes them, or refuses them in a line that names them."""

from __future__ import annotations

from pathlib import Path
from random import Random
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from torture.cases import FailedError
from torture.mutations import mutate_bytes
from torture.readers import Reader, try_reader
from torture.table_of_readers import READERS

FEW = 12
"""Files for each reader: `make fuzz` reads thousands."""


def laid_out(reader: Reader, tmp_path: Path) -> Path:
    folder = Path(mkdtemp(dir=tmp_path))
    reader.lay_out(folder)
    return folder


@pytest.mark.parametrize("name", READERS)
def test_a_valid_file_is_taken(name: str, tmp_path: Path) -> None:
    folder = laid_out(READERS[name], tmp_path)
    assert try_reader(READERS[name], folder, (folder / READERS[name].file).read_bytes()) == ""


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=FEW, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(rng=st.randoms(use_true_random=False), by_bytes=st.booleans())
def test_a_file_that_is_nearly_right_is_taken_or_refused(
    name: str, rng: Random, by_bytes: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    reader = READERS[name]
    folder = laid_out(reader, tmp_path_factory.getbasetemp())
    valid = (folder / reader.file).read_bytes()
    try_reader(reader, folder, (mutate_bytes if by_bytes else reader.mutate)(valid, rng))


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=FEW, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(content=st.binary(max_size=200))
def test_any_bytes_are_taken_or_refused(name: str, content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    reader = READERS[name]
    try_reader(reader, laid_out(reader, tmp_path_factory.getbasetemp()), content)


def _raises(error: Exception) -> Reader:
    def read(_folder: Path) -> None:
        raise error

    return Reader(lambda folder: (folder / "it").touch(), "it", read, mutate_bytes)


@pytest.mark.parametrize(
    ("error", "noticed"),
    [
        (KeyError("x"), KeyError),
        (ValueError("no"), FailedError),
        (UnicodeDecodeError("utf-8", b"x", 0, 1, "it"), FailedError),
        (ValueError("it: " + "x" * 30_000), FailedError),
    ],
)
def test_what_no_reader_may_raise_is_noticed(error: Exception, noticed: type[Exception], tmp_path: Path) -> None:
    with pytest.raises(noticed):
        try_reader(_raises(error), tmp_path, b"")
    assert try_reader(_raises(ValueError("it: got x, wanted y")), tmp_path, b"") == "it: got x, wanted y"
