"""Facts about studies: what is tried, what is remembered, what mattered."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from flows.study import Method, Searched, Study

GRID = (Searched(key="train.num_worlds", values=(8, 16)), Searched(key="train.preset", values=("fast", "reference")))
RATES = (
    Searched(key="train.rate", low=1e-4, high=1e-2, log=True),
    Searched(key="train.size", low=1, high=9, whole=True),
)


def opened(folder: Path, method: Method = "tpe", space: tuple[Searched, ...] = RATES, **settings: Any) -> Study:
    return Study(folder / "one.db", method, space, 0, settings)


def try_all(study: Study, trials: int) -> list[dict[str, Any]]:
    """Trials whose figure is the first parameter."""
    tried = []
    while len(tried) < trials and (asked := study.ask()) is not None:
        number, point = asked
        study.tell(number, float(next(iter(point.values()))), {"experiment": f"one-{number}"})
        tried.append(point)
    return tried


def test_a_grid_tries_each_combination_once(tmp_path: Path) -> None:
    tried = try_all(opened(tmp_path, "grid", GRID), 10)
    wanted = [(8, "fast"), (8, "reference"), (16, "fast"), (16, "reference")]
    assert sorted(tuple(point.values()) for point in tried) == wanted


def test_a_grid_that_was_interrupted_goes_on_and_tries_again_what_was_cut_off(tmp_path: Path) -> None:
    first = opened(tmp_path, "grid", GRID)
    done, cut_off = try_all(first, 1), first.ask()
    assert cut_off is not None
    rest = try_all(opened(tmp_path, "grid", GRID), 10)
    assert len(rest) == 3
    assert cut_off[1] in rest
    assert done[0] not in rest


def test_a_range_is_searched_within_its_ends(tmp_path: Path) -> None:
    for point in try_all(opened(tmp_path), 8):
        assert 1e-4 <= point["train.rate"] <= 1e-2
        assert point["train.size"] in range(1, 10)
        assert isinstance(point["train.size"], int)


def test_the_same_seed_tries_the_same(tmp_path: Path) -> None:
    assert try_all(opened(tmp_path / "a"), 3) == try_all(opened(tmp_path / "b"), 3)


def test_the_table_has_the_best_first_and_failures_last(tmp_path: Path) -> None:
    study = opened(tmp_path, "grid", GRID)
    for figure in (0.5, None, 0.25, 0.75):
        asked = study.ask()
        assert asked is not None
        study.tell(asked[0], figure, {})
    assert [row["figure"] for row in study.table()] == [0.25, 0.5, 0.75, "failed"]
    assert study.finished() == 3


def test_what_decides_the_figure_is_the_most_important(tmp_path: Path) -> None:
    study = opened(tmp_path)
    assert study.importance() == {}
    try_all(study, 15)
    shares = study.importance()
    assert list(shares) == ["train.rate", "train.size"]
    assert sum(shares.values()) == pytest.approx(1)


def test_a_study_of_other_settings_is_not_gone_on_with(tmp_path: Path) -> None:
    opened(tmp_path, figure="return")
    with pytest.raises(ValueError, match="sweep one: figure: got failures, begun with return; give"):
        opened(tmp_path, figure="failures")


def test_a_grid_over_a_range_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"train\.rate: got a range, wanted values"):
        opened(tmp_path, "grid", RATES)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"low": 1.0},
        {"low": 2.0, "high": 1.0},
        {"low": 0.0, "high": 1.0, "log": True},
        {"values": [1], "low": 0.0, "high": 1.0},
        {"values": [1], "key": "train num_worlds"},
    ],
)
def test_a_parameter_that_cannot_be_searched_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Searched.model_validate({"key": "train.num_worlds"} | wrong)
