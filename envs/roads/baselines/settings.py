"""Typed records of the rules that policies are compared with."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from envs.ground.record import NotNegative, Positive, Record, Share


class Idm(Record):
    """Car following by the Intelligent Driver Model, and how bends are driven."""

    spacing_m: Positive
    headway_s: Positive
    acceleration_mps2: Annotated[float, Field(gt=0, le=3)]
    braking_mps2: Annotated[float, Field(gt=0, le=6)]
    exponent: Annotated[float, Field(ge=1, le=10)]
    reach_m: Annotated[float, Field(ge=10, le=200)]
    lateral_mps2: Positive
    approach_mps2: Annotated[float, Field(gt=0, le=6)]


class IdmYield(Record):
    """Gap acceptance before shared stretches, by a driver who does what it decided `reaction_s` before."""

    gap_s: NotNegative
    reaction_s: Annotated[float, Field(ge=0, le=3)]


class Proposals(Record):
    """Plans that are simulated, one of each speed with each offset."""

    speeds: Annotated[tuple[Share, ...], Field(min_length=1)]
    offsets_m: Annotated[tuple[Annotated[float, Field(ge=-3, le=3)], ...], Field(min_length=1)]
    horizon_s: Annotated[float, Field(ge=1, le=10)]
    step_s: Annotated[float, Field(ge=0.1, le=0.5)]


class Reserve(Record):
    """Reserved slots of shared stretches."""

    gap_s: NotNegative


class BaselineSettings(Record):
    """The whole of roads.baselines."""

    idm: Idm
    idm_yield: IdmYield
    proposals: Proposals
    reserve: Reserve
