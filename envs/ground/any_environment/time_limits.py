"""Ends what takes too long in somebody's environment, in compiled code too.

A timer of the system (SIGALRM) asks Python to raise an error. That does not reach code which lets Python do nothing, as
a deadlock in C. So a little compiled handler of the signal stands before Python's own: where the timer rings a second
time, it writes the message and ends the process with status 1.
"""

from __future__ import annotations

import ctypes
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from envs.ground.any_environment.faults import EnvironmentFault

GRACE_S = 2.0
"""Between asking Python and ending the process."""
_LONGEST = 1000
_STANDARD_ERROR = 2


@contextmanager
def time_limit(seconds: float, doing: str, key: str) -> Iterator[None]:
    """Let what is inside take so long; not one within another. Only the main thread of a process can be watched.

    Args:
        seconds: at most, by the clock on the wall.
        doing: what is done inside, for the message.
        key: of params.yaml, that says `seconds`.

    Raises:
        EnvironmentFault: it takes longer.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _alarm().begin(seconds, f"{doing}: took longer than {seconds:g} s, wanted an answer (or a larger {key})")
    try:
        yield
    finally:
        _alarm().end()


class _Alarm:
    """The process's only timer, and what is said when it rings."""

    def __init__(self) -> None:
        self._message = ctypes.create_string_buffer(_LONGEST)
        self._rung = ctypes.create_string_buffer(2)  # an empty text, or one letter: it has rung
        signal.signal(signal.SIGALRM, self._ring)
        self._before_python = _install(self._message, self._rung)  # kept alive
        signal.siginterrupt(signal.SIGALRM, True)  # ends calls of the system that wait

    def begin(self, seconds: float, message: str) -> None:
        """Ring after `seconds`, and again after a while."""
        self._text = message
        self._message.value = f"\nerror: {message}\n".encode()[: _LONGEST - 1]
        self._rung.value = b""
        signal.setitimer(signal.ITIMER_REAL, seconds, GRACE_S)

    def end(self) -> None:
        """Ring no more."""
        signal.setitimer(signal.ITIMER_REAL, 0.0)

    def _ring(self, number: int, frame: Any) -> None:
        """What Python does when it rings, between two of its own instructions."""
        raise EnvironmentFault(self._text)


@cache
def _alarm() -> _Alarm:
    return _Alarm()


def _install(message: Any, rung: Any) -> Any:
    """Put a handler before Python's own, made of calls that a handler may make (POSIX, async-signal-safe)."""
    from numba import cfunc, types  # half a second, which nobody waits for who steps no environments

    library = ctypes.CDLL(None)
    replace_handler = library.signal
    replace_handler.argtypes, replace_handler.restype = [ctypes.c_int, ctypes.c_void_p], ctypes.c_void_p
    write, leave, length, fill = library.write, library._exit, library.strlen, library.memset
    write.argtypes, write.restype = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t], ctypes.c_ssize_t
    leave.argtypes, leave.restype = [ctypes.c_int], None
    length.argtypes, length.restype = [ctypes.c_void_p], ctypes.c_size_t
    fill.argtypes, fill.restype = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t], ctypes.c_void_p
    words, letter = ctypes.addressof(message), ctypes.addressof(rung)
    python = ctypes.CFUNCTYPE(None, ctypes.c_int)(replace_handler(signal.SIGALRM, None))

    @cfunc(types.void(types.int32))
    def ring(number: int) -> None:
        if length(letter) == 0:
            fill(letter, ord("x"), 1)
            python(number)
        else:
            write(_STANDARD_ERROR, words, length(words))
            leave(1)

    replace_handler(signal.SIGALRM, ring.address)
    return ring, python
