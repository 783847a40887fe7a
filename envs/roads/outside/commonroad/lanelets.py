"""Lanelets as a network: which one is a place on, where do they lead, and where does the road end aside?"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from envs.roads.simulation.geometry.lines import normal, toward, wrapped

_NOT_DRIVEN = {"sidewalk", "crosswalk", "bicycleLane", "intersectionCrossing"}
_NEAR_M = 40.0
_PIECE_M, _BEYOND_M = 1.0, 0.25
_ASKEW_RAD = np.radians(60.0)


@dataclass(frozen=True, eq=False)
class Lanelet:
    """A piece of a lane between two bounds (N, 2) and (M, 2); neighbours by id, and whether they are driven alike."""

    id: str
    left_m: np.ndarray
    right_m: np.ndarray
    successors: tuple[str, ...]
    left_beside: tuple[str, bool] | None
    right_beside: tuple[str, bool] | None
    limit_mps: float
    lights: tuple[str, ...]
    signs: tuple[str, ...]
    kinds: tuple[str, ...]

    @cached_property
    def middle_m(self) -> np.ndarray:
        """(P, 2), a point about each metre."""
        count = max(3, int(max(_length(self.left_m), _length(self.right_m))) + 1)
        return 0.5 * (resampled(self.left_m, count) + resampled(self.right_m, count))

    @cached_property
    def heading_rad(self) -> np.ndarray:
        """(P,), of the middle."""
        way = np.gradient(self.middle_m, axis=0)
        return np.arctan2(way[:, 1], way[:, 0])

    @cached_property
    def corners_m(self) -> np.ndarray:
        """Its outline, a polygon."""
        return np.concatenate([self.left_m, self.right_m[::-1]])

    def headings_at(self, places_m: np.ndarray) -> np.ndarray:
        """Its direction (N,) where it is nearest to places (N, 2)."""
        nearest = ((self.middle_m[None] - places_m[:, None]) ** 2).sum(-1).argmin(1)
        return np.asarray(self.heading_rad[nearest])

    @property
    def driven(self) -> bool:
        """Whether cars drive on it."""
        return not _NOT_DRIVEN & set(self.kinds)

    def covers(self, points_m: np.ndarray) -> np.ndarray:
        """Which of the points (N, 2) lie on it: crossings of a ray, even or odd."""
        low, high = self.corners_m.min(0), self.corners_m.max(0)
        near = ((points_m >= low) & (points_m <= high)).all(1)
        found = np.zeros(len(points_m), bool)
        if near.any():
            found[near] = _inside(points_m[near], self.corners_m)
        return found


def _inside(points_m: np.ndarray, corners_m: np.ndarray) -> np.ndarray:
    x, y = points_m[:, :1], points_m[:, 1:]
    ax, ay = corners_m.T
    bx, by = np.roll(corners_m, -1, axis=0).T
    crosses = (ay > y) != (by > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = ax + (y - ay) * (bx - ax) / (by - ay)
    return np.asarray((crosses & (x < at)).sum(1) % 2 == 1)


class Network:
    """The lanelets that cars drive on."""

    def __init__(self, lanelets: Iterable[Lanelet]) -> None:
        """Know these; those that are not driven are forgotten."""
        self.by_id = {lanelet.id: lanelet for lanelet in lanelets if lanelet.driven}

    def at(self, place_m: np.ndarray, heading_rad: float) -> Lanelet | None:
        """The lanelet that a place lies on, of several the one whose direction is the nearest; None: on none."""
        found = [lanelet for lanelet in self.by_id.values() if lanelet.covers(place_m[None])[0]]
        askew = [abs(float(wrapped(one.headings_at(place_m[None])[0] - heading_rad))) for one in found]
        return found[int(np.argmin(askew))] if askew and min(askew) < _ASKEW_RAD else None

    def along(self, line_m: np.ndarray) -> list[Lanelet | None]:
        """The lanelet of each point of a line (N, 2)."""
        way = np.gradient(line_m, axis=0)
        heading = np.arctan2(way[:, 1], way[:, 0])
        askew = np.full(len(line_m), _ASKEW_RAD)
        found: list[Lanelet | None] = [None] * len(line_m)
        for lanelet in self.by_id.values():
            on = np.flatnonzero(lanelet.covers(line_m))
            own = np.abs(wrapped(lanelet.headings_at(line_m[on]) - heading[on]))
            for n in on[own < askew[on]]:
                found[n] = lanelet
            askew[on] = np.minimum(askew[on], own)
        return found

    def onward(self, lanelet: Lanelet, length_m: float) -> list[Lanelet]:
        """It and those that follow it, straight on where there are several, as far as that."""
        found = [lanelet]
        while length_m > 0.0:
            ahead = [self.by_id[ref] for ref in found[-1].successors if ref in self.by_id]
            ahead = [one for one in ahead if one not in found]
            if not ahead:
                break
            found.append(
                min(ahead, key=lambda one: abs(float(wrapped(one.heading_rad[-1] - found[-1].heading_rad[-1]))))
            )
            length_m -= _length(found[-1].middle_m)
        return found

    def route(self, begin: Lanelet, goals: Iterable[str]) -> list[Lanelet] | None:
        """The fewest lanelets from one to any of the goals, by successors and changes of lane; None: there are none."""
        before: dict[str, str] = {begin.id: ""}
        wanted, queue = set(goals), deque([begin.id])
        while queue:
            own = queue.popleft()
            if own in wanted:
                found = [own]
                while before[found[-1]]:
                    found.append(before[found[-1]])
                return [self.by_id[ref] for ref in reversed(found)]
            for ref in self._next(self.by_id[own]):
                if ref in self.by_id and ref not in before:
                    before[ref] = own
                    queue.append(ref)
        return None

    def _next(self, lanelet: Lanelet) -> list[str]:
        beside = [side[0] for side in (lanelet.left_beside, lanelet.right_beside) if side and side[1]]
        return [*lanelet.successors, *beside]

    def near(self, lines_m: Sequence[np.ndarray]) -> Network:
        """Those that come near any of the lines."""
        low, high = (edge(np.concatenate(lines_m), axis=0) for edge in (np.min, np.max))
        return Network(
            lanelet
            for lanelet in self.by_id.values()
            if (lanelet.corners_m.max(0) >= low - _NEAR_M).all() and (lanelet.corners_m.min(0) <= high + _NEAR_M).all()
        )

    def edges(self) -> list[np.ndarray]:
        """Lines (N, 2) where the road ends aside: parts of bounds beyond which there is no other lanelet."""
        return [line for lanelet in self.by_id.values() for sign in (1.0, -1.0) for line in self._edges(lanelet, sign)]

    def _edges(self, lanelet: Lanelet, sign: float) -> list[np.ndarray]:
        bound = lanelet.left_m if sign > 0.0 else lanelet.right_m
        points = resampled(bound, max(2, int(np.ceil(_length(bound) / _PIECE_M)) + 1))
        way = np.diff(points, axis=0)
        beyond = 0.5 * (points[1:] + points[:-1]) + sign * _BEYOND_M * normal(np.arctan2(way[:, 1], way[:, 0]))
        inner = np.zeros(len(beyond), bool)
        for other in self.by_id.values():
            if other is not lanelet:
                inner |= other.covers(beyond)
        return [points[first : last + 1] for first, last in _runs(~inner)]

    def lane_lines(self) -> list[np.ndarray]:
        """Lines between lanelets that lie side by side."""
        return [one.left_m for one in self.by_id.values() if one.left_beside and one.left_beside[0] in self.by_id]


def _runs(kept: np.ndarray) -> list[tuple[int, int]]:
    """Where rows of True begin and end."""
    steps = np.diff(np.concatenate([[0], kept.astype(int), [0]]))
    return list(zip(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1), strict=True))


def _length(line_m: np.ndarray) -> float:
    return float(np.hypot(*np.diff(line_m, axis=0).T).sum())


def resampled(line_m: np.ndarray, count: int) -> np.ndarray:
    """(count, 2), evenly along a line."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line_m, axis=0).T))])
    at = np.linspace(0.0, along[-1], count)
    return np.stack([np.interp(at, along, line_m[:, axis]) for axis in (0, 1)], -1)


def aside(place_m: np.ndarray, line_m: np.ndarray) -> tuple[int, float]:
    """The nearest point of a line, and how far to the left of it a place lies."""
    nearest = int(np.argmin(((line_m - place_m) ** 2).sum(1)))
    way = line_m[min(nearest + 1, len(line_m) - 1)] - line_m[max(nearest - 1, 0)]
    ahead = toward(float(np.arctan2(way[1], way[0])))
    off = place_m - line_m[nearest]
    return nearest, float(ahead[0] * off[1] - ahead[1] * off[0])
