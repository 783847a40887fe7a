"""DVC's own files that a power cut or a full disk has cut off: dvc refuses or believes them for ever, so they go.

Usage: python -m flows.dvc_files (before dvc, in a checkout)
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

_LIST, _GUARD = Path(".dvc/tmp/rwlock"), Path(".dvc/tmp/rwlock.lock")
_RUNS, _OBJECTS = Path(".dvc/cache/runs"), Path(".dvc/cache/files/md5")
_LOCK, _ASIDE = Path("dvc.lock"), Path(".dvc/tmp/dvc.lock.cut-off")
_LAST_S = 3600.0
"""So long before an end that was not its own dvc may have written what the disk never had."""
_LEAST_ROOM = 64 * 1024
_WHY = "was cut off (power cut, full disk?)"


def mend(root: Path) -> list[str]:
    """Take away what is cut off of DVC's own files below `root`; what was done, in lines.

    Beside a dvc that is at work nothing is: what looks cut off it may be writing just now.

    Raises:
        ValueError: dvc cannot begin, as the disk is full, or its list is held; says what to do.
    """
    if not (root / ".dvc").is_dir() or _is_at_work(root):
        return []
    _check_room(root)
    broken_off = _last_was_broken_off(root / _LIST)
    done = [*_mend_list(root), *_mend_lock(root), *_mend_runs(root)]
    return [*done, *_mend_objects(root, broken_off)]


def _is_at_work(root: Path) -> bool:
    """Whether a dvc runs in this checkout or its copies for experiments."""
    for process in psutil.process_iter(["cwd", "cmdline"]):
        inside, words = Path(process.info["cwd"] or "/").is_relative_to(root.resolve()), process.info["cmdline"] or []
        if inside and any(Path(word).name == "dvc" for word in words[:3]):
            return True
    return False


def _check_room(root: Path) -> None:
    """Without room dvc cuts off its own list.

    Raises:
        ValueError: there is none.
    """
    folder = root / _LIST.parent
    room = shutil.disk_usage(folder if folder.is_dir() else root).free
    if room < _LEAST_ROOM:
        raise ValueError(f"{folder}: no space left on device: got {room} bytes, wanted {_LEAST_ROOM} for dvc to begin")


def _last_was_broken_off(path: Path) -> float | None:
    """When dvc wrote its list last, if the one that did has not ended by itself."""
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        return path.stat().st_mtime
    holders = [*held.get("write", {}).values(), *(one for each in held.get("read", {}).values() for one in each)]
    gone = any(not psutil.pid_exists(int(holder["pid"])) for holder in holders)
    return path.stat().st_mtime if gone else None


def _mend_list(root: Path) -> Iterator[str]:
    """Its list of who reads and writes what; it can do without."""
    path = root / _LIST
    if _is_json(path):
        return
    from dvc.lock import LockError, make_lock

    try:
        with make_lock(str(root / _GUARD), tmp_dir=str(path.parent)):
            if not _is_json(path):
                path.unlink()
                yield f"{path}: {_WHY} and is taken away; dvc would refuse it"
    except LockError:
        raise ValueError(f"{path}: cut off, and dvc is at work; wait for it, then: rm {path}") from None


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return True
    except ValueError:
        return False
    return True


def _mend_lock(root: Path) -> Iterator[str]:
    """dvc.lock: the committed one comes back; what was made since, the cache of runs knows."""
    path = root / _LOCK
    if not path.exists() or _is_lock(path):
        return
    shutil.move(path, root / _ASIDE)
    words = ("git", "show", f"HEAD:./{_LOCK}")
    committed = subprocess.run(words, cwd=root, capture_output=True, check=False)
    if committed.returncode == 0:
        path.write_bytes(committed.stdout)
    instead = "the committed one is back" if committed.returncode == 0 else "dvc makes another"
    yield f"{path}: {_WHY} and now lies in {root / _ASIDE}; {instead}, and what was made is taken from the cache"


def _is_lock(path: Path) -> bool:
    from dvc.schema import COMPILED_LOCKFILE_SCHEMA
    from dvc.utils.serialize import YAMLFileCorruptedError, load_yaml
    from voluptuous import Invalid

    try:
        COMPILED_LOCKFILE_SCHEMA(load_yaml(str(path)))
    except (YAMLFileCorruptedError, Invalid):
        return b"<<<<<<<" in path.read_bytes()  # a merge under way is a person's
    return True


def _mend_runs(root: Path) -> Iterator[str]:
    """Its cache of runs: over a run without outputs, or a folder for runs without any, dvc stumbles."""
    for folder in (root / _RUNS).glob("*/*"):
        cut = [path for path in folder.iterdir() if not _is_run(path)]
        for path in cut:
            path.unlink()
        if not any(folder.iterdir()):
            folder.rmdir()
            yield f"{folder}: {_WHY} and is taken away; that stage may run once more"


def _is_run(path: Path) -> bool:
    text = path.read_bytes()
    return b"\nouts:\n" in text and text.endswith(b"\n")


def _mend_objects(root: Path, broken_off: float | None) -> Iterator[str]:
    """What it wrote into its cache before its last end was not its own: dvc believes objects by their mode alone."""
    if broken_off is None:
        return
    recent = [path for path in (root / _OBJECTS).glob("??/[!.]*") if path.stat().st_mtime > broken_off - _LAST_S]
    cut = [path for path in recent if not is_whole(path)]
    for path in cut:
        path.unlink()
    if cut:
        first = f"{cut[0]}" + (f" and {len(cut) - 1} more" if cut[1:] else "")
        yield f"{first}: {_WHY} and taken away; `dvc commit` keeps again what lies in data"


def is_whole(path: Path) -> bool:
    """Whether an object of the cache is what its name says: the MD5 of its content."""
    digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    return path.parent.name + path.name.removesuffix(".dir") == digest


def main() -> None:
    """Mend the checkout in this folder, and tell it."""
    try:
        for line in mend(Path.cwd()):
            print(f"warning: {line}", file=sys.stderr)
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
