"""Kills at random moments of all stages; one `dvc repro` has to go on to the same weights."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import psutil

from torture.cases import Bench, Case
from torture.checkouts import Command, check_well, copy, processes

WAYS = ("group", "dvc", "stage")
"""What is killed: all processes, dvc alone, the stage alone."""
LATEST_S = 60.0
"""Moments are drawn up to here; a program that has ended before is gone on with all the same."""
_AFTER_ORPHANS_S = 120.0


def kills(tries: int, seed: int) -> Iterator[Case]:
    """Each way in turn, at a moment and from a beginning that the seed decides."""
    for number in range(tries):
        rng = random.Random(f"{seed}-kill-{number}")
        moment, empty = rng.uniform(0.0, LATEST_S), rng.random() < 0.5
        way, begins = WAYS[number % len(WAYS)], "from nothing" if empty else "by force"
        yield Case("kills", f"{number}: {way}, {moment:.1f} s, {begins}", partial(_kill, way, moment, empty))


def _start(bench: Bench, empty: bool) -> tuple[Path, Command]:
    folder = copy(bench.base, bench.folder / "checkout", empty=empty)
    words = ("dvc", "repro") if empty else ("dvc", "repro", "--force")
    return folder, Command(folder, bench.log, words)


def _kill(way: str, moment: float, empty: bool, bench: Bench) -> None:
    folder, command = _start(bench, empty)
    command.wait_until(lambda: False, within_s=moment)
    _kill_what(way, command)
    command.process.wait()
    check_well(folder, bench.base, bench.log)
    _wait_for_orphans(folder)
    check_well(folder, bench.base, bench.log)


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
