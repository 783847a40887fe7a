"""Clocks that jump while a stage runs, or between two: what is made, and what counts as made, is the same."""

from __future__ import annotations

import atexit
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkstemp

from torture.cases import Bench, Case, FailedError, SkippedError
from torture.checkouts import STAGES, Command, call, check_no_traceback, last_words
from torture.clock_schedules import SetClock, day_ahead, hour_back
from torture.halfway import check_alike, check_up_to_date, start

JUMPS_S = {"a day ahead": 86_400, "an hour back": -3_600}
MOMENTS = ("during", "before")
_STAGES = tuple(word for word in STAGES if word != "check")
CASES = [(stage, jump, moment) for stage in _STAGES for jump in JUMPS_S for moment in MOMENTS]
SCHEDULES = {"a schedule, a day ahead": day_ahead, "a schedule, an hour back": hour_back}
NUM_CASES = len(CASES) + len(SCHEDULES)
CLOCK = "FAKETIME_TIMESTAMP_FILE"
_LATEST_S = 5.0
_BY_PIP = "vendor/libfaketime/src/libfaketime.so.1"
_NOT_THERE = "no libfaketime: apt-get install faketime, or pip install libfaketime"


def clocks(tries: int, seed: int) -> Iterator[Case]:
    """Each stage, each jump, in it and before it, in turn; then the schedules."""
    for number in range(tries):
        if number % NUM_CASES >= len(CASES):
            name = list(SCHEDULES)[number % NUM_CASES - len(CASES)]
            yield Case("clocks", f"{number}: {name}", partial(_play_schedule, SCHEDULES[name]))
            continue
        stage, jump, moment = CASES[number % NUM_CASES]
        within_s = random.Random(f"{seed}-clock-{number}").uniform(0.0, _LATEST_S)
        name = f"{number}: {jump} {moment} {stage}" + (f", after {within_s:.1f} s" if moment == "during" else "")
        yield Case("clocks", name, partial(_play, stage, JUMPS_S[jump], moment, within_s))


def clock_variables() -> dict[str, str]:
    """For programs that believe a clock whose offset, in seconds, a file holds; none where libfaketime is not there."""
    library = _library()
    if library is None:
        return {}
    number, clock = mkstemp(prefix="torture-clock-")
    os.write(number, b"+0\n")
    os.close(number)
    atexit.register(os.unlink, clock)
    true = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}  # as where the machine's own clock is set
    return {"LD_PRELOAD": str(library), CLOCK: clock, "FAKETIME_CACHE_DURATION": "1"} | true


def _library() -> Path | None:
    """Debian's, else the one that comes with the package `libfaketime`."""
    found = find_spec("libfaketime")
    beside = Path(found.origin).parent if found is not None and found.origin else Path("/nonexistent")
    each = [*Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), beside / _BY_PIP]
    return next((path for path in each if path.exists()), None)


def set_clock(variables: Mapping[str, str], offset_s: int) -> None:
    """Have all programs with these variables see the true time and so many seconds more."""
    Path(variables[CLOCK]).write_text(f"{offset_s:+d}\n")


def _play_schedule(play: Callable[[Bench, SetClock], None], bench: Bench) -> None:
    if CLOCK not in bench.warm:
        raise SkippedError(_NOT_THERE)
    try:
        play(bench, partial(set_clock, bench.warm))
    finally:
        set_clock(bench.warm, 0)


def _play(stage: str, jump_s: int, moment: str, within_s: float, bench: Bench) -> None:
    if CLOCK not in bench.warm:
        raise SkippedError(_NOT_THERE)
    folder = start(bench.base, stage, bench.folder / "checkout")
    set_clock(bench.warm, jump_s if moment == "before" else 0)
    command = Command(folder, bench.log, ("dvc", "repro", stage), bench.warm)
    if moment == "during":
        command.wait_until(lambda: f"Running stage '{stage}" in command.said())
        command.wait_until(lambda: False, within_s=within_s)
        set_clock(bench.warm, jump_s)
    if status := command.status():
        raise FailedError(f"ended with {status}: {last_words(command.said())}")
    check_no_traceback(command.said())
    check_alike(folder, bench.base)
    for offset_s in (jump_s, 0):
        set_clock(bench.warm, offset_s)
        time.sleep(1.0)
        check_up_to_date(folder, bench, stage)
        status, said = call(folder, bench.log, "python", "-m", "pipeline.cli", "doctor", variables=bench.warm)
        check_no_traceback(said)
