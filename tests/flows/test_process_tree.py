"""Facts about process trees: lines come as they are printed, and nothing is left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, cast

import psutil
import pytest

from flows.process_tree import ProcessTree, members

FAMILY = "sh -c 'sleep 600; true'; true"  # three generations; a shell's background jobs would be deaf to Ctrl-C
STRAY = "import subprocess, time; subprocess.Popen(['sleep', '600'], start_new_session=True); print(1); time.sleep(600)"
KILLED = """
import os, sys, time
from pathlib import Path
from flows.process_tree import ProcessTree
tree = ProcessTree(["sh", "-c", sys.argv[1]], Path.cwd(), os.environ)
print(tree.group, flush=True)
time.sleep(600)
"""
PATIENCE_S = 60.0


def wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.05)


def test_lines_come_while_the_command_still_runs(tmp_path: Path) -> None:
    with ProcessTree(["sh", "-c", "echo one; echo two >&2; sleep 600"], tmp_path, os.environ) as tree:
        lines = tree.lines()
        assert [next(lines), next(lines)] == ["one", "two"]
        assert tree.is_running()


@pytest.mark.parametrize("ending", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_exception_ends_children_and_grandchildren(tmp_path: Path, ending: type[BaseException]) -> None:
    tree = ProcessTree(["sh", "-c", FAMILY], tmp_path, os.environ)
    wait_for(lambda: len(members(tree.group)) >= 3)
    with pytest.raises(ending), tree:
        raise ending
    assert members(tree.group) == []


def test_a_child_in_a_session_of_its_own_is_ended_too(tmp_path: Path) -> None:
    with ProcessTree([sys.executable, "-c", STRAY], tmp_path, os.environ) as tree:
        assert next(tree.lines()) == "1"
        stray = [child for child in psutil.Process(tree.group).children() if child.name() == "sleep"]
        assert len(stray) == 1
    wait_for(lambda: not stray[0].is_running() or stray[0].status() == psutil.STATUS_ZOMBIE)


def test_what_ignores_gentle_signals_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graces_s = {signal.SIGINT: 0.2, signal.SIGTERM: 0.2, signal.SIGKILL: PATIENCE_S}
    monkeypatch.setattr("flows.process_tree.GRACES_S", graces_s)
    deaf = "trap '' INT TERM; echo deaf; while :; do sleep 1; done"
    with ProcessTree(["sh", "-c", deaf], tmp_path, os.environ) as tree:
        assert next(tree.lines()) == "deaf"
    assert members(tree.group) == []
    assert tree.status() == -signal.SIGKILL


def test_the_tree_ends_when_its_owner_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED, FAMILY], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        group = int(owner.stdout.readline())
        wait_for(lambda: len(members(group)) >= 3)
        owner.kill()
    wait_for(lambda: members(group) == [])


class SlowPipe:
    """The pipe to the shell, into which writing takes a while."""

    def __init__(self, pipe: Any) -> None:
        self._pipe = pipe

    @property
    def closed(self) -> bool:
        return self._pipe.closed

    def write(self, words: bytes) -> None:
        time.sleep(0.5)
        self._pipe.write(words)

    def close(self) -> None:
        self._pipe.close()


def test_two_threads_may_end_it_at_once(tmp_path: Path) -> None:
    """The one that runs a trial, and the one that a signal has reached."""
    tree = ProcessTree(["true"], tmp_path, os.environ)
    tree.status()
    tree._leash.stdin = cast("IO[bytes]", SlowPipe(tree._leash.stdin))
    with ThreadPoolExecutor(2) as threads:
        for ended in [threads.submit(tree.end) for _ in range(2)]:
            ended.result()


def test_what_leaves_the_group_while_it_ends_is_ended_too(tmp_path: Path) -> None:
    late = """
import signal, subprocess, sys, time
def begin(*_):
    time.sleep(0.3)
    child = subprocess.Popen(["sleep", "600"], start_new_session=True)
    open("child", "w").write(str(child.pid))
    time.sleep(0.5)
    sys.exit()
signal.signal(signal.SIGINT, begin)
print("up", flush=True)
time.sleep(600)
"""
    with ProcessTree([sys.executable, "-c", late], tmp_path, os.environ) as tree:
        assert next(tree.lines()) == "up"
    assert not psutil.pid_exists(int((tmp_path / "child").read_text()))
