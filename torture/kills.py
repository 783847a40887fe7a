"""Kills at random moments of all stages; one `make repro` has to go on to the same weights.

A moment is a share of the work: of the CPU seconds that the same command spends whole, so that a busy machine changes
nothing. Most cases force one stage, so that what comes before and after need not be made again.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import psutil

from torture.cases import Bench, Case
from torture.checkouts import STAGES, Command, check_well, copy, processes

WAYS = ("group", "dvc", "stage")
"""What is killed: all processes, dvc alone, the stage alone."""
EVERYTHING = "everything"
"""From nothing, all stages."""
_BEGINNINGS = (EVERYTHING, *STAGES.values())
_LOOK_EVERY_S = 0.1
_AFTER_ORPHANS_S = 120.0


def kills(tries: int, seed: int) -> Iterator[Case]:
    """Each way in turn, at a moment and from a beginning that the seed decides."""
    for number in range(tries):
        rng = random.Random(f"{seed}-kill-{number}")
        share, begins, way = rng.random(), rng.choice(_BEGINNINGS), WAYS[number % len(WAYS)]
        yield Case("kills", f"{number}: {way}, {begins}, {share:.1%}", partial(_kill, way, share, begins))


def _start(bench: Bench, begins: str) -> tuple[Path, Command]:
    folder = copy(bench.base, bench.folder / "checkout", empty=begins == EVERYTHING)
    return folder, Command(folder, bench.log, _words(begins))


def _words(begins: str) -> tuple[str, ...]:
    return ("dvc", "repro") if begins == EVERYTHING else ("dvc", "repro", "--force", "--single-item", begins)


def _start_and_wait(bench: Bench, begins: str, share: float) -> tuple[Path, Command]:
    """Up to the moment; where this run spends less than the measured one, it has ended by then."""
    moment_s = share * _whole_s(bench, begins)
    folder, command = _start(bench, begins)
    command.wait_until(lambda: spent_s(command.process.pid) >= moment_s, every_s=_LOOK_EVERY_S)
    return folder, command


def _whole_s(bench: Bench, begins: str) -> float:
    """The CPU seconds of an undisturbed run from this beginning; measured once, then kept beside the base."""
    path = bench.base.parent / "whole_s.json"
    known: dict[str, float] = json.loads(path.read_text()) if path.exists() else {}
    if begins not in known:
        folder, command = _start(bench, begins)
        spent = [0.0]
        command.wait_until(lambda: bool(spent.append(spent_s(command.process.pid))), every_s=_LOOK_EVERY_S)
        command.process.wait()
        shutil.rmtree(folder)
        path.write_text(json.dumps(known := known | {begins: max(spent)}))
    return known[begins]


def spent_s(pid: int) -> float:
    """CPU seconds of a process and its living descendants, each with those of its own that it has waited for."""
    spent = 0.0
    with suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                spent += times.user + times.system + times.children_user + times.children_system
    return spent


def _kill(way: str, share: float, begins: str, bench: Bench) -> None:
    folder, command = _start_and_wait(bench, begins, share)
    _kill_what(way, command)
    command.process.wait()
    orphans = processes(folder)
    check_well(folder, bench.base, bench.log, bench.warm)
    if orphans:
        _wait_for_orphans(folder)
        check_well(folder, bench.base, bench.log, bench.warm)


def _kill_what(way: str, command: Command) -> None:
    if way == "group":
        command.kill_group()
    elif way == "dvc":
        _send_kill(command.process.pid)
    else:
        for process in _stages(command.process.pid):
            _send_kill(process.pid)


def _stages(pid: int) -> list[psutil.Process]:
    """The running stage and the shell around it, below dvc."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _send_kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _wait_for_orphans(folder: Path) -> None:
    """Until no process works in the checkout any more: what lives on must not write over what was made since."""
    deadline = time.monotonic() + _AFTER_ORPHANS_S
    while processes(folder) and time.monotonic() < deadline:
        time.sleep(0.5)
    for process in processes(folder):
        _send_kill(process.pid)
