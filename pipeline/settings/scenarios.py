"""Typed records of the section scenarios: what is played outside of training, in any world."""

from __future__ import annotations

from envs.ground.record import Record, Seed
from envs.ground.sets import DrawnSet


class Scenarios(Record):
    """Stage scenarios."""

    seed: Seed
    validation: DrawnSet
    test: DrawnSet
