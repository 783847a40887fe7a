"""What takes too long in an environment is ended: by an error where that is heard, otherwise with the process."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from itertools import repeat
from pathlib import Path

import pytest

from envs.ground.any_environment.faults import EnvironmentFault
from envs.ground.any_environment.time_limits import time_limit

SAID = "world: step: took longer than 0.2 s, wanted an answer (or a larger world.simulation.max_step_s)"


def limited(what: Callable[[], object], seconds: float = 0.2) -> None:
    with time_limit(seconds, "world: step", "world.simulation.max_step_s"):
        what()


def compute_on() -> None:
    while True:
        pass


def wait() -> None:
    reading, _ = os.pipe()
    os.read(reading, 1)


def hear_nothing() -> None:
    """As environments do that go on after whatever error."""
    while True:
        with contextlib.suppress(Exception):
            time.sleep(3600)


@pytest.mark.parametrize("hangs", [compute_on, wait, lambda: time.sleep(3600)])
def test_a_hang_of_python_or_the_system_is_an_error(hangs: Callable[[], object]) -> None:
    for _ in range(2):
        with pytest.raises(EnvironmentFault) as raised:
            limited(hangs)
        assert str(raised.value) == SAID


def test_what_ends_in_time_is_left_alone_and_no_alarm_rings_later() -> None:
    limited(lambda: time.sleep(0.01), 60.0)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    with pytest.raises(ZeroDivisionError):
        limited(lambda: 1 / 0, 60.0)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_other_threads_go_on_unwatched() -> None:
    done: list[int] = []
    thread = threading.Thread(target=limited, args=(lambda: done.append(1), 60.0))
    thread.start()
    thread.join()
    assert done == [1]


@pytest.mark.parametrize("hangs", [hear_nothing, lambda: deque(repeat(0), maxlen=0)])
def test_where_no_error_is_heard_the_process_ends_with_the_message(hangs: Callable[[], object], tmp_path: Path) -> None:
    def in_another() -> None:
        os.dup2(os.open(tmp_path / "said", os.O_WRONLY | os.O_CREAT), 2)
        limited(hangs)

    process = multiprocessing.get_context("fork").Process(target=in_another)
    process.start()
    process.join(60)
    assert process.exitcode == 1
    assert (tmp_path / "said").read_text() == f"\nerror: {SAID}\n"
