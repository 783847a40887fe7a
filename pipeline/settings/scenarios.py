"""Typed records of the section scenarios: what is flown outside of training."""

from __future__ import annotations

from typing import Any

from envs.airspace.scenarios.settings import Proof
from envs.ground.record import Count, Name, Record, Seed


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
