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
from torture.checkouts import STAGES, last_words
from torture.halfway import check_goes_on, check_kept, make_repro, start

FOLDERS = {
    "data": STAGES,
    ".dvc/cache": STAGES,
    ".dvc/tmp": STAGES,
    "checkpoints": ("train",),
    "mlartifacts": ("train", "evaluate", "export"),
    "": STAGES,
}
"""Where the disk is full, and which stages write there; the empty word is the whole checkout, with mlflow.db in it."""
ROOM_KB = (0, 4, 64, 512, 4096)
"""What is left when a stage begins."""
_FULL = ("no space left", "disk is full")
_READ_ONLY = ("read-only file system", "readonly database")
_SIZE = "128m"


def disks(tries: int, seed: int) -> Iterator[Case]:
    """Each folder in turn, with more or less room."""
    for number in range(tries):
        rng = random.Random(f"{seed}-disk-{number}")
        folder, room_kb = list(FOLDERS)[number % len(FOLDERS)], rng.choice(ROOM_KB)
        stage = rng.choice(FOLDERS[folder])
        name = f"{number}: {room_kb} KB left in {folder or 'the checkout'} for {stage}"
        yield Case("disks", name, partial(_fill, folder, stage, room_kb))


def read_only(tries: int, seed: int) -> Iterator[Case]:
    """Folders that cannot be written, for an ordinary user or by the file system."""
    for number in range(tries):
        rng = random.Random(f"{seed}-read-only-{number}")
        folder = list(FOLDERS)[number % len(FOLDERS)]
        stage = rng.choice(FOLDERS[folder])
        name = f"{number}: {folder or 'the checkout'} for {stage}"
        yield Case("read-only", name, partial(_forbid, folder, stage))


@contextmanager
def memory_disk(folder: Path) -> Iterator[None]:
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
def on_memory_disk(checkout: Path, folder: str) -> Iterator[Path]:
    """`folder` of a checkout moved to such a file system, where it stands as before."""
    place = checkout / folder
    aside = checkout.parent / "aside"
    place.mkdir(parents=True, exist_ok=True)
    shutil.move(place, aside)
    place.mkdir()
    with memory_disk(place):
        shutil.copytree(aside, place, symlinks=True, dirs_exist_ok=True)
        yield place


def _ballast(place: Path, room_kb: int) -> Path:
    """Fill a file system but for so much room."""
    ballast = place / ".ballast"
    room = os.statvfs(place)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize - room_kb * 1024)
    return ballast


def _fill(folder: str, stage: str, room_kb: int, bench: Bench) -> None:
    checkout = start(bench.base, stage, bench.folder / "checkout")
    with on_memory_disk(checkout, folder) as place:
        ballast = _ballast(place, room_kb)
        _check_told(checkout, stage, _FULL, bench)
        ballast.unlink()
        check_goes_on(checkout, bench, stage, stage)


def _forbid(folder: str, stage: str, bench: Bench) -> None:
    checkout = start(bench.base, stage, bench.folder / "checkout")
    with on_memory_disk(checkout, folder) as place:
        _remount(place, "ro")
        status = _check_told(checkout, stage, _READ_ONLY, bench)
        _remount(place, "rw")
        if status == 0:
            raise FailedError("ended well, although nothing could be written")
        check_goes_on(checkout, bench, stage, stage)


def _check_told(checkout: Path, stage: str, words: tuple[str, ...], bench: Bench) -> int:
    """The stage's status; one that did not end well says one of the `words`, without a stack."""
    status, said = make_repro(checkout, bench, stage)
    check_kept(said, stage)
    if status and not any(word in said.lower() for word in words):
        raise FailedError(f"ended with {status} and no word of the disk: {last_words(said)[-200:]}")
    return status


def _remount(place: Path, how: str) -> None:
    subprocess.run(("mount", "-o", f"remount,{how}", str(place)), check=True)
