"""The twelve named episodes that every policy is tested on; never drawn, never changed."""

from __future__ import annotations

import math
from typing import Any

from envs.swarm.simulation.scenario import Agent, Hive, Obstacle, Resource, Scenario

Place = tuple[float, float]
_SIDE_M = 56.0
_MIDDLE: Place = (28.0, 28.0)
_WEST, _EAST = (12.0, 28.0), (44.0, 28.0)


def _ring(middle: Place, radius: float, number: int, turned: float = 0.0) -> list[Place]:
    """Places on a circle, the first east of the middle, turned by so many degrees."""
    angles = [math.radians(turned) + 2.0 * math.pi * k / number for k in range(number)]
    return [(middle[0] + radius * math.cos(angle), middle[1] + radius * math.sin(angle)) for angle in angles]


def _team(team: int, middle: Place, number: int) -> list[Agent]:
    return [Agent(team=team, x_m=x, y_m=y) for x, y in _ring(middle, 2.5, number)]


def _lying(places: list[Place], value: float, carriers: int) -> list[Resource]:
    return [Resource(x_m=x, y_m=y, value=value, carriers=carriers) for x, y in places]


def _homes(*places: Place) -> list[Hive]:
    return [Hive(team=team, x_m=x, y_m=y) for team, (x, y) in enumerate(places)]


def _discs(places: list[Place], radius: float) -> list[Obstacle]:
    return [Obstacle(x_m=x, y_m=y, radius_m=radius) for x, y in places]


def _mirrored(places: list[Place]) -> list[Place]:
    """These and the same turned by 180 degrees about the middle."""
    return [*places, *((2.0 * _MIDDLE[0] - x, 2.0 * _MIDDLE[1] - y) for x, y in places)]


_GRID = [(x, y) for x in (8.0, 21.0, 35.0, 48.0) for y in (8.0, 21.0, 35.0, 48.0)]
_WALL = [(20.0, y) for y in (14.0, 18.0, 22.0, 26.0, 30.0, 34.0, 38.0, 42.0)]
_SIX = _ring(_MIDDLE, 18.0, 6)

# fmt: off
_TABLE: dict[str, tuple[str, dict[str, Any]]] = {
    "gather_around": ("gather", {
        "agents": _team(0, _MIDDLE, 6), "hives": _homes(_MIDDLE),
        "resources": _lying(_ring(_MIDDLE, 20.0, 12), 10.0, 1)}),
    "gather_one_corner": ("gather", {
        "agents": _team(0, (10.0, 10.0), 6), "hives": _homes((10.0, 10.0)),
        "resources": _lying(_ring((44.0, 44.0), 4.0, 8), 10.0, 1)}),
    "heavy_pairs": ("heavy", {
        "agents": _team(0, _MIDDLE, 6), "hives": _homes(_MIDDLE),
        "resources": _lying(_ring(_MIDDLE, 14.0, 6), 20.0, 2)}),
    "heavy_three_at_once": ("heavy", {
        "agents": _team(0, _MIDDLE, 6), "hives": _homes(_MIDDLE),
        "resources": _lying(_ring(_MIDDLE, 12.0, 4), 30.0, 3)}),
    "light_and_heavy": ("gather", {
        "agents": _team(0, _MIDDLE, 6), "hives": _homes(_MIDDLE),
        "resources": [*_lying(_ring(_MIDDLE, 18.0, 6), 10.0, 1), *_lying(_ring(_MIDDLE, 12.0, 3, 30.0), 20.0, 2)]}),
    "behind_the_wall": ("maze", {
        "agents": _team(0, (10.0, 28.0), 6), "hives": _homes((10.0, 28.0)), "obstacles": _discs(_WALL, 1.5),
        "resources": _lying(_ring((40.0, 28.0), 8.0, 8), 10.0, 1)}),
    "through_the_discs": ("maze", {
        "agents": _team(0, _MIDDLE, 6), "hives": _homes(_MIDDLE), "obstacles": _discs(_GRID, 2.5),
        "resources": _lying(_ring(_MIDDLE, 25.0, 12, 8.0), 10.0, 1)}),
    "skirmish_face_to_face": ("skirmish", {
        "agents": [*_team(0, _WEST, 6), *_team(1, _EAST, 6)], "returns": False}),
    "skirmish_outnumbered": ("uneven", {
        "agents": [*_team(0, _WEST, 5), *_team(1, _EAST, 6)], "returns": False}),
    "raid_on_one_hive": ("raid", {
        "agents": [*_team(0, _WEST, 6), *_team(1, _EAST, 6)], "hives": _homes(_WEST), "returns": False}),
    "war_of_two": ("war", {
        "agents": [*_team(0, _WEST, 6), *_team(1, _EAST, 6)], "hives": _homes(_WEST, _EAST),
        "resources": _lying(_mirrored([(28.0, 12.0), (22.0, 40.0), (16.0, 46.0), (26.0, 24.0)]), 10.0, 1)}),
    "war_of_six": ("war", {
        "agents": [agent for team, place in enumerate(_SIX) for agent in _team(team, place, 3)],
        "hives": _homes(*_SIX), "resources": _lying(_ring(_MIDDLE, 8.0, 6, 30.0), 10.0, 1)}),
}
# fmt: on


def _scenario(name: str, family: str, content: dict[str, Any]) -> Scenario:
    kinds: dict[str, Any] = {kind: tuple(things) for kind, things in content.items() if kind != "returns"}
    returns = content.get("returns", True)
    return Scenario(scenario_name=name, family=family, side_m=_SIDE_M, returns=returns, **kinds)


SUITE: dict[str, Scenario] = {name: _scenario(name, *row) for name, row in _TABLE.items()}
"""By name, in the order of the table."""
