"""What episodes end with, and what is good: declared by a world, read by everybody who compares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from envs.ground.columns import Columns, largest, least, mean

if TYPE_CHECKING:
    import pandas as pd

_OVER = {"mean": mean, "min": least, "max": largest}


@dataclass(frozen=True)
class Outcome:
    """A column of the table of episodes, and what is good.

    Attributes:
        name: the column.
        words: what it is called in tables and sentences: "episodes with loss of separation".
        short: the same where room is short: "LoS"; empty: the name.
        kind: failure: bool, wanted False; share: 0 to 1, wanted 1; number: as `better` says.
        unit: of a number; empty: none.
        weight: how much it counts in `failures`.
        over: what is taken over episodes: their mean, or their least or largest.
    """

    name: str
    words: str
    kind: Literal["failure", "share", "number"]
    short: str = ""
    better: Literal["lower", "higher"] = "lower"
    unit: str = ""
    weight: float = 1.0
    over: Literal["mean", "min", "max"] = "mean"

    @property
    def figure(self) -> str:
        """The name of its figure over episodes: a failure is a rate."""
        return f"{self.name}_rate" if self.kind == "failure" else self.name

    def over_episodes(self, episodes: Columns | pd.DataFrame) -> float:
        """Its figure over a table of episodes."""
        return _OVER[self.over](np.asarray(episodes[self.name]))

    def said(self, value: float) -> str:
        """Its figure in a few words: "LoS 0.2%"."""
        return f"{self.short or self.name} {self.shown(value)}"

    def shown(self, value: float) -> str:
        """Its figure alone: "0.2%"."""
        return f"{value:.4g}{self.unit and f' {self.unit}'}" if self.kind == "number" else f"{value:.1%}"


RETURN = Outcome("return", "return", "number", better="higher")


def leading(outcomes: Sequence[Outcome]) -> Outcome:
    """The first outcome, which decides; the return where the world declares none."""
    return outcomes[0] if outcomes else RETURN


def means(episodes: pd.DataFrame, outcomes: Sequence[Outcome]) -> dict[str, float]:
    """By `Outcome.figure`, over episodes; `mean_return`, and where failures or shares are judged `solved_share`."""
    figures = {outcome.figure: outcome.over_episodes(episodes) for outcome in outcomes}
    figures["mean_return"] = float(episodes["return"].mean())
    if judged(outcomes):
        figures["solved_share"] = float(solved(episodes, outcomes).mean())
    return figures


def judged(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Those that say whether an episode is solved: failures and shares."""
    return [outcome for outcome in outcomes if outcome.kind != "number"]


def failures(figures: Mapping[str, float], outcomes: Sequence[Outcome]) -> float:
    """The weighted sum of rates of failures and of what shares lack to 1; the smaller the better.

    Args:
        figures: over episodes by `Outcome.figure`.
    """
    total = 0.0
    for outcome in judged(outcomes):
        weighted = outcome.weight * figures[outcome.figure]
        total = total + weighted if outcome.kind == "failure" else total + outcome.weight - weighted
    return total


def shortfall(figures: Mapping[str, float], outcomes: Sequence[Outcome]) -> float:
    """One number to make small: failures, or where the world judges nothing the return with its sign turned."""
    return failures(figures, outcomes) if judged(outcomes) else -figures["mean_return"]


def preference(figures: Mapping[str, float], outcomes: Sequence[Outcome]) -> tuple[float, float]:
    """The larger the better: fewer failures, then the higher return (`mean_return`)."""
    return -failures(figures, outcomes), figures["mean_return"]


def solved(episodes: Columns | pd.DataFrame, outcomes: Sequence[Outcome]) -> np.ndarray:
    """(N,) bool: episodes without failure, all shares 1; none where the world declares neither."""
    good = np.full(len(episodes["return"]), bool(judged(outcomes)))
    for outcome in judged(outcomes):
        column = np.asarray(episodes[outcome.name])
        good &= ~column.astype(bool) if outcome.kind == "failure" else column == 1.0
    return good
