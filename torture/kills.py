"""Kills at random moments of all stages; one `make repro` has to go on to the same weights, and makes nothing twice.

A moment is a share of the work: of the CPU seconds that the same command spends whole, so that a busy machine changes
nothing. Programs start at once (torture/warm.py), so that most moments are work, not imports. Most cases run one stage,
for the first time or by force over what it has made, in a checkout in which those after it have not run.
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
from torture.checkouts import STAGES, Command, before, copy, processes
from torture.halfway import check_goes_on, start
from torture.warm import DVC_PID

WAYS = ("group", "dvc", "stage")
"""What is killed: all processes, dvc alone, the stage alone."""
EVERYTHING = "everything"
"""From nothing, all stages."""
AGAIN = " again"
_BEGINNINGS = (EVERYTHING, *STAGES, *(word + AGAIN for word in STAGES))
_LOOK_EVERY_S = 0.05
_BEGINS_WITHIN_S = 300.0
_AFTER_ORPHANS_S = 120.0


def kills(tries: int, seed: int) -> Iterator[Case]:
    """Each way in turn, at a moment and from a beginning that the seed decides."""
    yield from _kills("kills", tries, seed)


def road_kills(tries: int, seed: int) -> Iterator[Case]:
    """The same in a checkout whose only world is the roads."""
    yield from _kills("roads", tries, seed)


def _kills(kind: str, tries: int, seed: int) -> Iterator[Case]:
    for number in range(tries):
        rng = random.Random(f"{seed}-{kind}-{number}")
        share, begins, way = rng.random(), rng.choice(_BEGINNINGS), WAYS[number % len(WAYS)]
        yield Case(kind, f"{number}: {way}, {begins}, {share:.1%}", partial(_kill, way, share, begins))


def _from_to(begins: str) -> tuple[str, str]:
    """The first and the last stage that a beginning makes."""
    stage = begins.removesuffix(AGAIN)
    return (STAGES[0], STAGES[-1]) if begins == EVERYTHING else (stage, stage)


def _start(bench: Bench, begins: str) -> tuple[Path, Command, int]:
    """The checkout, dvc's command there, and the number of its process, which the command only stands for."""
    folder, note = bench.folder / "checkout", bench.folder / "dvc"
    stage = _from_to(begins)[1]
    words: tuple[str, ...] = ("dvc", "repro", stage)
    if begins == EVERYTHING:
        copy(bench.base, folder, empty=True)
    elif begins.endswith(AGAIN):
        _after(bench.base, stage, folder)
        words = ("dvc", "repro", "--force", "--single-item", stage)
    else:
        start(bench.base, stage, folder)
    command = Command(folder, bench.log, words, {**bench.warm, DVC_PID: str(note)})
    command.wait_until(lambda: note.exists() and bool(note.read_text()), _BEGINS_WITHIN_S)
    return folder, command, int(note.read_text())


def _after(base: Path, stage: str, folder: Path) -> Path:
    """A copy in which `stage` has run, and those after it have not."""
    later = STAGES[STAGES.index(stage) + 1 :]
    return copy(before(base, later[0]) if later else base, folder)


def _start_and_wait(bench: Bench, begins: str, share: float) -> tuple[Path, Command, int]:
    """Up to the moment; where this run spends less than the measured one, it has ended by then."""
    moment_s = share * _whole_s(bench, begins)
    folder, command, dvc = _start(bench, begins)
    while command.process.poll() is None and (left_s := moment_s - spent_s(dvc)) > 0.0:
        time.sleep(max(_LOOK_EVERY_S, left_s / (os.cpu_count() or 1)))  # no sooner can they have spent it
    return folder, command, dvc


def _whole_s(bench: Bench, begins: str) -> float:
    """The CPU seconds of an undisturbed run from this beginning; measured once, then kept beside the base."""
    path = bench.base.with_suffix(".whole_s.json")
    known: dict[str, float] = json.loads(path.read_text()) if path.exists() else {}
    if begins not in known:
        _, command, dvc = _start(bench, begins)
        spent = [0.0]
        command.wait_until(lambda: bool(spent.append(spent_s(dvc))), every_s=_LOOK_EVERY_S)
        command.process.wait()
        shutil.rmtree(bench.folder)
        bench.folder.mkdir()
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
    folder, command, dvc = _start_and_wait(bench, begins, share)
    _kill_what(way, command, dvc)
    command.process.wait()
    first, last = _from_to(begins)
    orphans = processes(folder)
    check_goes_on(folder, bench, first, last)
    if orphans:
        _wait_for_orphans(folder)
        check_goes_on(folder, bench, first, last)


def _kill_what(way: str, command: Command, dvc: int) -> None:
    if way == "dvc":
        _send_kill(dvc)
    elif way == "stage":
        for process in _stages(dvc):
            _send_kill(process.pid)
    else:
        with suppress(ProcessLookupError):
            os.killpg(dvc, signal.SIGKILL)
        command.kill_group()


def _stages(pid: int) -> list[psutil.Process]:
    """The running stage and what it has started, below dvc."""
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
