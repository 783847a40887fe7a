"""Typed records of fixed sets of episodes, for any world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field, field_validator

from envs.ground.record import Count, Name, Record, unknown


class DrawnSet(Record):
    """A fixed set of drawn episodes.

    Attributes:
        only_conflicting: keep draws in which something must be done, see Scenarios.nothing_done.
        only_solvable: keep draws that were shown to be solvable.
    """

    num_episodes: Count
    only_conflicting: bool
    only_solvable: bool


class VariedSet(DrawnSet):
    """A set whose episodes depart from the world's simulation, by these changes."""

    simulation: dict[str, Any]


class VariedFamilies(VariedSet):
    """One that may ask for families which training does not draw (none listed: as the simulation).

    Attributes:
        KNOWN: the world's families.
    """

    KNOWN: ClassVar[tuple[str, ...]]

    families: tuple[str, ...]

    @field_validator("families")
    @classmethod
    def _known(cls, families: tuple[str, ...]) -> tuple[str, ...]:
        for family in families:
            if family not in cls.KNOWN:
                raise ValueError(unknown(family, cls.KNOWN))
        return families


class ScenarioSettings(Record):
    """What every world's section says of its scenarios; a world with more to say adds to it.

    Attributes:
        suite: names of the suite that are played.
        validation, test: how the general sets of these names differ in this world.
        test_sets: of its own.
        worlds_per_block: played together while sets are drawn and proven; results do not depend on it.
    """

    suite: tuple[str, ...] = ()
    validation: dict[str, Any] = Field(default_factory=dict)
    test: dict[str, Any] = Field(default_factory=dict)
    test_sets: Mapping[Name, VariedSet] = Field(default_factory=dict)
    worlds_per_block: Count = 512
