"""What AlphaZero learns from: outcomes of games worked out by hand, the ring of positions, symmetries."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from envs.boards.simulation.forking import Forks
from envs.boards.simulation.games import GAMES
from pipeline.algorithms.alphazero.games import Games
from pipeline.algorithms.alphazero.ring import Positions, Ring
from pipeline.algorithms.alphazero.targets import mixed, outcomes
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


def moved(number: int, worlds: int) -> dict[str, np.ndarray]:
    """A move by which one knows it again."""
    told = np.arange(worlds) + 10 * number
    return {
        "states": np.stack([told, -told], 1),
        "policies": np.full((worlds, 3), number / 10, np.float32),
        "searched": np.zeros(worlds),
        "rewards": np.full(worlds, float(number == 2)),
        "seats": np.full(worlds, number % 2),
        "iterations": np.full(worlds, number),
    }


def test_positions_of_a_game_are_learned_once_it_has_ended_and_others_go_on() -> None:
    games, both = Games(2, 4, 2, 3), np.arange(2)
    for number in range(3):
        games.add(both, **moved(number, 2))
    found = games.ended(np.array([1]), -1.0, 1.0, 0.0)
    assert found.states.tolist() == [[1, -1], [11, -11], [21, -21]]
    assert found.values.tolist() == [1.0, -1.0, 1.0]
    assert found.iterations.tolist() == [0, 1, 2]
    games.add(both, **moved(3, 2))
    again = games.ended(both, -1.0, 1.0, 0.0)
    assert again.states[:, 0].tolist() == [0, 10, 20, 30, 31], "the second world's next game has one move"
    assert len(games.ended(both, -1.0, 1.0, 0.0)) == 0


def numbered(first: int, count: int) -> Positions:
    told = np.arange(first, first + count)
    return Positions(
        told[:, None].copy(), np.repeat(told[:, None], 2, 1).astype(np.float32), told.astype(np.float32), told.copy()
    )


@pytest.mark.parametrize("sizes", [[3], [3, 2], [4, 4], [5, 3, 9, 1], [25]])
def test_the_ring_keeps_the_last_positions(sizes: list[int]) -> None:
    ring, first = Ring(7, 1, 2), 0
    for size in sizes:
        ring.add(numbered(first, size))
        first += size
    drawn = ring.draw(np.random.default_rng(0), 300)
    assert ring.size == min(7, first)
    assert set(drawn.iterations.tolist()) == set(range(max(0, first - 7), first))
    for column in (drawn.states[:, 0], drawn.policies[:, 1], drawn.values):
        assert column.tolist() == drawn.iterations.tolist()


def test_a_ring_goes_on_from_its_state_to_the_same_positions() -> None:
    whole, other = Ring(7, 1, 2), Ring(7, 1, 2)
    whole.add(numbered(0, 5))
    other.restore(copy.deepcopy(whole.state()))
    for ring in (whole, other):
        ring.add(numbered(5, 6))
    one, two = (ring.draw(np.random.default_rng(1), 50) for ring in (whole, other))
    assert one.iterations.tolist() == two.iterations.tolist()


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
