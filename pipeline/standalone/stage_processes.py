"""Stages as processes of their own, as DVC starts them: in a folder, told to stop, their mistakes raised here."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from pipeline.standalone.request import CHECKOUT

_TOLD = "error: "
"""How a stage begins to tell a person's mistake."""
_PATIENCE_S = 5.0
"""For the last of what a stage says, where it has ended and a process of its own has not."""

_TIMES_SHOWN = 3
"""Of equal lines."""


def run_stage(words: str, folder: Path, lock: int | None = None, quiet: bool = False) -> None:
    """Run a stage, "train airspace generic 0", in a folder that holds params.yaml.

    Ctrl-C is handed on; training saves then, and the stage is waited for.

    Args:
        lock: a file that the stage holds open, too: a lock on it lasts until both have ended.
        quiet: what it prints is not shown; mistakes are.

    Raises:
        ValueError: it refused; its message.
        KeyboardInterrupt: it was stopped.
    """
    stage, *arguments = words.split()
    with subprocess.Popen(
        [sys.executable, "-m", f"pipeline.stages.{stage}", *arguments],
        cwd=folder,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if quiet else None,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,  # Ctrl-C of a terminal reaches it once, by way of us
        pass_fds=() if lock is None else (lock,),
    ) as process:
        assert process.stderr is not None
        told = list[str]()
        listener = threading.Thread(target=_listen, args=(process.stderr, told), daemon=True)
        listener.start()
        stopped = _wait(process)
        listener.join(_PATIENCE_S)
    if stopped:
        raise KeyboardInterrupt
    if told:
        raise ValueError("".join(told).removeprefix(_TOLD).rstrip())
    if process.returncode:
        raise ValueError(f"{folder}: stage {words} ended with status {process.returncode}; see above")


def _wait(process: subprocess.Popen[str]) -> bool:
    """Wait for the end; whether it was told to stop."""
    stopped = False
    while True:
        try:
            process.wait()
            return stopped
        except KeyboardInterrupt:
            stopped = True
            process.send_signal(signal.SIGINT)


def _listen(stream: IO[str], told: list[str]) -> None:
    """Pass on what comes, but a mistake and the lines after it, which are kept; environments may warn at each step."""
    heard = Counter[str]()
    for line in stream:
        heard[line] += 1
        if told or line.startswith(_TOLD):
            told.append(line)
        elif heard[line] <= _TIMES_SHOWN:
            sys.stderr.write(line)


def _environment() -> Mapping[str, str]:
    """This code first, then what can be imported here; lines at once; no checkout of DVC's."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DVC_")}
    places = dict.fromkeys([str(CHECKOUT), str(Path.cwd()), *filter(None, sys.path)])
    return inherited | {"PYTHONPATH": os.pathsep.join(places), "PYTHONUNBUFFERED": "1"}
