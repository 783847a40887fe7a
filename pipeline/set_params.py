"""Typed records of the section scenarios: what is flown outside of training."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from envs.record import Record
from pipeline.proof_params import Count, Proof

Seed = Annotated[int, Field(ge=0, lt=2**32)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]


class DrawnSet(Record):
    """A fixed set of drawn episodes."""

    num_episodes: Count
    only_conflicting: bool
    only_solvable: bool


class VariedSet(DrawnSet):
    """A set whose traffic departs from the section airspace: it may ask for what is held out there."""

    families: tuple[str, ...]
    airspace: dict[str, Any]


class Scenarios(Record):
    """Stage scenarios: what is flown outside of training."""

    seed: Seed
    suite: tuple[str, ...]
    validation: DrawnSet
    test: DrawnSet
    test_sets: dict[Name, VariedSet]
    proof: Proof
