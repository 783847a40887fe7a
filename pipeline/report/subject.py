"""A world as the pages show it: what its figures are called, who plays beside the policy, and its sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from envs.ground.evaluating import Figure
from envs.ground.outcomes import Outcome, judged
from pipeline.evaluation.judged import ALL_OURS, OURS, SEARCHED, SHIELDED, Judged, returns_by_role
from pipeline.report.sentences import sentences

RETURN, LENGTH = Figure("return", "return", better="higher"), Figure("length", "length, steps")
MEAN_RETURN = replace(RETURN, name="return_mean")


@dataclass(frozen=True)
class Subject:
    """A world by its name and declarations."""

    name: str
    world: Judged

    @classmethod
    def of(cls, name: str, settings: Any) -> Subject:
        """By the world's name and its simulation's settings."""
        return cls(name, Judged.of(name, settings))

    @cached_property
    def say(self) -> dict[str, str]:
        """Its sentences by key, see pipeline/report/sentences.py."""
        return sentences(self.world.evaluation.explained)

    @property
    def leading(self) -> Outcome:
        """The outcome that decides, or the return."""
        return self.world.leading

    @property
    def judges(self) -> bool:
        """Whether the world says of an episode that it is solved."""
        return bool(judged(self.world.outcomes))

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """What is known of figures, by name: the world's words over those of its outcomes."""
        found = {outcome.figure: of_outcome(outcome) for outcome in self.world.outcomes}
        own = {figure.name: figure for figure in self.world.evaluation.figures}
        return {RETURN.name: RETURN, MEAN_RETURN.name: MEAN_RETURN, LENGTH.name: LENGTH} | found | own

    def figure(self, name: str) -> Figure:
        """What is known of one figure; where nothing is, its name in words."""
        return self.figures.get(name, Figure(name, name.removeprefix("info_").replace("_", " ")))

    def shown(self, table: str, known: Iterable[str]) -> list[Figure]:
        """Figures that a table shows: those the world chose for it, else its outcomes, returns, length and infos."""
        known = list(known)
        own = [outcome.figure for outcome in self.world.outcomes]
        infos, roles = [name for name in known if name.startswith("info_")], returns_by_role(known)
        chosen = self.world.evaluation.tables.get(table, (*own, "return", "return_mean", *roles, "length", *infos))
        return [self.figure(name) for name in dict.fromkeys(chosen) if name in known]

    @property
    def rate(self) -> str:
        """The leading figure in short: "LoS rate"."""
        return of_outcome(self.leading).words

    @property
    def rate_first(self) -> str:
        """The same, to begin a sentence."""
        return _capital(self.rate)

    @property
    def short(self) -> str:
        """The leading outcome in short: "LoS"."""
        return self.leading.short or self.leading.name.replace("_", " ")

    @property
    def leading_long(self) -> str:
        """The leading figure in full, to begin a sentence."""
        return f"Share of {self.leading.words}" if self.leading.kind == "failure" else _capital(self.leading.words)

    @property
    def task_score(self) -> str:
        """What a task's score is, see pipeline/evaluation/run_results.py."""
        if self.leading.kind == "failure":
            return f"1 - {self.rate}"
        return f"minus {self.rate}" if self.low_is_good else f"the {self.rate}"

    @property
    def low(self) -> str:
        """The column of its interval's lower end."""
        return f"{self.leading.name}_low"

    @property
    def high(self) -> str:
        """The column of its interval's upper end."""
        return f"{self.leading.name}_high"

    @property
    def interval(self) -> str:
        """By what name its interval goes."""
        return "Wilson" if self.leading.kind == "failure" else "Student"

    @property
    def percent(self) -> bool:
        """Whether the leading figure is told in percent."""
        return self.leading.kind != "number"

    @property
    def low_is_good(self) -> bool:
        """Whether a smaller leading figure is better."""
        return self.leading.kind == "failure" or (self.leading.kind == "number" and self.leading.better == "lower")

    def worst_first(self, table: pd.DataFrame, column: str = "leading") -> pd.DataFrame:
        """A table sorted by the leading figure."""
        return table.sort_values(column, ascending=not self.low_is_good, kind="stable", ignore_index=True)

    def bad(self, table: pd.DataFrame) -> pd.DataFrame:
        """Rows whose leading figure could be better: failures, shares below 1; of numbers nobody can say: all."""
        if self.leading.kind == "number":
            return table
        return table[table["leading"] > 0.0] if self.leading.kind == "failure" else table[table["leading"] < 1.0]

    @property
    def episode_columns(self) -> list[str]:
        """What a table of episodes must have to be summed up."""
        names = [outcome.name for outcome in self.world.outcomes]
        always = ["set", "mode", "scenario", "episode", "episode_seed", "num_agents", "steps", "return"]
        own = self.world.evaluation
        lists = [column for column, _ in own.quantiles.values()]
        return list(dict.fromkeys([*always, *names, *own.counted, *own.compared, *lists, own.closeness]))

    @property
    def rules(self) -> tuple[str, ...]:
        """The baselines that stand beside the policy everywhere: the one to beat, and nobody."""
        baselines = self.world.baselines
        return tuple(dict.fromkeys((baselines.yardstick, baselines.nobody)))

    def modes(self, table: pd.DataFrame) -> list[str]:
        """Who played, in the order of the tables."""
        played = set(table["mode"]) if len(table) else set()
        return [mode for mode in (*ALL_OURS, *self.world.baselines.words) if mode in played]

    def player(self, mode: str) -> str:
        """Who plays in this mode, in words."""
        words: Mapping[str, str] = self.world.baselines.words
        ours = {mode: mode for mode in OURS} | {SHIELDED: "with the net below", SEARCHED: "with a search"}
        return f"the policy, {ours[mode]}" if mode in ours else f"{mode} ({words[mode]})"


def of_outcome(outcome: Outcome) -> Figure:
    """An outcome's figure as tables call it."""
    words = outcome.short or outcome.name.replace("_", " ")
    if outcome.kind == "number":
        unit = f", {outcome.unit}" if outcome.unit else ""
        return Figure(outcome.figure, f"{words}{unit}", outcome.unit, outcome.better)
    if outcome.kind == "share":
        return Figure(outcome.figure, words, better="higher", percent=True)
    return Figure(outcome.figure, f"{words} rate", better="lower", percent=True)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
