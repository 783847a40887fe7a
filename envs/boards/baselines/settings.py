"""Typed records of the rules that policies are compared with."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from envs.boards.simulation.settings import MOST_DEPTH
from envs.ground.record import Record


class AlphaBeta(Record):
    """Looks ahead so many moves, and counts threats there."""

    depth: Annotated[int, Field(ge=1, le=MOST_DEPTH)]


class Perfect(Record):
    """Plays by exact values; where they take long to find (connect four, below 12 stones) as alpha_beta of a depth."""

    depth_before: Annotated[int, Field(ge=1, le=MOST_DEPTH)]


class BaselineSettings(Record):
    """The whole of boards.baselines."""

    alpha_beta: AlphaBeta
    perfect: Perfect
