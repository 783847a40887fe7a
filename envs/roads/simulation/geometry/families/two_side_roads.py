"""A main road with two side roads, one after the other: who is on the main road goes first."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from envs.roads.simulation.geometry.assembling import Plan, Route
from envs.roads.simulation.geometry.lines import Line, bend, join, normal, sample, straight, toward

EAST, WEST, FIRST, SECOND = range(4)
"""Arms: the main road's two, the side road at (0, 0), the one at (apart_m, 0)."""

_BEYOND_M = 10.0


@dataclass(frozen=True, eq=False)
class SideRoads:
    """The ground plan: the main road runs from west to east.

    Attributes:
        side_rad: (2,), where the side roads go to: above 0 to the north.
        apart_m: from the first to the second.
        lane_m: a lane's width. corner_m: the least radius of right turns.
    """

    side_rad: np.ndarray
    apart_m: float
    entry_m: float
    exit_m: float
    lane_m: float
    corner_m: float

    @property
    def far_m(self) -> float:
        """How long the arms are drawn, from where bends begin."""
        return max(self.entry_m, self.exit_m) + _BEYOND_M

    def foot_m(self, arm: int) -> np.ndarray:
        """Where an arm's middle meets that of the main road."""
        return np.array([self.apart_m if arm in (EAST, SECOND) else 0.0, 0.0])

    def outward_rad(self, arm: int) -> float:
        """Where an arm goes to."""
        return (0.0, np.pi, float(self.side_rad[0]), float(self.side_rad[1]))[arm]

    def reach_m(self, arm: int) -> float:
        """From an arm's foot to where bends begin: far enough for right turns."""
        aside = self.side_rad[0 if arm in (WEST, FIRST) else 1]
        sharp = min(abs(aside), np.pi - abs(aside))
        return float((self.corner_m + 0.5 * self.lane_m) / np.tan(0.5 * sharp))

    def way(self, entry: int, leave: int) -> Line:
        """The middle of the lanes from arm to arm."""
        return self._line(entry, leave, self.entry_m, self.exit_m)

    def outline(self) -> tuple[np.ndarray, ...]:
        """The road's edges: south and north of the main road, with the side roads that open there."""
        south = [arm for arm in (FIRST, SECOND) if self.outward_rad(arm) < 0.0]
        north = [arm for arm in (SECOND, FIRST) if self.outward_rad(arm) > 0.0]
        chains = [[WEST, *south, EAST], [EAST, *north, WEST]]
        pairs = [pair for chain in chains for pair in pairwise(chain)]
        lines = (self._line(*pair, self.far_m, self.far_m) for pair in pairs)
        return tuple(line.beside(-0.5 * self.lane_m) for line in lines)

    def middle(self) -> tuple[np.ndarray, ...]:
        """The middle of the main road, between and beyond the junctions, and of the side roads."""
        ends = [(self.reach_m(arm), self.reach_m(arm) + self.far_m) for arm in range(4)]
        arms = [
            np.stack([self.foot_m(arm) + distance * toward(self.outward_rad(arm)) for distance in ends[arm]])
            for arm in range(4)
        ]
        between = np.array([[self.reach_m(WEST), 0.0], [self.apart_m - self.reach_m(EAST), 0.0]])
        return (*arms, between)

    def _line(self, entry: int, leave: int, entry_m: float, exit_m: float) -> Line:
        comes, goes = self._mouth(entry, inward=True), self._mouth(leave, inward=False)
        inward, outward = self.outward_rad(entry) + np.pi, self.outward_rad(leave)
        pieces = [straight(comes - entry_m * toward(inward), comes)]
        place, heading = comes, inward
        east = self.foot_m(leave)[0] > self.foot_m(entry)[0] or (leave == EAST and entry != EAST)
        along = 0.0 if east else np.pi
        for gate in self._gates(entry, leave, along):
            pieces.append(bend(place, heading, gate, along) if heading != along else straight(place, gate))
            place, heading = gate, along
        pieces.append(bend(place, heading, goes, outward))
        return sample(join(*pieces, straight(goes, goes + exit_m * toward(outward))))

    def _gates(self, entry: int, leave: int, along: float) -> list[np.ndarray]:
        """Places on the main road between the two junctions, where a way that passes both comes by."""
        if self.foot_m(entry)[0] == self.foot_m(leave)[0]:
            return []
        west, east = np.array([self.reach_m(WEST), 0.0]), np.array([self.apart_m - self.reach_m(EAST), 0.0])
        aside = -0.5 * self.lane_m * normal(along)
        return [place + aside for place in ((west, east) if along == 0.0 else (east, west))]

    def _mouth(self, arm: int, inward: bool) -> np.ndarray:
        """Where a lane of an arm begins to bend."""
        outward = self.outward_rad(arm)
        heading = outward + np.pi if inward else outward
        return self.foot_m(arm) + self.reach_m(arm) * toward(outward) - 0.5 * self.lane_m * normal(heading)

    def turns_left(self, entry: int, leave: int) -> bool:
        """Whether a way from the main road leaves it to the left."""
        outward = self.outward_rad(leave)
        return leave in (FIRST, SECOND) and (outward > 0.0) == (entry == WEST)


def who_is_on_the_main_road(own: SideRoads, one: tuple[int, int], other: tuple[int, int]) -> int:
    """1: `one` goes first, -1: the other does, 0: who comes first."""
    if one[0] == other[0]:
        return 0
    on_main = one[0] in (EAST, WEST), other[0] in (EAST, WEST)
    if all(on_main):
        return int(own.turns_left(*other)) - int(own.turns_left(*one))
    if any(on_main):
        return int(on_main[0]) - int(on_main[1])
    return int(_passes(own, one, other[0])) - int(_passes(own, other, one[0]))


def _passes(own: SideRoads, way: tuple[int, int], side: int) -> bool:
    """Whether a way from a side road drives by another side road, on the main road."""
    toward_it = own.foot_m(side)[0] - own.foot_m(way[0])[0]
    return way[1] == (EAST if toward_it > 0.0 else WEST)


def plan_of(family: str, name: str, own: SideRoads, limit_mps: float, touch_m: float) -> Plan:
    """The plan of all ways between the four arms."""
    pairs = [(a, b) for a in range(4) for b in range(4) if a != b]
    stop_m = float(np.floor(own.entry_m)) - 1.0
    routes = [Route(own.way(*pair), *pair, limit_mps, stop_m=stop_m) for pair in pairs]
    priority = np.array([[who_is_on_the_main_road(own, one, other) for other in pairs] for one in pairs])
    return Plan(family, name, routes, priority, own.outline(), touch_m, own.middle())
