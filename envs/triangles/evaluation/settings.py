"""Typed records of triangles.evaluation: what is played besides the test sets."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from envs.ground.record import Count, Record
from envs.triangles.simulation.shapes import MOST_CELLS


class Sizes(Record):
    """Drawn streams of all polyiamonds by the cells of the largest."""

    numbers: tuple[Annotated[int, Field(ge=1, le=MOST_CELLS)], ...]
    num_episodes: Count


class EvaluationSettings(Record):
    """The whole of triangles.evaluation."""

    sizes: Sizes
