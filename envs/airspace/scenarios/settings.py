"""Typed records of airspace.scenarios: test sets, the search for joint plans, and the sample behind difficulty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from envs.airspace.baselines.settings import Mvp
from envs.airspace.simulation.traffic.traffic_settings import FAMILIES
from envs.ground.record import Count, Name, NotNegative, NotNegativeCount, Record
from envs.ground.sets import ScenarioSettings, VariedFamilies


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


class VariedTraffic(VariedFamilies):
    """See VariedFamilies."""

    KNOWN = tuple(FAMILIES)


class AirspaceScenarioSettings(ScenarioSettings):
    """The whole of airspace.scenarios."""

    suite: tuple[str, ...]
    test_sets: Mapping[Name, VariedTraffic]
    worlds_per_block: Count
    proof: Proof
