"""The sum tree: sums exact, draws by shares, and the same tree from its leaves alone."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from pipeline.algorithms.muzero.sum_tree import SumTree


def filled(numbers: list[float]) -> SumTree:
    tree = SumTree(len(numbers))
    tree.set(np.arange(len(numbers)), np.array(numbers))
    return tree


def test_draws_by_hand() -> None:
    """Leaves 1, 0, 3: of four equal parts of the sum one is the first's, three the third's."""
    tree = filled([1.0, 0.0, 3.0])
    assert tree.total == 4.0
    assert tree.draw(np.random.default_rng(0), 4).tolist() == [0, 2, 2, 2]


def test_each_is_drawn_as_often_as_its_share() -> None:
    numbers = np.array([0.0, 5.0, 1.0, 0.0, 2.0, 0.5, 0.0])
    drawn = filled(numbers.tolist()).draw(np.random.default_rng(1), 17_000)
    np.testing.assert_allclose(np.bincount(drawn, minlength=7), 2000 * numbers, atol=1)


def test_what_is_0_is_never_drawn_wherever_rounding_leads() -> None:
    rng = np.random.default_rng(2)
    numbers = np.where(rng.random(1000) < 0.7, 0.0, 10.0 ** rng.uniform(-12, 12, 1000))
    tree = filled(numbers.tolist())
    assert (tree.leaves[tree.draw(rng, 50_000)] > 0.0).all()


def test_after_many_changes_a_tree_is_to_the_bit_that_of_its_leaves() -> None:
    rng, changed = np.random.default_rng(3), SumTree(37)
    for _ in range(200):
        changed.set(rng.integers(37, size=5), rng.random(5) ** 9)
    other = filled(copy.deepcopy(changed.leaves).tolist())
    restored = SumTree(37)
    restored.restore(copy.deepcopy(changed.state()))
    assert changed.total == other.total == restored.total
    np.testing.assert_allclose(changed.total, changed.leaves.sum())
    for one in (other, restored):
        assert one.draw(np.random.default_rng(4), 99).tolist() == changed.draw(np.random.default_rng(4), 99).tolist()


def test_of_a_place_that_is_set_twice_the_last_counts() -> None:
    tree = SumTree(2)
    tree.set(np.array([1, 1]), np.array([5.0, 2.0]))
    assert (tree.total, tree.leaves.tolist()) == (2.0, [0.0, 2.0])


@pytest.mark.parametrize("capacity", [1, 2, 3, 8, 9])
def test_any_capacity_has_all_its_places(capacity: int) -> None:
    tree = filled([1.0] * capacity)
    assert tree.draw(np.random.default_rng(5), capacity).tolist() == list(range(capacity))
