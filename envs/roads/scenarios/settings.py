"""Typed records of roads.scenarios: test sets, and the search for orders of passage."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import field_validator

from envs.ground.record import Count, Name, NotNegative, NotNegativeCount, Record, unknown
from envs.ground.sets import ScenarioSettings, VariedSet
from envs.roads.baselines.settings import Idm
from envs.roads.simulation.geometry.road_settings import FAMILIES


class OrderSearch(Record):
    """Orders that are tried where that of arrival fails: so many in each round, cars late by so much, normally."""

    rounds: NotNegativeCount
    orders_per_round: Count
    spread_s: NotNegative


class Proof(Record):
    """How it is shown that an episode can be solved: cars follow as `idm` says, and pass in some order."""

    idm: Idm
    search: OrderSearch


class VariedRoads(VariedSet):
    """A test set; it may ask for families that training does not draw (none listed: as the simulation)."""

    families: tuple[str, ...]

    @field_validator("families")
    @classmethod
    def _known(cls, families: tuple[str, ...]) -> tuple[str, ...]:
        for family in families:
            if family not in FAMILIES:
                raise ValueError(unknown(family, FAMILIES))
        return families


class RoadsScenarioSettings(ScenarioSettings):
    """The whole of roads.scenarios."""

    suite: tuple[str, ...]
    test_sets: Mapping[Name, VariedRoads]
    worlds_per_block: Count
    proof: Proof
