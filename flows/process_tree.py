"""Starts a command with all its children as one process group, reads its lines, and ends the whole of it."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

import psutil

GRACES_S = {signal.SIGINT: 15.0, signal.SIGTERM: 5.0, signal.SIGKILL: 5.0}
"""Signals in the order in which a group is asked to end, and how long each has to work. Training saves on SIGINT."""

_LEASH = """
read -r farewell && exit 0
for step in INT:15 TERM:5 KILL:1; do
    kill -"${step%:*}" "-$1" 2>/dev/null || exit 0
    tenths=$((${step#*:} * 10))
    while [ $tenths -gt 0 ] && kill -0 "-$1" 2>/dev/null; do sleep 0.1; tenths=$((tenths - 1)); done
done
"""
"""A shell that reads from us: a word says that all is well, an end without one that we were killed."""

_LOOK_EVERY_S = 0.1


class ProcessTree:
    """A command in a process group of its own.

    As a context manager it leaves no process behind, whatever ends the block: an exception, Ctrl-C, SIGTERM. Where this
    process itself is killed, a shell that holds the other end of a pipe ends the group.
    """

    def __init__(
        self, words: Sequence[str], folder: Path, environment: Mapping[str, str], output: TextIO | None = None
    ) -> None:
        """Start `words` in `folder`; stdout and stderr come as one stream of lines, or go to the file `output`."""
        self._process = subprocess.Popen(
            words,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output or subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self.group = self._process.pid
        self._leash = subprocess.Popen(
            ["/bin/sh", "-c", _LEASH, "leash", str(self.group)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._letting_go = threading.Lock()  # whoever runs the command and whoever ends all may do it at once

    def lines(self) -> Iterator[str]:
        """Lines as they come, without their ends, until the command closes its output."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            yield line.rstrip()

    def status(self) -> int:
        """Wait for the command; its exit status, negative where a signal ended it."""
        return self._process.wait()

    def is_running(self) -> bool:
        """Whether the command itself still runs."""
        return self._process.poll() is None

    def end(self) -> None:
        """End every process of the group, and children that left it; gently first, until none is left."""
        astray = descendants(self.group)
        for number, grace_s in GRACES_S.items():
            alive = self._alive(astray)
            for process in alive:
                send(process, number)
            deadline = time.monotonic() + grace_s
            while alive and time.monotonic() < deadline:
                time.sleep(_LOOK_EVERY_S)
                begun = [process for process in descendants(self.group) if process not in astray]
                for process in begun:  # a worker may start a run after it was told to end
                    send(process, number)
                astray += begun
                alive = self._alive(astray)
        self._let_go()

    def _alive(self, astray: list[psutil.Process]) -> list[psutil.Process]:
        self._process.poll()
        inside = members(self.group)
        return [*inside, *(process for process in astray if process not in inside and is_alive(process))]

    def _let_go(self) -> None:
        """Tell the shell that all is well."""
        assert self._leash.stdin is not None
        with self._letting_go:
            if not self._leash.stdin.closed:
                try:
                    self._leash.stdin.write(b"done\n")
                    self._leash.stdin.close()
                except BrokenPipeError:  # somebody killed the shell; the group has ended without it
                    pass
        self._leash.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
        if self._process.stdout is not None:
            self._process.stdout.close()


def members(group: int) -> list[psutil.Process]:
    """Living processes of a process group; one that waits only to be reaped is none."""
    return [process for process in psutil.process_iter(["status"]) if _belongs(process, group)]


def _belongs(process: psutil.Process, group: int) -> bool:
    try:
        return os.getpgid(process.pid) == group and process.info["status"] != psutil.STATUS_ZOMBIE
    except ProcessLookupError:
        return False


def descendants(pid: int) -> list[psutil.Process]:
    """Children of a process, their children and so on, whatever group they are in."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def is_alive(process: psutil.Process) -> bool:
    """Whether a process does anything yet; one that waits only to be reaped does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def send(process: psutil.Process, number: signal.Signals) -> None:
    """Send a signal, unless the process has ended by now."""
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:  # it has just ended
        return
