"""Typed records of fixed sets of episodes, for any world."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from envs.ground.record import Count, Name, Record


class DrawnSet(Record):
    """A fixed set of drawn episodes."""

    num_episodes: Count
    only_conflicting: bool
    only_solvable: bool


class VariedSet(DrawnSet):
    """A set whose episodes depart from the world's simulation."""

    simulation: dict[str, Any]


class ScenarioSettings(Record):
    """What every world's section says of its scenarios: the named ones to play, and test sets of its own."""

    suite: tuple[str, ...] = ()
    test_sets: dict[Name, VariedSet] = Field(default_factory=dict)
