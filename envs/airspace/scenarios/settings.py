"""Typed records of airspace.scenarios: test sets, the search for joint plans, and the sample behind difficulty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, field_validator

from envs.airspace.baselines.settings import Mvp
from envs.airspace.simulation.traffic.traffic_settings import FAMILIES
from envs.ground.record import Count, Name, NotNegative, NotNegativeCount, Record, unknown
from envs.ground.sets import ScenarioSettings, VariedSet


class PlanBounds(Record):
    """What one aircraft may do in a candidate plan: turn aside once, and fly at another speed."""

    max_angle_deg: Annotated[float, Field(gt=0, lt=180)]
    max_first_step: Count
    max_steps_aside: Count
    max_speed_change_kt: NotNegative


class PlanSearch(Record):
    """The search for a joint plan among combinations of candidate plans."""

    plans_per_round: Count
    rounds: NotNegativeCount
    tries: Count


class PlanSample(Record):
    """How many random plans are combined to tell how hard a scenario is."""

    plans: Count
    combinations: Count


class Difficulty(Record):
    """The samples that difficulty is told from, by the kind of scenario."""

    named: PlanSample
    drawn: PlanSample


class Proof(Record):
    """How it is shown that a scenario can be solved: by mvp with these settings, by a search."""

    mvp: tuple[Mvp, ...]
    plans: PlanBounds
    search: PlanSearch
    difficulty: Difficulty


class VariedTraffic(VariedSet):
    """A test set; it may ask for families that are held out of all other traffic (none listed: as the simulation)."""

    families: tuple[str, ...]

    @field_validator("families")
    @classmethod
    def _known(cls, families: tuple[str, ...]) -> tuple[str, ...]:
        for family in families:
            if family not in FAMILIES:
                raise ValueError(unknown(family, FAMILIES))
        return families


class AirspaceScenarioSettings(ScenarioSettings):
    """The whole of airspace.scenarios."""

    suite: tuple[str, ...]
    test_sets: Mapping[Name, VariedTraffic]
    worlds_per_block: Count
    proof: Proof
