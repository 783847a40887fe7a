"""Plays cases and prints the table: python -m torture [KIND ...]. What was finished is not played again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from tests.envs.roads.small_roads import SMALL
from torture.cases import Case, Result, append_result, play, read_results, show
from torture.checkouts import ROOT, environment, finished_checkout
from torture.clocks import NUM_CASES, clock_variables, clocks
from torture.disks import disks, read_only
from torture.flow_cases import flow_kills, queues
from torture.inputs import inputs
from torture.kills import kills, road_kills
from torture.places import PLACES, places
from torture.power import power_cuts
from torture.warm import warm_programs

KINDS: dict[str, tuple[Callable[[int, int], Iterator[Case]], int, int]] = {
    "inputs": (inputs, 600, 60),
    "kills": (kills, 500, 6),
    "power": (power_cuts, 50, 4),
    "flows": (flow_kills, 50, 4),
    "queues": (queues, 10, 1),
    "disks": (disks, 60, 6),
    "read-only": (read_only, 6, 6),
    "roads": (road_kills, 12, 2),
    "clocks": (clocks, NUM_CASES, 4),
    "places": (places, len(PLACES), len(PLACES)),
}
"""By word: the cases, how many there are, and how many to try it out with."""

BRING_THEIR_OWN = {"flows", "queues"}
"""Kinds that need no finished checkout."""
BASES: dict[str, Mapping[str, Any]] = {"base": {}, "roads": SMALL}
"""Finished checkouts, with what departs from the tiny budget; a kind without one of its name works with the first."""


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
    for kind in kinds or ():
        if kind not in KINDS:
            raise typer.BadParameter(f"got {kind!r}, wanted some of {', '.join(KINDS)}", param_hint="KINDS")
    folder = folder.resolve()
    with ExitStack() as running:
        warm = _Warm(running)
        for base in {_base(kind) for kind in kinds or KINDS if kind not in BRING_THEIR_OWN}:
            finished_checkout(folder / base, BASES[base], warm.programs)
        cases = _chosen(kinds or list(KINDS), tries, few, seed)
        wanted = (case for case in cases if not like or any(word in case.name for word in like))
        failed = _play_all(wanted, folder, again, warm)
    raise typer.Exit(failed)


def _base(kind: str) -> str:
    return kind if kind in BASES else "base"


class _Warm:
    """Servers of programs, each started when it is asked for."""

    def __init__(self, running: ExitStack) -> None:
        self._running, self._started = running, dict[str, dict[str, str]]()

    def of(self, kind: str) -> Mapping[str, str]:
        """Variables for cases of a kind."""
        if kind in BRING_THEIR_OWN:
            return {}
        return self.programs(clock_variables if kind == "clocks" else dict)

    def programs(self, more: Callable[[], dict[str, str]] = dict) -> Mapping[str, str]:
        """Variables for programs that a server with `more` variables of its own starts."""
        name = more.__name__
        if name not in self._started:
            variables = more()
            found = self._running.enter_context(warm_programs(variables))
            self._started[name] = environment() | variables | found
        return self._started[name]


def _play_all(cases: Iterator[Case], folder: Path, again: bool, warm: _Warm) -> bool:
    """Play what has no result yet, and show all; whether something has failed."""
    console = Console()
    results = {(one.kind, one.name): one for one in read_results(folder / "results.jsonl")}
    shown = []
    try:
        for case in cases:
            found = results.get((case.kind, case.name))
            if found is None or (again and found.verdict == "failed"):
                found = play(case, folder / _base(case.kind), folder, warm.of(case.kind))
                append_result(folder / "results.jsonl", found)
                _tell(found, console)
            shown.append(found)
    except KeyboardInterrupt:
        console.print("stopped; the same command goes on")
    show(shown, console)
    return any(one.verdict == "failed" for one in shown)


def _chosen(kinds: list[str], tries: int | None, few: bool, seed: int) -> Iterator[Case]:
    for kind in kinds:
        cases, whole, small = KINDS[kind]
        yield from cases(tries or (small if few else whole), seed)


def _tell(result: Result, console: Console) -> None:
    line = f"{result.verdict:<7} {result.seconds:6.1f} s  {result.kind} {result.name}"
    console.print(line + (f": {result.said}" if result.said else ""), markup=False, highlight=False, soft_wrap=True)


if __name__ == "__main__":
    typer.run(main)
