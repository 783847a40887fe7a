"""One reader under atheris, which libFuzzer's words drive.

Usage: python -m torture.fuzz_one READER CORPUS [-OPTION=VALUE ...]

What it finds ends the process with a traceback; the bytes lie where -artifact_prefix says.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import mkdtemp

import atheris

with atheris.instrument_imports(include=["envs", "pipeline"]):
    from torture.readers import Reader, try_reader
    from torture.table_of_readers import READERS


def main() -> None:
    """Fuzz until an option of libFuzzer ends it."""
    reader, folder = READERS[sys.argv[1]], Path(mkdtemp())
    with atheris.instrument_imports(include=["envs", "pipeline"]):
        reader.lay_out(folder)
        try_reader(reader, folder, (folder / reader.file).read_bytes())  # which imports what it needs

    def read(content: bytes) -> None:
        try_reader(reader, folder, content)

    atheris.Setup([sys.argv[0], *sys.argv[2:]], read, custom_mutator=_mutator(reader))
    atheris.Fuzz()


def _mutator(reader: Reader) -> Callable[[bytes, int, int], bytes]:
    """Half of the time by bytes, half by what such a file is made of."""

    def mutate(content: bytes, most_bytes: int, seed: int) -> bytes:
        rng = Random(seed)
        if rng.random() < 0.5:
            return atheris.Mutate(content, most_bytes)
        try:
            return reader.mutate(content, rng)[:most_bytes]
        except (ValueError, KeyError, TypeError, IndexError, RecursionError):  # no such file any more
            return atheris.Mutate(content, most_bytes)

    return mutate


if __name__ == "__main__":
    main()
