"""The roads' room for what others have, as its door shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from envs.ground.outside import Format, NothingOutside
from envs.roads.outside.commonroad.reading import WORDS, scenario_of_commonroad


def _write(scenario: Any, source: str) -> str:
    raise ValueError(f"{source}: got a name ending in '.xml', wanted .json: CommonRoad's files are read, not written")


class RoadsOutside(NothingOutside):
    """See envs/ground/outside.py: Outside."""

    formats: Mapping[str, Format] = {
        ".xml": Format("CommonRoad's scenario file", scenario_of_commonroad, _write, WORDS)
    }


OUTSIDE = RoadsOutside()
