"""What somebody's environment did amiss, told in one line: which world, where in its episode, and in which file."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_HERE = __file__.rpartition("/")[0]
_INSTALLED = "site-packages/"
_LIBRARIES = (_INSTALLED, "/lib/python")
_LONGEST = 80


class EnvironmentFault(ValueError):  # noqa: N818 - what somebody's environment did
    """Somebody's environment raised, took too long, or returned what it may not; says which, where and what."""


@contextmanager
def faults_told(doing: str) -> Iterator[None]:
    """Tell whatever is raised inside as what was raised while `doing` something.

    Raises:
        EnvironmentFault: for any Exception, and where somebody's code would end the process.
    """
    try:
        yield
    except EnvironmentFault:
        raise
    except (Exception, SystemExit) as error:
        raise EnvironmentFault(f"{doing} raised {told(error)}") from error


def told(error: BaseException) -> str:
    """An error in one line, with the file and line it comes from: of somebody's own code rather than of a library."""
    words = " ".join(str(error).split())
    below = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_theirs(frame.filename)]
    own = [frame for frame in below if not any(part in frame.filename for part in _LIBRARIES)]
    place = ""
    if below and not isinstance(error, SyntaxError):  # which says its line itself
        last = (own or below)[-1]
        place = f" ({_short(last.filename)}, line {last.lineno})"
        words = words or (below[-1].line or "" if isinstance(error, AssertionError) else "")
    return f"{type(error).__name__}: {words}".removesuffix(": ") + place


def shown(value: Any) -> str:
    """A value in messages: not longer than half a line."""
    words = " ".join(repr(value).split())
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}.."


def _is_theirs(file: str) -> bool:
    return not file.startswith((_HERE, "<")) and not file.endswith("/contextlib.py")


def _short(file: str) -> str:
    """From where packages are installed, or the file and its folder."""
    return file.partition(_INSTALLED)[2] or "/".join(file.split("/")[-2:])
