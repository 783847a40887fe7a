"""Typed records of boards.evaluation: what is played besides the test sets."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from envs.boards.simulation.settings import MOST_DEPTH, Openings
from envs.ground.record import Count, NotNegativeCount, Record


class Stones(Record):
    """Drawn positions by the number of their stones."""

    numbers: tuple[NotNegativeCount, ...]
    num_episodes: Count


class Contests(Record):
    """Games against alpha-beta by the depth that it looks ahead (0: random moves), from both seats."""

    depths: tuple[Annotated[int, Field(ge=0, le=MOST_DEPTH)], ...]
    openings: Openings
    num_episodes: Count


class EvaluationSettings(Record):
    """The whole of boards.evaluation."""

    stones: Stones
    contests: Contests
