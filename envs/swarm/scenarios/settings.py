"""Typed records of swarm.scenarios."""

from __future__ import annotations

from collections.abc import Mapping

from envs.ground.record import Count, Name
from envs.ground.sets import ScenarioSettings, VariedFamilies
from envs.swarm.simulation.settings import FAMILIES


class VariedSwarm(VariedFamilies):
    """See VariedFamilies."""

    KNOWN = tuple(FAMILIES)


class SwarmScenarioSettings(ScenarioSettings):
    """The whole of swarm.scenarios."""

    suite: tuple[str, ...]
    test_sets: Mapping[Name, VariedSwarm]
    worlds_per_block: Count
