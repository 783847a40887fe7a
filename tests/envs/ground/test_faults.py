"""An error of somebody's environment in one line: what it says, and where in whose code."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from envs.ground.any_environment.faults import EnvironmentFault, faults_told, shown


def fault_of(what: Callable[[], object]) -> str:
    with pytest.raises(EnvironmentFault) as raised, faults_told("world: step"):
        what()
    return str(raised.value)


def say(words: str) -> None:
    raise RuntimeError(words)


def leave() -> None:
    raise SystemExit(0)


def assert_something() -> None:
    assert 1 + 1 == 3


def test_the_innermost_line_of_ones_own_code_is_named() -> None:
    told = fault_of(lambda: json.loads("{"))
    assert re.fullmatch(r"world: step raised JSONDecodeError: .* \(ground/test_faults.py, line \d+\)", told), told


def test_many_lines_become_one() -> None:
    assert fault_of(lambda: say("a\n  b\n")).startswith("world: step raised RuntimeError: a b (")


def test_an_error_without_words_shows_its_kind_and_an_assertion_its_line() -> None:
    assert fault_of(lambda: say("")).startswith("world: step raised RuntimeError (")
    assert fault_of(assert_something).startswith("world: step raised AssertionError")


def test_who_would_leave_the_process_is_held() -> None:
    assert fault_of(leave).startswith("world: step raised SystemExit: 0 (")


def test_a_fault_inside_is_told_once() -> None:
    def inner() -> None:
        raise EnvironmentFault("world: agent a: reward")

    assert fault_of(inner) == "world: agent a: reward"


def test_a_long_value_is_cut() -> None:
    assert len(shown(list(range(1000)))) < 90
    assert shown("a\nb") == "'a\\nb'"
