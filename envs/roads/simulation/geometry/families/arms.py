"""Three or four arms that meet in one place: who comes from the right goes first, or a main road, or lights say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from envs.roads.simulation.geometry.assembling import Route
from envs.roads.simulation.geometry.lines import Line, bend, join, normal, sample, straight, toward, wrapped

_OPPOSITE_RAD = np.radians(40.0)
_BEYOND_M = 10.0


@dataclass(frozen=True, eq=False)
class Arms:
    """N arms, counted counterclockwise.

    Attributes:
        angle_rad: (N,), where each goes to from the middle.
        entry_m, exit_m: how long its lanes are before and after the bends.
        lane_m: a lane's width. corner_m: the radius that right turns have at least.
    """

    angle_rad: np.ndarray
    entry_m: float
    exit_m: float
    lane_m: float
    corner_m: float

    @property
    def num_arms(self) -> int:
        """N."""
        return len(self.angle_rad)

    @property
    def reach_m(self) -> float:
        """From the middle to where bends begin: far enough for all right turns."""
        between = np.diff(np.append(self.angle_rad, self.angle_rad[0] + 2.0 * np.pi))
        return float(np.max((self.corner_m + 0.5 * self.lane_m) / np.tan(0.5 * np.minimum(between, np.radians(179.0)))))

    @property
    def far_m(self) -> float:
        """How long the arms are drawn, from where bends begin."""
        return max(self.entry_m, self.exit_m) + _BEYOND_M

    def way(self, entry: int, leave: int) -> Line:
        """The middle of the lanes from arm to arm."""
        return self._line(entry, leave, self.entry_m, self.exit_m)

    def _line(self, entry: int, leave: int, entry_m: float, exit_m: float) -> Line:
        inward, outward = self.angle_rad[entry] + np.pi, self.angle_rad[leave]
        stop = -self.reach_m * toward(inward) - 0.5 * self.lane_m * normal(inward)
        gone = self.reach_m * toward(outward) - 0.5 * self.lane_m * normal(outward)
        begin = stop - entry_m * toward(inward)
        end = gone + exit_m * toward(outward)
        return sample(join(straight(begin, stop), bend(stop, inward, gone, outward), straight(gone, end)))

    def outline(self) -> tuple[np.ndarray, ...]:
        """The right edges of all right turns."""
        arms = range(self.num_arms)
        around = (self._line(arm, (arm + 1) % self.num_arms, self.far_m, self.far_m) for arm in arms)
        return tuple(line.beside(-0.5 * self.lane_m) for line in around)

    def middle(self) -> tuple[np.ndarray, ...]:
        """The line in the middle of each arm."""
        far_m = self.reach_m + self.far_m
        return tuple(np.stack([self.reach_m * toward(a), far_m * toward(a)]) for a in self.angle_rad)

    def turn(self, entry: int, leave: int) -> str:
        """Where a way goes: left, straight or right."""
        angle = float(wrapped(self.angle_rad[leave] - self.angle_rad[entry] - np.pi))
        return "straight" if abs(angle) < _OPPOSITE_RAD else "left" if angle > 0.0 else "right"


def ways(own: Arms) -> list[tuple[int, int]]:
    """All ways from an arm to another."""
    return [(a, b) for a in range(own.num_arms) for b in range(own.num_arms) if a != b]


def without_left_turns(own: Arms) -> list[tuple[int, int]]:
    """All ways but left turns."""
    return [pair for pair in ways(own) if own.turn(*pair) != "left"]


def rights(own: Arms, pairs: Sequence[tuple[int, int]], kind: str, main: Sequence[int]) -> np.ndarray:
    """(R, R), who goes first: `right`, `main` or `nobody`."""
    if kind == "nobody":
        return np.zeros((len(pairs), len(pairs)))
    return by_the_main_road(own, pairs, main) if kind == "main" else by_the_right(own, pairs)


def by_the_right(own: Arms, pairs: Sequence[tuple[int, int]]) -> np.ndarray:
    """(R, R): who comes from the right goes first; who turns left lets oncoming cars pass that do not."""
    found = np.zeros((len(pairs), len(pairs)))
    for r, one in enumerate(pairs):
        for q, other in enumerate(pairs):
            found[r, q] = _before(own, one, other)
    return found


def by_the_main_road(own: Arms, pairs: Sequence[tuple[int, int]], main: Sequence[int]) -> np.ndarray:
    """(R, R): who comes on the main road goes first, else as `by_the_right`."""
    on_main = np.array([entry in main for entry, _ in pairs]).astype(float)
    first = on_main[:, None] - on_main[None]
    return np.where(first != 0.0, first, by_the_right(own, pairs))


def _before(own: Arms, one: tuple[int, int], other: tuple[int, int]) -> int:
    """1: one goes first, -1: the other does, 0: who comes first."""
    if one[0] == other[0]:
        return 0
    apart = float((own.angle_rad[other[0]] - own.angle_rad[one[0]]) % (2.0 * np.pi))
    if abs(apart - np.pi) < _OPPOSITE_RAD:
        lefts = own.turn(*one) == "left", own.turn(*other) == "left"
        return int(lefts[1]) - int(lefts[0])
    return -1 if apart < np.pi else 1


def routes_of(
    own: Arms,
    pairs: Sequence[tuple[int, int]],
    limit_mps: float,
    signal: Sequence[int],
) -> list[Route]:
    """One route for each way, with the line at which one waits."""
    stop_m = np.floor(own.entry_m) - 1.0
    return [
        Route(
            own.way(*pair),
            *pair,
            limit_mps,
            stop_m=stop_m,
            signal=signal[r],
        )
        for r, pair in enumerate(pairs)
    ]
