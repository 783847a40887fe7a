"""Searches on fixed logits, worked out by hand and by plain Python; and on positions of which the answer is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from plain_search import search as search_plainly

from envs.boards.scenarios.positions import prove
from envs.boards.simulation.forking import Forks
from envs.boards.simulation.games import GAMES
from pipeline.search.choosing import completed, considered_visits, improve, priors
from pipeline.search.rules import Ask
from pipeline.search.searching import search_gumbel, search_puct
from pipeline.search.tree import IMPOSSIBLE, new_tree


class Bandits:
    """Each choice ends the game at once with its reward."""

    factor = -1.0

    def __init__(self, rewards: list[float]) -> None:
        self._rewards = np.array(rewards)

    def follow(self, states: np.ndarray, choices: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return states + 1, self._rewards[choices], np.ones(len(states), bool)

    def see(self, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return states.astype(np.float32), np.ones((len(states), len(self._rewards)), bool)


class Hashed:
    """A game whose states, rewards, ends and possible choices are drawn from whole numbers by arithmetic."""

    num_choices = 4

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def after(self, state: int, choice: int) -> tuple[int, float, bool]:
        drawn = (state * 1_103_515_245 + 12_345 * (choice + 1)) % 2_147_483_647
        return drawn, (drawn % 7 - 3) / 3.0 if drawn % 5 == 0 else 0.0, drawn % 5 == 0

    def told(self, state: int) -> tuple[list[float], float]:
        logits = [((state >> (3 * a)) % 8) / 2.0 for a in range(self.num_choices)]
        impossible = state % (self.num_choices + 2)
        return [-math.inf if a == impossible else own for a, own in enumerate(logits)], (state % 13 - 6) / 6.0

    def follow(self, states: np.ndarray, choices: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        found = [self.after(int(state), int(choice)) for (state,), choice in zip(states, choices, strict=True)]
        after, rewards, ended = zip(*found, strict=True)
        return np.array(after)[:, None], np.array(rewards), np.array(ended)

    def see(self, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return states.astype(np.float64), np.array([np.isfinite(self.told(int(s))[0]) for (s,) in states])

    def ask(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        logits, values = zip(*(self.told(int(row[0])) for row in rows), strict=True)
        return np.nan_to_num(np.array(logits), neginf=0.0), np.array(values)


def knows_nothing(num_choices: int) -> Ask:
    return lambda rows: (np.zeros((len(rows), num_choices)), np.zeros(len(rows)))


@pytest.mark.parametrize(
    ("considered", "simulations", "visits"),
    [
        (1, 3, [0, 1, 2]),
        (2, 4, [0, 0, 1, 1]),
        (3, 6, [0, 0, 0, 1, 1, 2]),
        (4, 8, [0, 0, 0, 0, 1, 1, 2, 2]),
        (4, 2, [0, 0]),
    ],
)
def test_sequential_halving_by_hand(considered: int, simulations: int, visits: list[int]) -> None:
    assert considered_visits(considered, simulations).tolist() == visits


def test_completed_values_by_hand() -> None:
    """Visited: 1/2. Not visited: (-1/2 + 2 * 1/2) / 3 = 1/6. Between 0 and 1, times (50 + 2) * 0.1."""
    out = np.zeros(2)
    completed(np.zeros(2), np.array([2, 0]), np.array([1.0, 0.0]), -0.5, np.zeros(2), out)
    np.testing.assert_allclose(out, [5.2, 0.0])


def test_gumbel_on_bandits_by_hand() -> None:
    """Four choices once each, then the two best twice more; the policy is the softmax of 5.3 * (reward + 1) / 2."""
    found = search_gumbel(
        Bandits([0.0, 1.0, -1.0, 0.5]), np.zeros((2, 1), np.int64), knows_nothing(4), 8, 4, np.zeros((2, 4))
    )
    assert found.visits.tolist() == [[1, 3, 1, 3]] * 2
    assert found.choices.tolist() == [1, 1]
    wanted = np.exp([2.65, 5.3, 0.0, 3.975])
    np.testing.assert_allclose(found.weights[0], wanted / wanted.sum())
    np.testing.assert_allclose(found.values, (0.0 + 3.0 - 1.0 + 1.5) / 9.0)


def test_draws_decide_what_is_considered() -> None:
    gumbel = np.array([[0.0, 0.0, 9.0, 8.0]])
    found = search_gumbel(Bandits([1.0, 1.0, -1.0, 0.0]), np.zeros((1, 1), np.int64), knows_nothing(4), 4, 2, gumbel)
    assert found.visits.tolist() == [[0, 0, 2, 2]]
    assert found.choices.tolist() == [3], "8 + 5.2 * 2 / 3 and more against 9"


def test_puct_on_bandits_by_hand() -> None:
    """The first look goes to the first; then the second's bonus 1/2 beats 1/4, and its value 1 everything after."""
    found = search_puct(Bandits([0.0, 1.0]), np.zeros((1, 1), np.int64), knows_nothing(2), 8, 1.0)
    assert found.visits.tolist() == [[1, 7]]
    assert found.choices.tolist() == [1]
    np.testing.assert_allclose(found.weights, [[1 / 8, 7 / 8]])
    np.testing.assert_allclose(found.values, 7 / 9)


def test_noise_is_mixed_into_the_priors_of_the_root() -> None:
    noise = np.array([[0.0, 1.0]])
    found = search_puct(Bandits([0.0, 0.0]), np.zeros((1, 1), np.int64), knows_nothing(2), 4, 1.0, (noise, 1.0))
    assert found.visits.tolist() == [[1, 3]], "the first look is before any bonus"


def test_compiled_policies_are_to_the_bit_those_of_arrays() -> None:
    """Trees of random logits, visits and values; one choice in three cannot be made."""
    rng, shape = np.random.default_rng(1), (40, 6)
    tree, gumbel = new_tree(40, 1, 6), rng.gumbel(size=shape)
    possible = rng.random(shape) > 0.3
    possible[:, 0] = True
    tree.logits[:, 0] = np.where(possible, rng.normal(size=shape), IMPOSSIBLE)
    tree.visits[:, 0] = np.where(possible, rng.integers(0, 9, size=shape), 0)
    tree.total[:, 0] = tree.visits[:, 0] * rng.normal(size=shape)
    tree.raw[:, 0] = rng.normal(size=40)
    weights, likes = np.zeros(shape), np.zeros(shape)
    improve(tree, gumbel, weights, likes)
    for w in range(40):
        logits, values, policy = tree.logits[w, 0], np.zeros(6), np.zeros(6)
        completed(logits, tree.visits[w, 0], tree.total[w, 0], tree.raw[w, 0], np.zeros(6), values)
        priors(np.where(possible[w], logits + values, IMPOSSIBLE), policy)
        assert weights[w].tobytes() == policy.tobytes()
        assert likes[w].tobytes() == np.where(possible[w], gumbel[w] + logits + values, -np.inf).tobytes()


@pytest.mark.parametrize("factor", [-1.0, 0.9])
def test_gumbel_is_that_of_plain_python(factor: float) -> None:
    game, states = Hashed(factor), np.arange(1, 25)[:, None] * 7919
    gumbel = np.random.default_rng(0).gumbel(size=(len(states), game.num_choices))
    found = search_gumbel(game, states, game.ask, 24, 3, gumbel)
    for n, (state,) in enumerate(states.tolist()):
        possible = sum(own > -math.inf for own in game.told(state)[0])
        wanted = considered_visits(min(3, possible), 24).tolist()
        visits, policy = search_plainly(state, game.after, game.told, 4, wanted, gumbel[n].tolist(), factor)
        assert found.visits[n].tolist() == visits
        np.testing.assert_allclose(found.weights[n], [policy.get(a, 0.0) for a in range(4)], atol=1e-12)


def test_a_search_that_knows_nothing_finds_how_to_win_and_what_to_block() -> None:
    """Three upright of one's own; three upright of the other's: connect four, from left to right."""
    game = GAMES["connect_four"]
    three = 0b111
    states = np.array([[three, 0b11 << 14 | 1 << 28], [0b11 << 14 | 1 << 28, three]])
    for found in (
        search_gumbel(Forks(game), states, knows_nothing(7), 64, 7, np.zeros((2, 7))),
        search_puct(Forks(game), states, knows_nothing(7), 200, 1.5),
    ):
        assert found.choices.tolist() == [0, 0]


def test_what_cannot_be_played_is_never_looked_at() -> None:
    game = GAMES["connect_four"]
    full = 0b010101 | 0b101010  # the first column, both in turns
    states = np.array([[0b010101, 0b101010]])
    assert states.sum() == full
    for found in (
        search_gumbel(Forks(game), states, knows_nothing(7), 32, 7, np.zeros((1, 7))),
        search_puct(Forks(game), states, knows_nothing(7), 32, 1.5),
    ):
        assert found.visits[0, 0] == 0
        assert found.weights[0, 0] == 0.0
        assert found.visits.sum() == 32


def test_a_search_keeps_the_values_of_late_positions() -> None:
    """Twelve free cells or fewer: with 600 looks by true rules it makes no mistake."""
    rng, game, states = np.random.default_rng(3), GAMES["connect_four"], list[list[int]]()
    forks = Forks(game)
    while len(states) < 12:
        state, ended = np.zeros((1, 2), np.int64), False
        for _ in range(34):
            can = np.flatnonzero(forks.see(state)[1][0])
            state, _, over = forks.follow(state, rng.choice(can, 1))
            ended = ended or bool(over[0])
        if not ended:
            states.append(state[0].tolist())
    found = search_gumbel(forks, np.array(states), knows_nothing(7), 600, 7, np.zeros((len(states), 7)))
    assert prove(game, np.array(states)).keeping[np.arange(len(states)), found.choices].all()


def test_nothing_to_look_at_is_refused() -> None:
    with pytest.raises(ValueError, match="got 0 simulations, wanted 1 or more"):
        search_puct(Bandits([0.0]), np.zeros((1, 1), np.int64), knows_nothing(1), 0, 1.0)
    with pytest.raises(ValueError, match="got 4 simulations of 0 choices"):
        search_gumbel(Bandits([0.0]), np.zeros((1, 1), np.int64), knows_nothing(1), 4, 0, np.zeros((1, 1)))
