"""Typed records of airspace.evaluation: what is flown besides the test sets, and how it is scored."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from envs.airspace.evaluation.shift_settings import Shifts
from envs.airspace.simulation.traffic.traffic_settings import MAX_AIRCRAFT
from envs.ground.evaluation_settings import MixedTeams, PartWeights
from envs.ground.record import Count, NotNegative, Positive, Record


class Numbers(Record):
    """Procedural traffic by number of aircraft."""

    num_aircraft: tuple[Annotated[int, Field(ge=2, le=MAX_AIRCRAFT)], ...]
    num_episodes: Count


class SectorTraffic(Record):
    """Sectors by density; radius, warm-up and entries are those of airspace.sector."""

    densities_per_10000_nm2: tuple[Positive, ...]
    flight_hours: Positive
    counted_s: Positive


class Gates(Record):
    """What a policy may not exceed."""

    near_mid_air_episodes: Annotated[int, Field(ge=0)]
    los_rate: Annotated[float, Field(gt=0, le=1)]


class Weights(PartWeights):
    """How much each part counts; envs/airspace/evaluation/score.py says what they are."""

    separation: NotNegative
    suite: NotNegative
    shifts: NotNegative
    prevention: NotNegative
    arrival: NotNegative
    efficiency: NotNegative
    steadiness: NotNegative


class Score(Record):
    """One number for ranking."""

    gates: Gates
    weights: Weights


class EvaluationSettings(Record):
    """The whole of airspace.evaluation."""

    jitter_nm: NotNegative
    numbers: Numbers
    sector: SectorTraffic
    teams: MixedTeams
    score: Score
    shifts: Shifts
