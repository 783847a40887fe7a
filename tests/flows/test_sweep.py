"""Facts about sweeps: how they are written down, and what they show."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from flows.dvc_command import COMPARE
from flows.sweep import FIGURES, Sweep, among, between, corner, page, table, tell, trial_overrides
from pipeline.settings.search_space import Searched
from pipeline.tuning.study import Study

SPACE = (Searched(key="train.num_worlds", values=(8, 16)),)


def test_values_are_read_as_what_they_are() -> None:
    assert among("train.preset=fast,reference").values == ("fast", "reference")
    assert among("train.num_worlds=8,1e-4,true").values == (8, 1e-4, True)


def test_a_range_of_whole_numbers_stays_whole() -> None:
    assert between("train.num_worlds=8:16") == Searched(key="train.num_worlds", low=8, high=16, whole=True)
    assert between("a.b=1e-4:1e-2:log") == Searched(key="a.b", low=1e-4, high=1e-2, log=True)


@pytest.mark.parametrize("wrong", ["a.b=1", "a.b=1:x", "a.b=1:2:lin", "a.b=2:1", f"a.b=1:{'9' * 5000}"])
def test_a_range_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"a\.b"):
        between(wrong)


GRID_OVER_A_RANGE = {"method": "grid", "space": (between("a.b=1:2"),)}


@pytest.mark.parametrize(
    "wrong",
    [{"space": ()}, {"at_once": 0}, {"trials": 0}, {"name": "A b"}, {"figure": "luck"}, GRID_OVER_A_RANGE],
)
def test_a_sweep_that_cannot_be_is_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        Sweep.model_validate({"name": "one", "space": SPACE} | wrong)


def test_more_trials_or_more_at_once_go_on_with_the_same_sweep() -> None:
    few, many = (Sweep(name="one", space=SPACE, trials=trials, at_once=trials) for trials in (1, 9))
    assert few.settings() == many.settings()
    assert Sweep(name="one", space=SPACE, seeds=(1,)).settings() != few.settings()


def test_the_better_policy_comes_first_whichever_figure_counts(tmp_path: Path) -> None:
    better = {"validation": {"shortfall": 0.2, "mean_return": 5.0}}
    worse = {"validation": {"shortfall": 0.4, "mean_return": 4.0}}
    for name, figure in FIGURES.items():
        sweep = Sweep.model_validate({"name": name.replace("_", "-"), "space": SPACE, "method": "grid", "figure": name})
        known = Study(tmp_path / f"{name}.db", sweep.method, sweep.space, 0, sweep.settings())
        for trained in (worse, better):
            asked = known.ask()
            assert asked is not None
            tell(sweep, known, asked[0], f"trial-{asked[0]}", {name: figure(trained)})
        assert [row["figure"] for row in table(sweep, known)] == [figure(better), figure(worse)]
        assert f"{figure(better):.4g}, with" in page(sweep, table(sweep, known), {})
    assert FIGURES["shortfall"](better) == pytest.approx(0.2)
    assert FIGURES["return"](better) == 5.0


def test_both_ends_of_the_space_are_known_before_any_trial() -> None:
    space = (*SPACE, between("train.torch_threads=1:4"), between("train.hyperparameters.gamma=0.9:0.99"))
    sweep = Sweep(name="one", space=space, seeds=(3,), overrides=("train.preset=fast",))
    common = ("seeds=[3]", "train.preset=fast")
    wanted = ("train.num_worlds=8", "train.torch_threads=1", "++train.hyperparameters.gamma=0.9")
    assert trial_overrides(sweep, corner(sweep, 0)) == (*common, *wanted)
    wanted = ("train.num_worlds=16", "train.torch_threads=4", "++train.hyperparameters.gamma=0.99")
    assert trial_overrides(sweep, corner(sweep, -1)) == (*common, *wanted)


def test_the_page_says_how_to_take_the_best() -> None:
    rows = [{"trial": 1, "figure": 0.25, "train.num_worlds": 16, "experiment": "one-001"}]
    said = page(Sweep(name="one", space=SPACE), [*rows, {"trial": 0, "figure": "failed"}], {"train.num_worlds": 1.0})
    assert said.startswith("Best of 1 trials by shortfall: **one-001**, 0.25, with")
    assert "- `train.num_worlds`: 16" in said
    assert "| `train.num_worlds` | 100% |" in said
    assert "dvc exp apply one-001 " in said
    assert f"{COMPARE} " in said


def test_the_page_says_what_else_applying_the_best_changes() -> None:
    rows = [{"trial": 1, "figure": 0.25, "train.num_worlds": 16, "experiment": "one-001"}]
    sweep = Sweep(name="one", space=SPACE, seeds=(3, 4), overrides=("train.total_timesteps=9",))
    said = page(sweep, rows, {})
    assert "and, as in all its trials,\n\n- `seeds=[3,4]`\n- `train.total_timesteps=9`\n" in said
    assert "in all its trials" not in page(Sweep(name="one", space=SPACE), rows, {})


def test_the_page_of_failures_recommends_nothing() -> None:
    said = page(Sweep(name="one", space=SPACE), [{"trial": 1, "figure": "failed"}], {})
    assert said == "No trial came to a figure."
