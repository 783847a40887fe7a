"""Typed records of swarm.scenarios."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import field_validator

from envs.ground.record import Count, Name, unknown
from envs.ground.sets import ScenarioSettings, VariedSet
from envs.swarm.simulation.settings import FAMILIES


class VariedSwarm(VariedSet):
    """A test set; it may ask for families that training does not draw (none listed: as the simulation)."""

    families: tuple[str, ...]

    @field_validator("families")
    @classmethod
    def _known(cls, families: tuple[str, ...]) -> tuple[str, ...]:
        for family in families:
            if family not in FAMILIES:
                raise ValueError(unknown(family, FAMILIES))
        return families


class SwarmScenarioSettings(ScenarioSettings):
    """The whole of swarm.scenarios."""

    suite: tuple[str, ...]
    test_sets: Mapping[Name, VariedSwarm]
    worlds_per_block: Count
