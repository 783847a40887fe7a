"""A person plays against a policy: boards as text, answers that are no moves, and who gets what."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from conftest import Checkout

from envs.boards.simulation.room import SIMULATION
from envs.ground.turn_game import TurnGame, turn_game_of
from pipeline import cli
from pipeline.duel.duel import Duel


def game_of(name: str) -> TurnGame:
    found = turn_game_of(SIMULATION, SIMULATION.settings.from_values({"game": name}))
    assert found is not None
    return found


class PlaysInOrder:
    """A policy that makes given choices, counted from 0."""

    memory_size = 0

    def __init__(self, *choices: int) -> None:
        self._choices = iter(choices)

    def act(self, obs: np.ndarray, noise: np.ndarray | None, allowed: np.ndarray | None = None) -> np.ndarray:
        """See Policy.act."""
        choice = next(self._choices)
        assert allowed is not None
        assert allowed[0, choice]
        return np.array([[float(choice)]])


def answers(*lines: str) -> Callable[[str], str]:
    left: Iterator[str] = iter(lines)
    return lambda asked: next(left)


def test_a_board_is_shown_with_the_numbers_of_what_can_be_chosen() -> None:
    small, large = game_of("tic_tac_toe"), game_of("connect_four")
    state = small.follow(small.begin()[None], np.array([3]))[0][0]
    assert small.told(small.begin(), True) == "1 4 7\n2 5 8\n3 6 9"
    assert small.told(state, False) == "1 X 7\n2 5 8\n3 6 9"
    state = large.follow(large.begin()[None], np.array([6]))[0][0]
    assert large.told(state, False).splitlines()[-3:] == [". . . . . . .", ". . . . . . X", "1 2 3 4 5 6 7"]


@pytest.mark.parametrize(
    ("person_first", "lines", "choices", "result"),
    [
        (True, ("1", "2", "3"), (3, 4), 1.0),
        (False, ("4", "5"), (0, 1, 2), -1.0),
        (True, ("5", "7", "2", "4", "9"), (0, 2, 7, 5), 0.0),
        (True, ("1", " Q "), (3,), None),
    ],
)
def test_who_has_a_row_wins(
    person_first: bool, lines: tuple[str, ...], choices: tuple[int, ...], result: float | None
) -> None:
    told: list[str] = []
    duel = Duel(game_of("tic_tac_toe"), PlaysInOrder(*choices), None, person_first)
    assert duel.play(answers(*lines), told.append) == result
    assert [line for line in told if line.startswith("the policy")] == [f"the policy plays {n + 1}" for n in choices]


def test_what_is_no_move_is_asked_for_again() -> None:
    told: list[str] = []
    duel = Duel(game_of("tic_tac_toe"), PlaysInOrder(3, 4), lambda rows: np.full(len(rows), 0.25), True)
    assert duel.play(answers("", "1", "1", "-2", "zwei", "2", "3"), told.append) == 1.0
    refused = [line for line in told if line.startswith("got")]
    wished = "wanted one of 2, 3, 5, 6, 7, 8, 9"
    assert refused == [f"got '', wanted one of {', '.join(map(str, range(1, 10)))}"] + [
        f"got {text!r}, {wished}" for text in ("1", "-2", "zwei")
    ]
    assert "the policy plays 4, and expects +0.25 for itself" in told


def test_a_policy_of_another_kind_of_world_is_refused(finished: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    folder: Path = finished.folder / "data/export/airspace/generic"
    monkeypatch.setattr(sys, "argv", ["murmuration", "play", str(folder)])
    with pytest.raises(SystemExit, match=re.escape("got a policy of airspace, wanted one of a game of two by turns")):
        cli.main()
