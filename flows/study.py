"""The only door to Optuna: what to try next, what came of it, what mattered; kept in SQLite, so that sweeps go on."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import Trial, TrialState
from pydantic import BaseModel, ConfigDict, Field, model_validator

Value = bool | int | float | str
Method = Literal["tpe", "grid"]
_RANDOM_TRIALS = 5
logging.getLogger("optuna").setLevel(logging.WARNING)


class Searched(BaseModel):
    """One parameter of a sweep: some values, or all between two."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(\.\w+)*$")] = Field(
        description="Of params.yaml, say train.num_worlds or train.hyperparameters.learning_rate"
    )
    values: tuple[Value, ...] = Field(default=(), description="The values to try; none: all from low to high")
    low: float | None = Field(default=None, description="Smallest value")
    high: float | None = Field(default=None, description="Largest value")
    log: bool = Field(default=False, description="Small differences matter more where values are small")
    whole: bool = Field(default=False, description="Whole numbers only")

    @model_validator(mode="after")
    def _values_or_range(self) -> Self:
        if self.values:
            if self.low is not None or self.high is not None:
                raise ValueError(f"{self.key}: got values and low or high, wanted one of both")
            return self
        if self.low is None or self.high is None or not self.low < self.high:
            raise ValueError(f"{self.key}: got low {self.low}, high {self.high}, wanted values, or low below high")
        if self.log and self.low <= 0:
            raise ValueError(f"{self.key}: got low {self.low}, wanted more than 0 where log is true")
        return self

    def distribution(self) -> BaseDistribution:
        """The same in Optuna's words."""
        if self.values:
            return CategoricalDistribution(self.values)
        assert self.low is not None
        assert self.high is not None
        if self.whole:
            return IntDistribution(int(self.low), int(self.high), log=self.log)
        return FloatDistribution(self.low, self.high, log=self.log)


class Study:
    """Trials of one sweep, those of earlier runs of it included."""

    def __init__(
        self, file: Path, method: Method, space: tuple[Searched, ...], seed: int, settings: Mapping[str, Any]
    ) -> None:
        """Open or begin the study in `file`; the smaller a trial's figure the better. Trials cut off are tried again.

        Args:
            settings: all that decides what a trial is, as plain values.

        Raises:
            ValueError: the study was begun with other settings; or a grid over a range.
        """
        file.parent.mkdir(parents=True, exist_ok=True)
        self._space = {searched.key: searched.distribution() for searched in space}
        self._method, self._open = method, dict[int, Trial]()
        sampler = optuna.samplers.TPESampler(seed=seed, constant_liar=True, n_startup_trials=_RANDOM_TRIALS)
        self._study = optuna.create_study(
            storage=f"sqlite:///{file}", study_name=file.stem, sampler=sampler, load_if_exists=True
        )
        self._check(dict(settings))
        if method == "grid" and not self._study.trials:
            self._enqueue_grid(space)
        for trial in self._study.get_trials(states=(TrialState.RUNNING,)):
            self._study.tell(trial.number, state=TrialState.FAIL)
            self._study.enqueue_trial(trial.params)

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
        trial = self._study.ask(self._space)
        self._open[trial.number] = trial
        return trial.number, trial.params

    def tell(self, number: int, figure: float | None, facts: Mapping[str, str | float]) -> None:
        """What came of a trial: its figure and facts to show, or that it failed."""
        trial = self._open.pop(number)
        for key, value in facts.items():
            trial.set_user_attr(key, value)
        self._study.tell(trial, figure, state=TrialState.FAIL if figure is None else TrialState.COMPLETE)

    def finished(self) -> int:
        """Trials that came to a figure."""
        return len(self._study.get_trials(states=(TrialState.COMPLETE,)))

    def table(self) -> list[dict[str, Value]]:
        """One row per ended trial, the best first: number, figure, parameters and facts."""
        done = self._study.get_trials(states=(TrialState.COMPLETE, TrialState.FAIL))
        done.sort(key=lambda trial: (trial.value is None, trial.value or 0.0))
        return [
            {"trial": trial.number, "figure": "failed" if trial.value is None else trial.value}
            | trial.params
            | trial.user_attrs
            for trial in done
        ]

    def importance(self) -> dict[str, float]:
        """How much each parameter mattered, adding up to 1; empty before two trials of different figures."""
        figures = {trial.value for trial in self._study.get_trials(states=(TrialState.COMPLETE,))}
        if len(figures) < 2:
            return {}
        return optuna.importance.get_param_importances(self._study)

    def _enqueue_grid(self, space: tuple[Searched, ...]) -> None:
        ranges = [searched.key for searched in space if not searched.values]
        if ranges:
            raise ValueError(f"{ranges[0]}: got a range, wanted values: a grid tries all of them")
        for point in itertools.product(*(searched.values for searched in space)):
            self._study.enqueue_trial(dict(zip(self._space, point, strict=True)))
