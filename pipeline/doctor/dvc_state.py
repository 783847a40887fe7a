"""DVC: is something under way or left over, and what is stale?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from pipeline.doctor.findings import Finding, fault, note, well
from pipeline.ground.files import read_json

_RWLOCK = Path(".dvc/tmp/rwlock")
_MOST_SHOWN = 4


def check_dvc(root: Path) -> Iterator[Finding]:
    """Locks first: where one is held, nothing else can be told."""
    if not (root / ".dvc").is_dir():
        yield fault("dvc", f"{root / '.dvc'}: no such folder", "git checkout -- .dvc, or clone the project again")
        return
    locks = list(check_locks(root))
    yield from locks or [well("dvc lock", "free")]
    if not any(found.state == "fault" for found in locks):
        yield check_stages(root)


def check_locks(root: Path) -> Iterator[Finding]:
    """Who holds what; DVC itself takes away only what ended processes held whose numbers nobody has since."""
    path = root / _RWLOCK
    try:
        holders = _holders(read_json(path))
    except FileNotFoundError:
        return
    except ValueError:
        yield fault("dvc lock", f"{path}: not JSON, and dvc refuses it", f"with no dvc running: rm {path}")
        return
    except (TypeError, AttributeError, KeyError):
        yield fault("dvc lock", f"{path}: not as dvc writes it", f"with no dvc running: rm {path}")
        return
    for pid, command in sorted(holders.items()):
        yield _holder(pid, command, path)


def _holders(content: dict[str, Any]) -> dict[int, str]:
    """The commands that hold a lock, by process.

    Raises:
        TypeError, AttributeError, KeyError: it is not as dvc writes it.
    """
    writers = content.get("write", {}).values()
    readers = [reader for each in content.get("read", {}).values() for reader in each]
    return {_number_of(held["pid"]): str(held["cmd"]) for held in [*writers, *readers]}


def _number_of(pid: Any) -> int:
    if not isinstance(pid, int) or not 0 <= pid < 2**31:
        raise TypeError(f"got {pid!r}, wanted the number of a process")
    return pid


def _holder(pid: int, command: str, path: Path) -> Finding:
    try:
        line = psutil.Process(pid).cmdline()
    except psutil.NoSuchProcess:
        return note(
            "dvc lock", f"left over by {command!r} ({pid}), which has ended", "nothing: the next dvc takes it away"
        )
    except psutil.AccessDenied:
        line = ["another user's process"]
    if any(Path(word).name.startswith("dvc") for word in line):
        return note("dvc lock", f"held by {command!r} ({pid})", "wait for it, or end it by Ctrl-C")
    said = f"left over by {command!r}; its number {pid} now belongs to {' '.join(line)!r}, and dvc waits for that"
    return fault("dvc lock", said, f"with no dvc running: rm {path}")


def check_stages(root: Path) -> Finding:
    """Which stages `dvc repro` would run."""
    from dvc.exceptions import DvcException
    from dvc.lock import LockError
    from dvc.repo import Repo
    from dvc.scm import SCMError

    try:
        with Repo(str(root)) as repo:
            stale = [name.rpartition(":")[2] for name in repo.status()]
    except LockError:
        return note("stages", "a dvc command is under way, they cannot be looked at", "wait for it, and ask again")
    except (DvcException, SCMError) as error:
        return fault("stages", f"dvc cannot read the graph: {str(error).splitlines()[0]}", "mend what it names")
    if not stale:
        return well("stages", "all up to date")
    more = f" and {len(stale) - _MOST_SHOWN} more" if len(stale) > _MOST_SHOWN else ""
    return note("stages", f"stale or not yet run: {', '.join(stale[:_MOST_SHOWN])}{more}", "dvc repro")
