"""What AlphaZero learns from: outcomes of games worked out by hand, the ring of positions, symmetries."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from envs.boards.simulation.forking import Forks
from envs.boards.simulation.games import GAMES
from pipeline.algorithms.alphazero.positions import Judging, Positions, PositionsRing
from pipeline.algorithms.alphazero.targets import mixed, outcomes
from pipeline.algorithms.self_play.games import Games
from pipeline.algorithms.self_play.ring import Ring
from tests.pipeline.algorithms.playing_boards import alphazero


def test_outcomes_of_games_by_turns_by_hand() -> None:
    """Discount 0.5. Who moves last wins: 1; before it the other loses half of that, and so on.

    In the second game the same seat moves three times and loses by the answer to the last: its opponent is no agent.
    The third is drawn. In the fourth the first move is paid 2, and what follows counts half, against it.
    """
    rewards = np.array([[0, 0, 1, 9], [0, 0, -1, 9], [0, 0, 0, 0], [2, 1, 0, 0]], np.float64)
    seats = np.array([[0, 1, 0, 9], [1, 1, 1, 9], [0, 1, 0, 1], [0, 1, 0, 0]])
    lengths = np.array([3, 3, 4, 2])
    found = outcomes(rewards, seats, lengths, factor=-1.0, discount=0.5)
    expected = [[0.25, -0.5, 1, 0], [-0.25, -0.5, -1, 0], [0, 0, 0, 0], [2 - 0.5, 1, 0, 0]]
    np.testing.assert_allclose(found, expected)


def test_one_players_outcomes_are_plain_returns() -> None:
    rewards, seats = np.array([[1.0, 2.0, 4.0]]), np.zeros((1, 3), np.int64)
    found = outcomes(rewards, seats, np.array([3]), factor=1.0, discount=0.5)
    np.testing.assert_allclose(found, [[1 + 1 + 1, 2 + 2, 4]])


def test_a_share_of_the_value_is_what_the_search_says() -> None:
    np.testing.assert_allclose(mixed(np.array([1.0, -1.0]), np.array([0.0, 1.0]), 0.25), [0.75, -0.5])


JUDGING = Judging(factor=-1.0, discount=1.0, share=0.0)


def moved(number: int, worlds: int) -> dict[str, np.ndarray]:
    """A move by which one knows it again."""
    told = np.arange(worlds) + 10 * number
    return {
        "states": np.stack([told, -told], 1),
        "policies": np.full((worlds, 3), number / 10, np.float32),
        "choices": np.zeros(worlds, np.int64),
        "searched": np.zeros(worlds),
        "rewards": np.full(worlds, float(number == 2)),
        "seats": np.full(worlds, number % 2),
        "iterations": np.full(worlds, number),
    }


def test_positions_of_a_game_are_learned_once_it_has_ended_and_others_go_on() -> None:
    games, both = Games(2, 4, 2, 3), np.arange(2)
    for number in range(3):
        games.add(both, moved(number, 2))
    found = JUDGING.of(games.ended(np.array([1])))
    assert found["states"].tolist() == [[1, -1], [11, -11], [21, -21]]
    assert found["values"].tolist() == [1.0, -1.0, 1.0]
    assert found["iterations"].tolist() == [0, 1, 2]
    games.add(both, moved(3, 2))
    again = JUDGING.of(games.ended(both))
    assert again["states"][:, 0].tolist() == [0, 10, 20, 30, 31], "the second world's next game has one move"
    assert len(JUDGING.of(games.ended(both))["states"]) == 0


def test_positions_are_drawn_with_all_that_belongs_to_them() -> None:
    games, ring = Games(2, 4, 2, 3), PositionsRing(9, 2, 3, JUDGING)
    for number in range(3):
        games.add(np.arange(2), moved(number, 2))
    ring.add(games.ended(np.arange(2)))
    drawn = ring.draw(np.random.default_rng(0), 40)
    assert ring.size == 6
    assert set(drawn.states[:, 0].tolist()) == {0, 1, 10, 11, 20, 21}
    assert (drawn.states[:, 0] // 10).tolist() == drawn.iterations.tolist()
    np.testing.assert_allclose(drawn.policies[:, 0], drawn.iterations / 10)


def numbered(first: int, count: int) -> dict[str, np.ndarray]:
    told = np.arange(first, first + count)
    return {"one": told, "two": np.repeat(told[:, None], 2, 1).astype(np.float32)}


def ring_of_seven() -> Ring:
    return Ring(7, {"one": ((), np.int64), "two": ((2,), np.float32)})


@pytest.mark.parametrize("sizes", [[3], [3, 2], [4, 4], [5, 3, 9, 1], [25]])
def test_the_ring_keeps_the_last_rows_and_says_where(sizes: list[int]) -> None:
    ring, first = ring_of_seven(), 0
    for size in sizes:
        places, kept = ring.add(numbered(first, size)), min(size, 7)
        first += size
        assert ring.columns["one"][places].tolist() == list(range(first - kept, first))
    rows = ring.take(np.arange(ring.size))
    assert ring.size == min(7, first)
    assert sorted(rows["one"].tolist()) == list(range(max(0, first - 7), first))
    assert rows["two"][:, 1].tolist() == rows["one"].tolist()


def test_a_ring_goes_on_from_its_state_to_the_same_rows() -> None:
    whole, other = ring_of_seven(), ring_of_seven()
    whole.add(numbered(0, 5))
    other.restore(copy.deepcopy(whole.state()))
    for ring in (whole, other):
        ring.add(numbered(5, 6))
    assert whole.columns["one"].tolist() == other.columns["one"].tolist()


def test_a_position_and_its_policy_are_turned_and_mirrored_together() -> None:
    """A stone in the corner and all the policy on the cell beside it: so it is, whichever way the board is turned.

    Cells are seen row by row, and chosen column by column.
    """
    learning, forks = alphazero()._learning, Forks(GAMES["tic_tac_toe"])
    corner, beside = forks.follow(np.zeros((1, 2), np.int64), np.array([0]))[0], np.eye(9, dtype=np.float32)[[1]]
    positions = Positions(corner.repeat(64, 0), beside.repeat(64, 0), np.zeros(64, np.float32), np.zeros(64, np.int64))
    rows, allowed, wanted = learning._varied(positions, np.random.default_rng(0))
    stone, chosen = rows[:, 9:].argmax(1).numpy(), wanted.argmax(1).numpy()
    assert set(zip(stone.tolist(), chosen.tolist(), strict=True)) == {
        *((0, 1), (0, 3), (2, 3), (2, 7), (6, 1), (6, 5), (8, 5), (8, 7)),
    }
    assert (allowed.sum(1) == 8).all()
    assert allowed[torch.arange(64), wanted.argmax(1)].all()
