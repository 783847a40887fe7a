"""A stage whose dvc is gone ends, and writes no output: dvc may run again by then, and restore what is written over."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil

_STARTED_BY_DVC = "DVC_STAGE"
_LOOK_S = 0.2
_OUTPUTS = "data"


class _Tie:
    """What binds this process to the dvc that started it, by way of a shell or not."""

    def __init__(self) -> None:
        """Find dvc: the nearest ancestor that is not the shell which was given our command."""
        self._below, above = psutil.Process(), psutil.Process().parent()
        if above is not None and _runs_a_stage(above):
            self._below, above = above, above.parent()
        self._dvc = above.pid if above is not None and _same_session(above.pid) else None

    def broken(self) -> bool:
        """Whether dvc is gone; then whoever adopts orphans is the parent."""
        try:
            return self._dvc is None or self._below.ppid() != self._dvc
        except psutil.NoSuchProcess:  # the shell between
            return True


_tie: _Tie | None = None


def end_with_dvc() -> None:
    """Watch, where dvc started this process, whether dvc is there; once it is gone, end as by SIGTERM.

    Training saves its checkpoint then. By hand, without dvc, nothing is watched.
    """
    global _tie
    if _STARTED_BY_DVC in os.environ:
        _tie = _Tie()
        threading.Thread(target=_watch, args=(_tie,), daemon=True).start()


def check_not_orphaned(path: Path) -> None:
    """Call before an output appears at `path`.

    Raises:
        ValueError: it lies in `data`, and the dvc that started this process is gone.
    """
    if _tie is not None and path.parts[:1] == (_OUTPUTS,) and _tie.broken():
        raise ValueError(f"{path}: not written: the dvc that started this stage is gone; run dvc again")


def _watch(tie: _Tie) -> None:
    while not tie.broken():
        time.sleep(_LOOK_S)
    with suppress(OSError):  # nobody may read any more
        print("the dvc that started this stage is gone: it ends", file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGTERM)


def _runs_a_stage(process: psutil.Process) -> bool:
    """Whether it is a shell whose command, a single word of its own, starts one."""
    try:
        return any("-m pipeline.stages." in word for word in process.cmdline())
    except psutil.Error:
        return False


def _same_session(pid: int) -> bool:
    """dvc and its stages share one; whoever adopts orphans has another."""
    try:
        return os.getsid(pid) == os.getsid(0)
    except OSError:
        return False
