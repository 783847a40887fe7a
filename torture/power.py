"""Power cuts: all is killed, and of files that no program had the disk sync only a part is there."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from torture.cases import Bench, Case, FailedError
from torture.checkouts import STAGES, Command, processes
from torture.halfway import check_goes_on, start
from torture.warm import SYNCED

CUT_BEHIND = (0.0, 0.5, 0.98)
"""How much of a file the disk had when the power failed."""
_LATEST_S = 15.0
"""Moments are drawn up to here; a program that has ended before is gone on with all the same."""
_WRITTEN_LAST_S = 5.0
_FAREWELL_S = 60.0
_SQLITES_OWN = (".db", ".db-journal", ".db-wal", ".db-shm")


def power_cuts(tries: int, seed: int) -> Iterator[Case]:
    """Each stage in turn, at a moment that the seed decides."""
    for number in range(tries):
        rng = random.Random(f"{seed}-power-{number}")
        moment, share, stage = rng.uniform(0.0, _LATEST_S), rng.choice(CUT_BEHIND), STAGES[number % len(STAGES)]
        name = f"{number}: {moment:.1f} s into {stage}, cut at {share:.0%}"
        yield Case("power", name, partial(_cut_power, moment, stage, share))


def _cut_power(moment: float, stage: str, share: float, bench: Bench) -> None:
    folder, synced = start(bench.base, stage, bench.folder / "checkout"), bench.folder / "synced"
    began = time.time()
    command = Command(folder, bench.log, ("dvc", "repro", stage), {**bench.warm, SYNCED: str(synced)})
    command.wait_until(lambda: False, within_s=moment)
    command.kill_group()
    _wait_until_nobody(folder)
    for path in unsynced(folder, synced, began):
        with bench.log.open("a") as log:
            log.write(f"cut: {path.relative_to(folder)}\n")
        path.chmod(path.stat().st_mode | 0o200)
        os.truncate(path, int(path.stat().st_size * share))
    check_goes_on(folder, bench, stage, stage)


def _wait_until_nobody(folder: Path) -> None:
    deadline = time.monotonic() + _FAREWELL_S
    while processes(folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    if left := processes(folder):
        raise FailedError(f"still running after a kill: {' '.join(left[0].cmdline())[:80]}")


def unsynced(folder: Path, synced: Path, since: float) -> set[Path]:
    """Files that a disk may not have had when the power failed: written in the seconds before, not synced.

    SQLite syncs its databases, git its objects. Sources are nobody's output.
    """
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink() and _may_be_cut(path)]
    times = [path.stat().st_mtime for path in files]
    last, safe = max(times, default=0.0), _synced(synced)
    begins = max(since, last - _WRITTEN_LAST_S)
    cut = [path for path, written in zip(files, times, strict=True) if written > begins]
    return {path for path in cut if (path.stat().st_ino, path.stat().st_mtime_ns) not in safe}


def _synced(path: Path) -> set[tuple[int, int]]:
    """Number and last change of each file at the moment it was synced."""
    lines = path.read_text().splitlines() if path.exists() else []
    return {(number, changed) for number, changed in map(json.loads, lines)}


def _may_be_cut(path: Path) -> bool:
    return (
        ".git" not in path.parts and "__pycache__" not in path.parts and not path.name.endswith((".py", *_SQLITES_OWN))
    )
