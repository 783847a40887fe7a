"""Disks that fill up at each place that is written, by small file systems in memory, and folders that are read-only."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from torture.cases import Bench, Case, FailedError, SkippedError
from torture.checkouts import call, check_no_traceback, check_well, copy

FOLDERS = ("data", ".dvc/cache", ".dvc/tmp", "checkpoints", "mlartifacts", "")
"""Where the disk is full; the empty word is the whole checkout, with mlflow.db in it."""
ROOM_KB = (0, 4, 64, 512, 4096)
"""What is left when a run begins."""
_SIZE = "2g"


def disks(tries: int, seed: int) -> Iterator[Case]:
    """Each folder in turn, with more or less room."""
    for number in range(tries):
        rng = random.Random(f"{seed}-disk-{number}")
        folder, room_kb = FOLDERS[number % len(FOLDERS)], rng.choice(ROOM_KB)
        name = f"{number}: {room_kb} KB left in {folder or 'the checkout'}"
        yield Case("disks", name, partial(_fill, folder, room_kb))


def read_only(tries: int, seed: int) -> Iterator[Case]:
    """Folders that cannot be written, for an ordinary user or by the file system."""
    for number in range(tries):
        folder = FOLDERS[number % len(FOLDERS)]
        yield Case("read-only", f"{number}: {folder or 'the checkout'}", partial(_forbid, folder))


@contextmanager
def memory_disk(folder: Path, log: Path) -> Iterator[None]:
    """A file system in memory at `folder`.

    Raises:
        SkippedError: mounting is not allowed here.
    """
    done = subprocess.run(
        ("mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(folder)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SkippedError(f"no file system can be mounted: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(("umount", "-l", str(folder)), check=True)


@contextmanager
def on_memory_disk(checkout: Path, folder: str, log: Path) -> Iterator[Path]:
    """`folder` of a checkout moved to such a file system, where it stands as before."""
    place = checkout / folder
    aside = checkout.parent / "aside"
    place.mkdir(parents=True, exist_ok=True)
    shutil.move(place, aside)
    place.mkdir()
    with memory_disk(place, log):
        shutil.copytree(aside, place, symlinks=True, dirs_exist_ok=True)
        yield place


def _ballast(place: Path, room_kb: int) -> Path:
    """Fill a file system but for so much room."""
    ballast = place / ".ballast"
    free = os.statvfs(place).f_bavail * os.statvfs(place).f_frsize
    with ballast.open("wb") as file:
        for _ in range(max(0, free - room_kb * 1024) // 2**20):
            file.write(bytes(2**20))
        os.truncate(file.fileno(), file.tell())
        rest = os.statvfs(place).f_bavail * os.statvfs(place).f_frsize - room_kb * 1024
        file.write(bytes(max(0, rest)))
    return ballast


def _fill(folder: str, room_kb: int, bench: Bench) -> None:
    checkout = copy(bench.base, bench.folder / "checkout", empty=True)
    with on_memory_disk(checkout, folder, bench.log) as place:
        ballast = _ballast(place, room_kb)
        status, said = call(checkout, bench.log, "dvc", "repro")
        check_no_traceback(said)
        if status and not any(word in said for word in ("No space left", "disk is full", "full")):
            raise FailedError(f"ended with {status} and no word of the full disk: {said.strip()[-200:]}")
        ballast.unlink()
        check_well(checkout, bench.base, bench.log)


def _forbid(folder: str, bench: Bench) -> None:
    checkout = copy(bench.base, bench.folder / "checkout", empty=True)
    with on_memory_disk(checkout, folder, bench.log) as place:
        _remount(place, "ro")
        status, said = call(checkout, bench.log, "dvc", "repro")
        _remount(place, "rw")
        if status == 0:
            raise FailedError("ended well, although nothing could be written")
        check_no_traceback(said)
        check_well(checkout, bench.base, bench.log)


def _remount(place: Path, how: str) -> None:
    subprocess.run(("mount", "-o", f"remount,{how}", str(place)), check=True)
