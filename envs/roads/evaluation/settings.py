"""Typed records of roads.evaluation: what is driven besides the test sets, and how it is scored."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from envs.ground.evaluation_settings import MixedTeams, PartWeights
from envs.ground.record import Count, NotNegative, Positive, Record
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


class Gates(Record):
    """What a policy may not exceed."""

    lost_cars: Annotated[float, Field(gt=0, le=1)]


class Weights(PartWeights):
    """How much each part counts; envs/roads/evaluation/score.py says what they are."""

    driving: NotNegative
    safety: NotNegative
    arrival: NotNegative
    suite: NotNegative
    shifts: NotNegative


class Score(Record):
    """One number for ranking."""

    gates: Gates
    weights: Weights


class EvaluationSettings(Record):
    """The whole of roads.evaluation."""

    jitter: Jitter
    flow: FlowTraffic
    numbers: Numbers
    teams: MixedTeams
    score: Score
    shifts: Shifts
