"""Typed records of the section evaluate: how much is played in any world, and how it is counted."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from envs.ground.record import Count, NotNegativeCount, Record, Seed


class Evaluate(Record):
    """Stage evaluate."""

    seed: Seed
    stochastic_episodes: Count
    worlds_per_block: Count
    confidence: Annotated[float, Field(gt=0, lt=1)]
    bootstrap_resamples: Annotated[int, Field(ge=100)]
    memorisation_variants: Count
    worst_recorded: NotNegativeCount
    environment_threads: Count
    searched_simulations: NotNegativeCount
