"""What MuZero learns from: games worked out by hand, their ends and beyond, distributions, symmetries, priorities."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch

from envs.boards.simulation.forking import Forks
from envs.boards.simulation.games import GAMES
from pipeline.algorithms.muzero.memory import GamesRing, Unrolled
from pipeline.algorithms.muzero.support import atoms, two_hot
from pipeline.algorithms.muzero.targets import Counting, bootstrapped
from pipeline.algorithms.self_play.games import Ended
from tests.pipeline.algorithms.playing_boards import muzero

TURNS = Counting(factor=-1.0, discount=0.5, steps=2)


def test_values_by_turns_by_hand() -> None:
    """Four moves by turns; who moves last is paid 1. Two moves count as paid, then what the search said, halved twice.

    The first: 0 - 0 + 1/4 of the 0.8 that was said of the third, which is its own turn again. The second: its reward 0,
    less half of the third's 0, and a quarter of the fourth's 0.4. The third loses half of what the fourth wins.
    """
    columns = [np.array(own) for own in ([4, 3, 2, 1], [0.0, 0.0, 0.0, 1.0], [0, 1, 0, 1], [9.0, 9.0, 0.8, 0.4])]
    np.testing.assert_allclose(bootstrapped(np.arange(4), *columns, TURNS), [0.2, 0.1, -0.5, 1.0])


def test_who_moves_twice_counts_what_follows_in_full() -> None:
    """Seats 0, 0, 1: 1 + 2/2 - 4/4 said of the third."""
    columns = [
        np.array(own) for own in ([5, 4, 3, 2, 1], [1.0, 2.0, 9.0, 9.0, 9.0], [0, 0, 1, 0, 1], [0.0, 0.0, 4.0, 0, 0])
    ]
    np.testing.assert_allclose(bootstrapped(np.array([0]), *columns, TURNS), [1.0 + 1.0 - 1.0])


def test_one_players_values_are_plain_returns_and_columns_begin_anew_after_the_last() -> None:
    """A game of three moves at places 2, 3 and 0: 1 + 2/2 + 4/4, nothing said for none is left."""
    columns = [np.array(own) for own in ([1, 0, 3, 2], [4.0, 0.0, 1.0, 2.0], [0, 0, 0, 0], [9.0, 9.0, 9.0, 9.0])]
    found = bootstrapped(np.array([2, 0]), *columns, Counting(1.0, 0.5, 10))
    np.testing.assert_allclose(found, [3.0, 4.0])


def played(lengths: list[int], first: int = 0) -> Ended:
    """Games of two by turns, whose moves are numbered on from `first`; who moves last is paid 1."""
    most = max(lengths)
    number = first + np.arange(len(lengths) * most).reshape(-1, most)
    last = np.arange(most) == np.array(lengths)[:, None] - 1
    moves = {"states": np.stack([number, -number], 2), "policies": np.repeat(number[:, :, None], 3, 2) / 100.0}
    moves |= {"choices": number % 3, "searched": np.zeros(number.shape), "rewards": np.where(last, 1.0, 0.0)}
    moves |= {"seats": np.arange(most) % 2 + np.zeros_like(number), "iterations": number}
    return Ended(moves, np.array(lengths))


def ring(capacity: int = 20, exponent: float = 0.0, steps: int = 9) -> GamesRing:
    return GamesRing(capacity, 2, 3, Counting(-1.0, 0.5, steps), unroll_steps=3, exponent=exponent)


def test_a_game_is_unrolled_to_its_end_and_beyond() -> None:
    own = ring()
    own.add(played([3, 2]))
    drawn = own.draw(np.random.default_rng(0), 5)
    assert drawn.states[:, 0].tolist() == [0, 1, 2, 3, 4], "one from each fifth of five that are alike"
    assert drawn.choices.tolist() == [[0, 1, 2], [1, 2, -1], [2, -1, -1], [0, 1, -1], [1, -1, -1]]
    assert drawn.rewards.tolist() == [[0, 0, 1], [0, 1, 0], [1, 0, 0], [0, 1, 0], [1, 0, 0]]
    np.testing.assert_allclose(
        drawn.values, [[0.25, -0.5, 1, 0], [-0.5, 1, 0, 0], [1, 0, 0, 0], [-0.5, 1, 0, 0], [1, 0, 0, 0]]
    )
    assert drawn.known.tolist() == [[True] * (1 + n) + [False] * (3 - n) for n in (2, 1, 0, 1, 0)]
    np.testing.assert_allclose(drawn.policies[0, :, 1], [0.0, 0.01, 0.02, 0.0])
    assert drawn.iterations.tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(drawn.shares, 0.2)


def test_what_is_left_of_a_game_that_was_overwritten_in_part_goes_on_to_its_end() -> None:
    """Seven places: of the first game of four moves the last two are left, before the two of three moves and two."""
    own = ring(7)
    own.add(played([4]))
    own.add(played([3, 2], first=10))
    drawn = own.draw(np.random.default_rng(0), 7)
    found = dict(
        zip(drawn.states[:, 0].tolist(), zip(drawn.choices.tolist(), drawn.values.tolist(), strict=True), strict=True)
    )
    assert found.keys() == {2, 3, 10, 11, 12, 13, 14}
    assert found[2] == ([2, 0, -1], [-0.5, 1.0, 0.0, 0.0])
    assert found[13] == ([1, 2, -1], [-0.5, 1.0, 0.0, 0.0])


def test_positions_are_drawn_by_how_wrong_they_were_and_errors_of_today_count() -> None:
    own = ring(exponent=1.0)
    own.add(played([3]))
    np.testing.assert_allclose(own._tree.leaves[:3], [0.251, 0.501, 1.001], err_msg="the search said 0 of all")
    own.judge(np.array([2, 0]), np.array([0.0, -1.0]))
    drawn = own.draw(np.random.default_rng(0), 1503)
    np.testing.assert_allclose(np.bincount(drawn.places), [1001, 501, 1], atol=1)
    np.testing.assert_allclose(drawn.shares[drawn.places == 1], 0.501 / 1.503)


def test_what_is_searched_anew_is_learned_from() -> None:
    own = ring(steps=1)
    own.add(played([3]))
    own.renew(np.array([1]), np.full((1, 3), 0.5), np.array([-0.8]))
    drawn = own.draw(np.random.default_rng(0), 3)
    assert drawn.values[0, 0] == np.float32(0.4), "less half of what is said of the second"
    assert drawn.policies[1, 0].tolist() == [0.5, 0.5, 0.5]


def test_a_memory_goes_on_from_its_state_to_the_same_draws() -> None:
    whole, other = ring(7, exponent=0.7), ring(7, exponent=0.7)
    whole.add(played([4, 2]))
    whole.judge(np.array([1, 3]), np.array([3.0, 0.2]))
    other.restore(copy.deepcopy(whole.state()))
    for own in (whole, other):
        own.add(played([3], first=20))
    one, two = (own.draw(np.random.default_rng(1), 50) for own in (whole, other))
    for name, column in vars(one).items():
        np.testing.assert_array_equal(column, vars(two)[name], err_msg=name)


def test_numbers_are_shared_by_two_neighbours() -> None:
    support = torch.tensor([-1.0, 0.0, 2.0])
    found = two_hot(torch.tensor([[0.5, -1.0], [2.0, -0.25], [7.0, -7.0]]), support)
    expected = [[[0, 0.75, 0.25], [1, 0, 0]], [[0, 0, 1], [0.25, 0.75, 0]], [[0, 0, 1], [1, 0, 0]]]
    np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize("spacing", ["even", "root"])
def test_means_of_distributions_are_the_numbers_themselves(spacing: Any) -> None:
    support, numbers = atoms(30.0, 61, spacing), torch.linspace(-30.0, 30.0, 999)
    found = two_hot(numbers, support)
    np.testing.assert_allclose(found @ support, numbers, atol=1e-4)
    np.testing.assert_allclose(found.sum(1), 1.0, atol=1e-6)
    assert ((found > 0).sum(1) <= 2).all()


def test_large_numbers_stand_further_apart_where_they_are_laid_by_roots() -> None:
    """h(8) = 3 - 1 + 0.008 = 2.008, and half of it is h(3.004): about 3."""
    support = atoms(8.0, 5, "root")
    np.testing.assert_allclose(support, [-8.0, -3.002, 0.0, 3.002, 8.0], atol=2e-3)
    assert atoms(1.0, 5, "even").tolist() == [-1.0, -0.5, 0.0, 0.5, 1.0]


def test_position_choices_and_policies_are_turned_and_mirrored_together() -> None:
    """A stone in the corner, the next on the cell beside it: so it is, whichever way the board is turned.

    Cells are seen row by row, and chosen column by column.
    """
    learning, forks = muzero()._learning, Forks(GAMES["tic_tac_toe"])
    corner = forks.follow(np.zeros((1, 2), np.int64), np.array([0]))[0].repeat(64, 0)
    beside = np.eye(9, dtype=np.float32)[np.ones((64, 2), int)]
    many, nothing = np.zeros(64), np.zeros((64, 2))
    drawn = Unrolled(many, many, corner, np.full((64, 1), 1), nothing, nothing, beside, nothing == 0, many)
    rows, choices, policies = learning._varied(drawn, np.random.default_rng(0))
    stone, chosen = rows[:, 9:].argmax(1).tolist(), choices[:, 0].tolist()
    assert set(zip(stone, chosen, strict=True)) == {
        *((0, 1), (0, 3), (2, 3), (2, 7), (6, 1), (6, 5), (8, 5), (8, 7)),
    }
    assert (policies.argmax(2) == choices).all()
