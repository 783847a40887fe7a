"""Typed records of the rules that policies are compared with."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from envs.ground.record import Record


class Room(Record):
    """Makes the move after which cells cleared and room are worth most; a place of room counts so many cells."""

    room_weight: Annotated[float, Field(ge=0.0)]


class BeamSettings(Record):
    """Searches the shapes on offer in any order, and follows up so many positions after each move."""

    width: Annotated[int, Field(ge=1, le=10_000)]
    room_weight: Annotated[float, Field(ge=0.0)]


class BaselineSettings(Record):
    """The whole of triangles.baselines."""

    room: Room
    beam: BeamSettings
