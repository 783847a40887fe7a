"""Fuzzes the readers by coverage, each in a process of its own, and prints the table.

Usage: python -m torture.fuzz [READER ...] --seconds 60

Wants atheris: `make fuzz` brings it, in an environment of its own.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.table import Table

from torture.checkouts import ROOT
from torture.table_of_readers import READERS

LONGEST_READ_S, MOST_MEMORY_MB = 60, 4096
"""A reader that takes longer for a file, or more memory, has failed."""
_NUM_SEEDS = 20
_NUMBERS = {"runs": r"stat::number_of_executed_units:\s+(\d+)", "covered": r"cov: (\d+)"}


class Fuzzed(NamedTuple):
    """What came of one reader."""

    name: str
    runs: int
    covered: int
    failed: str
    """The last words of what it raised; '' where it held."""


def main(
    readers: Annotated[list[str] | None, typer.Argument(help=f"of {', '.join(READERS)}; all without it")] = None,
    seconds: Annotated[int, typer.Option(min=1, help="for each reader")] = 60,
    seed: Annotated[int, typer.Option(min=1, help="decides the mutations")] = 1,
    folder: Annotated[Path, typer.Option(help="for what is found, and logs")] = ROOT / "build/fuzz",
) -> None:
    """Give each reader files that are nearly right, for a while; what fails is kept, and named."""
    if find_spec("atheris") is None:
        raise typer.BadParameter("atheris: not installed, wanted what `make fuzz` installs", param_hint="environment")
    for name in readers or ():
        if name not in READERS:
            raise typer.BadParameter(f"got {name!r}, wanted some of {', '.join(READERS)}", param_hint="READERS")
    found = [fuzz(name, seconds, seed, folder.resolve()) for name in readers or READERS]
    show(found, Console())
    raise typer.Exit(any(one.failed for one in found))


def fuzz(name: str, seconds: int, seed: int, folder: Path) -> Fuzzed:
    """One reader, in a process of its own."""
    own = folder / "".join(letter if letter.isalnum() else "-" for letter in name)
    corpus = own / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    write_corpus(name, corpus, seed)
    options = {"max_total_time": seconds, "timeout": LONGEST_READ_S, "rss_limit_mb": MOST_MEMORY_MB, "seed": seed}
    told = [f"-{option}={value}" for option, value in options.items()]
    words = [sys.executable, "-m", "torture.fuzz_one", name, str(corpus), *told, "-print_final_stats=1"]
    with (own / "log").open("wb") as log:
        status = subprocess.run(
            [*words, f"-artifact_prefix={own}/"], stdout=log, stderr=subprocess.STDOUT, cwd=ROOT, check=False
        ).returncode
    said = (own / "log").read_text(errors="replace")
    numbers = {key: int((re.findall(pattern, said) or ["0"])[-1]) for key, pattern in _NUMBERS.items()}
    return Fuzzed(name, **numbers, failed=_last_words(said, own) if status else "")


def write_corpus(name: str, corpus: Path, seed: int) -> None:
    """A valid file, and some that are not far from it."""
    reader, laid_out = READERS[name], corpus.with_name("valid")
    laid_out.mkdir(exist_ok=True)
    reader.lay_out(laid_out)
    valid = (laid_out / reader.file).read_bytes()
    (corpus / "valid").write_bytes(valid)
    for number in range(_NUM_SEEDS):
        (corpus / f"near-{number}").write_bytes(reader.mutate(valid, Random(f"{seed}-{number}")))


def _last_words(said: str, folder: Path) -> str:
    errors = [
        line for line in said.splitlines() if re.match(r"\w[\w.]*(Error|Exception)\b|==\d+== ERROR|SUMMARY", line)
    ]
    return f"{(errors or said.splitlines()[-1:] or ['nothing'])[0][:200]} ({folder})"


def show(found: list[Fuzzed], console: Console) -> None:
    """The table: reader, files read, branches reached, what failed."""
    table = Table(title="Fuzzed")
    for column in ("reader", "files", "covered", "what failed"):
        table.add_column(column, justify="right" if column in ("files", "covered") else "left", overflow="fold")
    for one in found:
        table.add_row(one.name, f"{one.runs:,}", f"{one.covered:,}", one.failed)
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
