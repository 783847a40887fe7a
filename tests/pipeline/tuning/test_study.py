"""Facts about studies: what is tried, what is remembered, what mattered."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from pipeline.settings.search_space import Searched
from pipeline.tuning.study import Method, Study, median_pruner

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


def test_a_study_that_goes_on_tries_what_it_would_have_tried(tmp_path: Path) -> None:
    in_one_go = try_all(opened(tmp_path / "a"), 4)
    assert in_one_go[0] != in_one_go[2]
    assert [*try_all(opened(tmp_path / "b"), 2), *try_all(opened(tmp_path / "b"), 2)] == in_one_go


def reported(study: Study, figures: list[float]) -> tuple[int, list[bool]]:
    """A trial that reports these figures: its number, and whether it was to end each time."""
    asked = study.ask()
    assert asked is not None
    return asked[0], [study.report(asked[0], evaluation, figure) for evaluation, figure in enumerate(figures)]


def test_a_trial_worse_than_the_median_ends_after_its_first_evaluations(tmp_path: Path) -> None:
    study = Study(tmp_path / "one.db", "tpe", RATES, 0, {}, median_pruner(startup_trials=2, warm_up_evaluations=1))
    for last in (0.1, 0.3):
        number, ends = reported(study, [0.9, 0.5, last])
        assert ends == [False] * 3, "the first trials run to their end"
        study.tell(number, last, {})
    good, ends = reported(study, [0.8, 0.6, 0.15])
    assert ends == [False, True, False], "0.6 so far against a median of 0.5"
    study.tell(good, 0.15, {})
    hopeless, ends = reported(study, [0.99, 0.95])
    assert ends == [False, True]
    study.tell(hopeless, None, {}, pruned=True)
    assert (study.finished(), study.pruned()) == (3, 1)
    assert [row["figure"] for row in study.table()] == [0.1, 0.15, 0.3, 0.95]


def test_without_a_pruner_no_trial_ends_early(tmp_path: Path) -> None:
    study = opened(tmp_path)
    for _ in range(8):
        number, ends = reported(study, [float(number_of) for number_of in range(3)])
        assert not any(ends)
        study.tell(number, 0.0, {})
    assert reported(study, [9.0, 9.0])[1] == [False, False]


def test_the_table_has_the_best_first_and_failures_last(tmp_path: Path) -> None:
    study = opened(tmp_path, "grid", GRID)
    for figure in (0.5, None, 0.25, 0.75):
        asked = study.ask()
        assert asked is not None
        study.tell(asked[0], figure, {})
    assert [row["figure"] for row in study.table()] == [0.25, 0.5, 0.75, "failed"]
    assert study.finished() == 3


def test_a_trial_that_was_cut_off_is_told_from_one_that_failed(tmp_path: Path) -> None:
    first = opened(tmp_path, "grid", GRID)
    failed, cut_off = first.ask(), first.ask()
    assert failed is not None
    assert cut_off is not None
    first.tell(failed[0], None, {})
    again = opened(tmp_path, "grid", GRID)
    assert {row["trial"]: row["figure"] for row in again.table()} == {failed[0]: "failed", cut_off[0]: "cut off"}
    assert len(try_all(again, 10)) == 3
    assert [row["figure"] for row in again.table()] == [8.0, 16.0, 16.0, "failed", "cut off"]
    assert all("repeats" not in row for row in again.table())


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
