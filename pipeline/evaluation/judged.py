"""By what a world's episodes are judged: its declared outcomes, its own figures, and its baselines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from envs.ground.columns import Columns
from envs.ground.doors import baselines, evaluation, simulation
from envs.ground.evaluating import Evaluation
from envs.ground.intervals import mean_interval, wilson
from envs.ground.outcomes import Outcome, leading
from envs.ground.rooms import Baselines

OURS = ("deterministic", "stochastic")
"""The modes in which a policy plays by itself, by its likeliest actions and by drawn ones."""
SHIELDED = "shielded"
"""The policy by its likeliest actions, with the world's net below."""
SEARCHED = "searched"
"""The policy by what a search makes of it, in a game whose rules can be played on from any state."""
ALL_OURS = (*OURS, SHIELDED, SEARCHED)
"""The modes in which a policy plays; the others are baselines, which play the same whatever was trained."""


@dataclass(frozen=True)
class Judged:
    """What tables and figures of a world's episodes are made by."""

    outcomes: tuple[Outcome, ...]
    evaluation: Evaluation
    baselines: Baselines

    @classmethod
    def of(cls, world: str, settings: Any) -> Judged:
        """By the world's name and its simulation's settings."""
        return cls(simulation(world).outcomes(settings), evaluation(world), baselines(world))

    @property
    def leading(self) -> Outcome:
        """The first outcome, which decides; the return where the world declares none."""
        return leading(self.outcomes)

    @property
    def others(self) -> tuple[Outcome, ...]:
        """The outcomes after the leading one."""
        return self.outcomes[1:]

    def described(self) -> dict[str, Any]:
        """The outcomes, the leading one first, and rules to hold beside: for who reads figures and knows no world."""
        rules = {name: self.baselines.words[name] for name in (self.baselines.yardstick, self.baselines.nobody)}
        return {"outcomes": [asdict(outcome) for outcome in (self.leading, *self.others)], "rules": rules}


def leading_figures(episodes: Columns, outcome: Outcome, confidence: float) -> dict[str, float]:
    """The leading figure of a group of episodes with its interval: NAME_rate or NAME, NAME_low, NAME_high, `leading`.

    Wilson's interval of a failure's rate, Student's of a mean; a single episode has none, nor has a least or largest
    (NaN). A failure's count is NAME_episodes.
    """
    column, name = np.asarray(episodes[outcome.name]), outcome.name
    if outcome.kind == "failure":
        failed = int(column.sum())
        low, high = wilson(failed, len(column), confidence) if len(column) > 1 else (np.nan, np.nan)
        value = failed / len(column) if len(column) else np.nan
        return {f"{name}_episodes": failed, outcome.figure: value, "leading": value} | _ends(name, low, high)
    value, several = outcome.over_episodes(episodes), outcome.over == "mean" and len(column) > 1
    low, high = mean_interval(column.astype(np.float64), confidence) if several else (np.nan, np.nan)
    return {outcome.figure: value, "leading": value} | _ends(name, low, high)


def outcome_figures(episodes: Columns, world: Judged, confidence: float) -> dict[str, float]:
    """The leading figure, and those of the other outcomes."""
    others = {outcome.figure: outcome.over_episodes(episodes) for outcome in world.others}
    return leading_figures(episodes, world.leading, confidence) | others


def quantile_figures(episodes: Columns, world: Judged) -> dict[str, float]:
    """Quantiles over all that these episodes list; NaN where they list nothing."""
    found: dict[str, float] = {}
    for name, (column, place) in world.evaluation.quantiles.items():
        listed = np.concatenate([np.zeros(0), *episodes[column]])
        found[name] = float(np.quantile(listed, place)) if len(listed) else np.nan
    return found


def returns_by_role(names: Iterable[str]) -> list[str]:
    """Those called return_ROLE, of a world of several roles, but for one called as the return's own figures."""
    own = ("return_mean", "return_low", "return_high")
    return [name for name in names if name.startswith("return_") and name not in own]


def _ends(name: str, low: float, high: float) -> dict[str, float]:
    return {f"{name}_low": low, f"{name}_high": high}


def compared_columns(world: Judged) -> dict[str, str]:
    """The columns of episodes by which policies of a world are compared, and what they are."""
    own = {outcome.name: outcome.words + (f", {outcome.unit}" if outcome.unit else "") for outcome in world.outcomes}
    return own | dict(world.evaluation.columns) | {"return": "return"}
