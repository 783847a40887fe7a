"""The only door to Optuna: what to try next, what came of it, what mattered; kept in SQLite, so that sweeps go on."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.pruners import BasePruner, MedianPruner, NopPruner
from optuna.samplers import TPESampler
from optuna.trial import FrozenTrial, Trial, TrialState

from pipeline.settings.search_space import Searched, Value

Method = Literal["tpe", "grid"]
_RANDOM_TRIALS = 5
_REPEATS = "repeats"
logging.getLogger("optuna").setLevel(logging.WARNING)


def distribution(searched: Searched) -> BaseDistribution:
    """The same in Optuna's words."""
    if searched.values:
        return CategoricalDistribution(searched.values)
    assert searched.low is not None
    assert searched.high is not None
    if searched.whole:
        return IntDistribution(int(searched.low), int(searched.high), log=searched.log)
    return FloatDistribution(searched.low, searched.high, log=searched.log)


def median_pruner(startup_trials: int, warm_up_evaluations: int) -> BasePruner:
    """Ends trials whose best figure so far is worse than the median of the others' at the same evaluation.

    Never in a trial's first evaluations, and none before so many trials have run to their end.
    """
    return MedianPruner(startup_trials, warm_up_evaluations)


class Study:
    """Trials of one sweep, those of earlier runs of it included."""

    def __init__(
        self,
        file: Path,
        method: Method,
        space: tuple[Searched, ...],
        seed: int,
        settings: Mapping[str, Any],
        pruner: BasePruner | None = None,
    ) -> None:
        """Open or begin the study in `file`; the smaller a trial's figure the better. Trials cut off are tried again.

        Args:
            settings: all that decides what a trial is, as plain values.
            pruner: ends hopeless trials; without one all run to their end.

        Raises:
            ValueError: the study was begun with other settings; or a grid over a range.
        """
        check_method(method, space)
        file.parent.mkdir(parents=True, exist_ok=True)
        self._space = {searched.key: distribution(searched) for searched in space}
        self._method, self._seed, self._open = method, seed, dict[int, Trial]()
        self._study = optuna.create_study(
            storage=f"sqlite:///{file}",
            study_name=file.stem,
            pruner=pruner or NopPruner(),
            load_if_exists=True,
        )
        self._check(dict(settings))
        if method == "grid" and not self._study.trials:
            self._enqueue_grid(space)
        for trial in self._study.get_trials(states=(TrialState.RUNNING,)):
            self._study.tell(trial.number, state=TrialState.FAIL)
            self._study.enqueue_trial(trial.params, user_attrs={_REPEATS: trial.number})

    def _check(self, settings: dict[str, Any]) -> None:
        known = self._study.user_attrs.get("settings")
        if known not in (None, settings):
            differs = [
                f"{key}: got {settings[key]}, begun with {known[key]}"
                for key in settings
                if settings[key] != known[key]
            ]
            raise ValueError(f"sweep {self._study.study_name}: {'; '.join(differs)}; give the new one another name")
        self._study.set_user_attr("settings", settings)

    def ask(self) -> tuple[int, dict[str, Value]] | None:
        """The next trial's number and parameters; None where a grid has been tried out."""
        if self._method == "grid" and not self._study.get_trials(states=(TrialState.WAITING,)):
            return None
        seed = self._seed + len(self._study.trials)  # a study that goes on draws what it would have drawn
        self._study.sampler = TPESampler(seed=seed, constant_liar=True, n_startup_trials=_RANDOM_TRIALS)
        trial = self._study.ask(self._space)
        self._open[trial.number] = trial
        return trial.number, trial.params

    def report(self, number: int, evaluation: int, figure: float) -> bool:
        """Take note of a trial's figure at its evaluation of this number; returns whether to end it there."""
        trial = self._open[number]
        trial.report(figure, evaluation)
        return trial.should_prune()

    def tell(self, number: int, figure: float | None, facts: Mapping[str, str | float], pruned: bool = False) -> None:
        """What came of a trial: its figure and facts to show, or that it failed, or was ended at its last report."""
        trial = self._open.pop(number)
        for key, value in facts.items():
            trial.set_user_attr(key, value)
        if pruned:
            self._study.tell(trial, state=TrialState.PRUNED)
        else:
            self._study.tell(trial, figure, state=TrialState.FAIL if figure is None else TrialState.COMPLETE)

    def finished(self) -> int:
        """Trials that came to a figure."""
        return len(self._study.get_trials(states=(TrialState.COMPLETE,)))

    def pruned(self) -> int:
        """Trials that were ended early."""
        return len(self._study.get_trials(states=(TrialState.PRUNED,)))

    def table(self) -> list[dict[str, Value]]:
        """One row per ended trial: number, figure, parameters and facts; the best first, then pruned, then failed."""
        ended = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
        done = self._study.get_trials(states=ended)
        done.sort(key=lambda trial: (ended.index(trial.state), trial.value or 0.0))
        cut_off = {trial.user_attrs.get(_REPEATS) for trial in self._study.trials}
        return [
            {"trial": trial.number, "figure": _figure(trial, cut_off)}
            | trial.params
            | {name: fact for name, fact in trial.user_attrs.items() if name != _REPEATS}
            for trial in done
        ]

    def importance(self) -> dict[str, float]:
        """How much each parameter mattered, adding up to 1; empty before two trials of different figures."""
        figures = {trial.value for trial in self._study.get_trials(states=(TrialState.COMPLETE,))}
        if len(figures) < 2:
            return {}
        return optuna.importance.get_param_importances(self._study)

    def _enqueue_grid(self, space: tuple[Searched, ...]) -> None:
        for point in itertools.product(*(searched.values for searched in space)):
            self._study.enqueue_trial(dict(zip(self._space, point, strict=True)))


def check_method(method: Method, space: tuple[Searched, ...]) -> None:
    """Refuse a space that a method cannot go through.

    Raises:
        ValueError: a grid over a range.
    """
    ranges = [searched.key for searched in space if not searched.values]
    if method == "grid" and ranges:
        raise ValueError(f"{ranges[0]}: got a range, wanted values: a grid tries all of them")


def _figure(trial: FrozenTrial, cut_off: Collection[int | None]) -> float | str:
    if trial.value is not None:
        return trial.value
    return "cut off" if trial.number in cut_off else "failed"
