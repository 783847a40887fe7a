"""Numbers drawn by episodes' seeds: by the stated distribution, the same whoever stands beside them."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from envs.ground.distributions import Distribution, uniform_numbers, value_of

_NUMBERS = np.linspace(0.0, 1.0, 100_001)[:-1]


def test_numbers_depend_on_seed_stream_and_column_alone():
    seeds = np.arange(1000, dtype=np.uint64)
    whole = uniform_numbers(seeds, 3, 5)
    np.testing.assert_array_equal(uniform_numbers(seeds[17:18], 3, 5)[0], whole[17])
    np.testing.assert_array_equal(uniform_numbers(seeds, 3, 2), whole[:, :2])
    assert not np.any(whole == uniform_numbers(seeds, 4, 5))


def test_numbers_are_uniform_and_uncorrelated():
    numbers = uniform_numbers(np.arange(20_000, dtype=np.uint64), 0, 4)
    for column in numbers.T:
        counts, _ = np.histogram(column, 20, (0.0, 1.0))
        assert np.sum((counts - 1000.0) ** 2 / 1000.0) < 45.0, "chi squared of 19 degrees, 99.9 %"
    assert np.max(np.abs(np.corrcoef(numbers.T) - np.eye(4))) < 0.03
    assert abs(np.corrcoef(numbers[:-1, 0], numbers[1:, 0])[0, 1]) < 0.03, "of seeds side by side"


def test_each_kind_has_its_mean_and_ends():
    wanted = {
        "uniform": ([2.0, 4.0], 3.0),
        "log_uniform": ([1.0, 100.0], 99.0 / np.log(100.0)),
        "normal": ([5.0, 2.0], 5.0),
        "ranges": ([[0.0, 1.0], [10.0, 13.0]], (0.5 + 3 * 11.5) / 4),
    }
    for kind, (values, mean) in wanted.items():
        distribution = Distribution.from_values({kind: values})
        drawn, ends = distribution.of(_NUMBERS), distribution.extremes()
        assert np.mean(drawn) == pytest.approx(mean, rel=1e-3), kind
        assert min(ends) <= drawn.min(), kind  # type: ignore[type-var]
        assert max(ends) >= drawn.max(), kind  # type: ignore[type-var]


def test_normal_numbers_deviate_as_told_and_are_cut_off():
    drawn = Distribution(normal=(0.0, 2.0)).of(_NUMBERS)
    assert np.std(drawn) == pytest.approx(2.0 * 0.9866, rel=1e-3), "of a normal cut off at three deviations"
    assert np.abs(drawn).max() <= 6.0 + 1e-9


def test_nothing_lies_between_ranges():
    drawn = Distribution(ranges=((0.0, 1.0), (10.0, 13.0))).of(_NUMBERS)
    assert not np.any((drawn > 1.0) & (drawn < 10.0))


def test_choices_are_as_often_and_keep_their_kind():
    choice = Distribution.from_values({"choice": [0, 2, 5]})
    places = choice.of(_NUMBERS)
    np.testing.assert_allclose(np.bincount(places) / len(places), 1 / 3, atol=1e-3)
    assert value_of(choice, places[-1]) == 5
    assert Distribution.from_values({"choice": [False, True]}).choice == (False, True)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "got none, wanted one of uniform"),
        ({"uniform": [0, 1], "normal": [0, 1]}, "got uniform, normal, wanted one of"),
        ({"uniform": [2, 1]}, "wanted the lower end first"),
        ({"ranges": [[0, 1], [3, 2]]}, "wanted the lower end first"),
        ({"log_uniform": [0, 1]}, "wanted a number above 0"),
        ({"normal": [0, -1]}, "wanted 0 or more"),
        ({"choice": []}, "at least 1"),
        ({"uniform": [0, 1], "share": 1.5}, "less than or equal to 1"),
        ({"uniform": [0]}, "Field required"),
        ({"evenly": [0, 1]}, "Extra inputs"),
    ],
)
def test_what_cannot_be_drawn_is_refused(values, words):
    with pytest.raises(ValidationError, match=words):
        Distribution.from_values(values)
