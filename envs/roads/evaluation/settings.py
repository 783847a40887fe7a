"""Typed records of roads.evaluation: what is driven besides the test sets, and how it is scored."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from envs.ground.record import Count, NotNegative, Positive, Record, Share
from envs.roads.evaluation.shift_settings import Shifts
from envs.roads.simulation.settings import MAX_CARS


class FlowTraffic(Record):
    """Drawn junctions by flow of each arm, with so many cars."""

    flows_per_h: tuple[Positive, ...]
    num_cars: Annotated[int, Field(ge=1, le=MAX_CARS)]
    num_episodes: Count


class Numbers(Record):
    """Drawn junctions by number of cars."""

    num_cars: tuple[Annotated[int, Field(ge=1, le=MAX_CARS)], ...]
    num_episodes: Count


class Jitter(Record):
    """By how much the suite is varied."""

    entry_s: NotNegative
    speed_share: Annotated[float, Field(ge=0, lt=1)]


class Teams(Record):
    """The policy beside cars that follow rules."""

    shares: tuple[Share, ...]
    num_episodes: Count


class Gates(Record):
    """What a policy may not exceed."""

    lost_cars: Annotated[float, Field(gt=0, le=1)]


class Weights(Record):
    """How much each part counts; envs/roads/evaluation/score.py says what they are."""

    driving: NotNegative
    safety: NotNegative
    arrival: NotNegative
    suite: NotNegative
    shifts: NotNegative

    @model_validator(mode="after")
    def _something_counts(self) -> Self:
        if sum(self.model_dump().values()) <= 0.0:
            raise ValueError("all weights are 0, wanted at least one above 0")
        return self


class Score(Record):
    """One number for ranking."""

    gates: Gates
    weights: Weights


class EvaluationSettings(Record):
    """The whole of roads.evaluation."""

    jitter: Jitter
    flow: FlowTraffic
    numbers: Numbers
    teams: Teams
    score: Score
    shifts: Shifts
