"""Typed records of the rules that policies are compared with."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from envs.ground.record import Positive, Record


class Mvp(Record):
    """The resolver by modified voltage potential."""

    look_ahead_s: Annotated[float, Field(gt=0)]
    margin: Annotated[float, Field(ge=1)]


class Orca(Record):
    """Optimal reciprocal collision avoidance."""

    time_horizon_s: Positive
    margin: Annotated[float, Field(ge=1)]


class BaselineSettings(Record):
    """The whole of airspace.baselines."""

    mvp: Mvp
    orca: Orca
