"""Plays cases and prints the table: python -m torture [KIND ...]. What was finished is not played again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from torture.cases import Case, Result, append_result, play, read_results, show
from torture.checkouts import ROOT, finished_checkout
from torture.disks import disks, read_only
from torture.flow_cases import flow_kills, queues
from torture.inputs import inputs
from torture.kills import kills, power_cuts
from torture.places import PLACES, places

KINDS: dict[str, tuple[Callable[[int, int], Iterator[Case]], int, int]] = {
    "inputs": (inputs, 600, 60),
    "kills": (kills, 500, 6),
    "power": (power_cuts, 50, 4),
    "flows": (flow_kills, 50, 4),
    "queues": (queues, 10, 1),
    "disks": (disks, 60, 6),
    "read-only": (read_only, 6, 6),
    "places": (places, len(PLACES), len(PLACES)),
}
"""By word: the cases, how many there are, and how many to try it out with."""

BRING_THEIR_OWN = {"flows", "queues"}
"""Kinds that need no finished checkout."""


def main(
    kinds: Annotated[list[str] | None, typer.Argument(help=f"of {', '.join(KINDS)}; all without it")] = None,
    tries: Annotated[int | None, typer.Option(min=1, help="cases of each kind")] = None,
    few: Annotated[bool, typer.Option("--few", help="a few of each kind, to try it out")] = False,
    seed: Annotated[int, typer.Option(min=0, help="decides moments and mutations")] = 0,
    folder: Annotated[Path, typer.Option(help="for checkouts, results and logs")] = ROOT / "build/torture",
    like: Annotated[list[str] | None, typer.Option(help="only cases whose names have one of these in them")] = None,
    again: Annotated[bool, typer.Option("--again", help="play what has failed once more")] = False,
) -> None:
    """Do to temporary checkouts what operators fear; the same command goes on after Ctrl-C."""
    console = Console()
    for kind in kinds or ():
        if kind not in KINDS:
            raise typer.BadParameter(f"got {kind!r}, wanted some of {', '.join(KINDS)}", param_hint="KINDS")
    folder = folder.resolve()
    if set(kinds or KINDS) - BRING_THEIR_OWN:
        finished_checkout(folder / "base")
    results = {(one.kind, one.name): one for one in read_results(folder / "results.jsonl")}
    shown = []
    try:
        for case in _chosen(kinds or list(KINDS), tries, few, seed):
            if like and not any(word in case.name for word in like):
                continue
            found = results.get((case.kind, case.name))
            if found is None or (again and found.verdict == "failed"):
                found = play(case, folder / "base", folder)
                append_result(folder / "results.jsonl", found)
                _tell(found, console)
            shown.append(found)
    except KeyboardInterrupt:
        console.print("stopped; the same command goes on")
    show(shown, console)
    raise typer.Exit(any(one.verdict == "failed" for one in shown))


def _chosen(kinds: list[str], tries: int | None, few: bool, seed: int) -> Iterator[Case]:
    for kind in kinds:
        cases, whole, small = KINDS[kind]
        yield from cases(tries or (small if few else whole), seed)


def _tell(result: Result, console: Console) -> None:
    line = f"{result.verdict:<7} {result.seconds:6.1f} s  {result.kind} {result.name}"
    console.print(line + (f": {result.said}" if result.said else ""), markup=False, highlight=False, soft_wrap=True)


if __name__ == "__main__":
    typer.run(main)
