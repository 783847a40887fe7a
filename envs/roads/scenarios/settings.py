"""Typed records of roads.scenarios: test sets, and the search for orders of passage."""

from __future__ import annotations

from collections.abc import Mapping

from envs.ground.record import Count, Name, NotNegative, NotNegativeCount, Record
from envs.ground.sets import ScenarioSettings, VariedFamilies
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


class VariedRoads(VariedFamilies):
    """See VariedFamilies."""

    KNOWN = tuple(FAMILIES)


class RoadsScenarioSettings(ScenarioSettings):
    """The whole of roads.scenarios."""

    suite: tuple[str, ...]
    test_sets: Mapping[Name, VariedRoads]
    worlds_per_block: Count
    proof: Proof
