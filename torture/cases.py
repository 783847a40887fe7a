"""A case: one thing done to a checkout, and whether the project held. Results are lines of a file."""

from __future__ import annotations

import json
import os
import shutil
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table

Verdict = Literal["held", "failed", "skipped"]


class FailedError(Exception):
    """The project did not hold; the message says in what."""


class SkippedError(Exception):
    """This machine does not allow the case; the message says why."""


@dataclass(frozen=True)
class Bench:
    """What a case works with."""

    base: Path
    """A finished checkout, not to be changed; see torture/checkouts.py."""
    folder: Path
    """An empty folder of its own, deleted afterwards."""
    log: Path
    """Takes what the programs say; kept where the case fails."""
    warm: Mapping[str, str]
    """Variables of programs that start at once; see torture/warm.py."""


@dataclass(frozen=True)
class Case:
    """One thing to do; the name is unique within its kind and says all that decides what is done."""

    kind: str
    name: str
    play: Callable[[Bench], None]
    """Raises FailedError or SkippedError."""


@dataclass(frozen=True)
class Result:
    """How a case ended."""

    kind: str
    name: str
    verdict: Verdict
    said: str
    seconds: float


def play(case: Case, base: Path, logs: Path, warm: Mapping[str, str]) -> Result:
    """Play a case in a folder of its own. What goes wrong in the case itself counts as a failure, too."""
    stem = "".join(letter if letter.isalnum() else "-" for letter in f"{case.kind}-{case.name}")[:120]
    bench = Bench(base, logs / "work" / stem, logs / f"{stem}.log", warm)
    shutil.rmtree(bench.folder, ignore_errors=True)
    bench.folder.mkdir(parents=True)
    bench.log.write_text("")
    began = time.monotonic()
    verdict, said = _verdict(case, bench)
    shutil.rmtree(bench.folder, ignore_errors=True)
    if verdict != "failed":
        bench.log.unlink()
    return Result(case.kind, case.name, verdict, said, round(time.monotonic() - began, 1))


def _verdict(case: Case, bench: Bench) -> tuple[Verdict, str]:
    try:
        case.play(bench)
    except SkippedError as error:
        return "skipped", str(error)
    except Exception as error:  # noqa: BLE001 - a case that breaks is a case to look at; the others go on
        with bench.log.open("a") as log:
            log.write(traceback.format_exc())
        return "failed", f"{error} (log: {bench.log})" if isinstance(error, FailedError) else f"{error!r} ({bench.log})"
    return "held", ""


def read_results(path: Path) -> list[Result]:
    """What earlier calls have finished; a line that was cut off is none."""
    results = []
    for line in path.read_text().splitlines() if path.exists() else ():
        try:
            results.append(Result(**json.loads(line)))
        except json.JSONDecodeError:
            continue
    return results


def append_result(path: Path, result: Result) -> None:
    """Keep a result, whatever comes next."""
    with path.open("a") as file:
        file.write(json.dumps(asdict(result)) + "\n")
        file.flush()
        os.fsync(file.fileno())


def show(results: Iterable[Result], console: Console) -> None:
    """The table: kind, tries, held, and what failed."""
    table = Table(title="Held under fire")
    for column in ("kind", "tries", "held", "skipped", "what failed"):
        table.add_column(column, justify="left" if column in ("kind", "what failed") else "right", overflow="fold")
    kinds: dict[str, list[Result]] = {}
    for result in results:
        kinds.setdefault(result.kind, []).append(result)
    for kind, found in kinds.items():
        counts = {word: sum(result.verdict == word for result in found) for word in ("held", "skipped")}
        failed = "\n".join(f"{result.name}: {result.said}" for result in found if result.verdict == "failed")
        table.add_row(kind, str(len(found)), str(counts["held"]), str(counts["skipped"]), failed, end_section=True)
    console.print(table)
    for result in results:
        if result.verdict == "skipped":
            console.print(f"skipped: {result.kind} {result.name}: {result.said}", markup=False)
