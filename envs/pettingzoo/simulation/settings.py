"""Typed records of pettingzoo.simulation: which environment, with what around it, and what is good in it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from envs.ground.record import Count, Positive, Record


class DeclaredOutcome(Record):
    """A number in the agents' last infos that says how an episode ended."""

    kind: Literal["failure", "share", "number"] = "number"
    better: Literal["lower", "higher"] = "higher"
    words: str = ""
    unit: str = ""


class EnvironmentSettings(Record):
    """The whole of pettingzoo.simulation."""

    module: Annotated[str, Field(min_length=1)] = "mpe2.simple_spread_v3"
    arguments: dict[str, Any] = Field(default_factory=dict)
    wrappers: tuple[str | dict[str, dict[str, Any] | None], ...] = ()
    max_steps: Count = 1000
    max_step_s: Positive = 120.0
    outcomes: dict[str, DeclaredOutcome] = Field(default_factory=dict)
