"""A ring with three to five arms and one or two lanes, driven counterclockwise: who is in it goes first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from envs.roads.simulation.geometry.assembling import Plan, Route
from envs.roads.simulation.geometry.lines import Line, bend, join, normal, ring, sample, straight, toward

_BEYOND_M = 10.0
_APPROACH_M = 19.0  # from the ring's middle line to where an arm begins to bend
_MIDDLE = np.zeros(2)


@dataclass(frozen=True, eq=False)
class Ring:
    """The ground plan of N arms around a ring.

    Attributes:
        angle_rad: (N,), ascending, where each arm goes to from the middle.
        radius_m: of the middle line of the outer lane.
        lane_m: a lane's width. num_lanes: of the ring, of each arm inward, and outward.
    """

    angle_rad: np.ndarray
    radius_m: float
    lane_m: float
    num_lanes: int
    entry_m: float
    exit_m: float

    @property
    def num_arms(self) -> int:
        """N."""
        return len(self.angle_rad)

    @property
    def far_m(self) -> float:
        """How long the arms are drawn, from where bends begin."""
        return max(self.entry_m, self.exit_m) + _BEYOND_M

    @property
    def half_rad(self) -> float:
        """From an arm to where its cars come into the ring, and where others leave it."""
        return float(min(np.radians(32.0), 0.44 * self.apart_rad.min()))

    @property
    def apart_rad(self) -> np.ndarray:
        """(N,), from each arm to the next one."""
        return np.diff(np.append(self.angle_rad, self.angle_rad[0] + 2.0 * np.pi))

    def way(self, entry: int, leave: int, lane: int) -> Line:
        """The middle of the lanes from arm to arm; `lane` 0 is the outer one, 1 runs on the left of it all the way."""
        fine = self._fine(entry, leave, self.entry_m, self.exit_m)
        return sample(fine if lane == 0 else _beside(fine, lane * self.lane_m))

    def outline(self) -> tuple[np.ndarray, ...]:
        """The outer edges from arm to arm, and the island."""
        arms, far_m = range(self.num_arms), self.far_m
        around = (sample(self._fine(arm, (arm + 1) % self.num_arms, far_m, far_m)) for arm in arms)
        island_m = self.radius_m - (self.num_lanes - 0.5) * self.lane_m
        island = ring(_MIDDLE, island_m, 0.0, 2.0 * np.pi)[::4]
        return (*(line.beside(-0.5 * self.lane_m) for line in around), np.concatenate([island, island[:1]]))

    def middle(self) -> tuple[np.ndarray, ...]:
        """Lines between the lanes of the arms, and of the ring."""
        near_m = self.radius_m + _APPROACH_M
        arms = [np.stack([near_m * toward(a), (near_m + self.far_m) * toward(a)]) for a in self.angle_rad]
        between = [self.radius_m - (lane + 0.5) * self.lane_m for lane in range(self.num_lanes - 1)]
        return (*arms, *(ring(_MIDDLE, radius_m, 0.0, 2.0 * np.pi)[::4] for radius_m in between))

    def _fine(self, entry: int, leave: int, entry_m: float, exit_m: float) -> np.ndarray:
        """Fine points of the outer lane from arm to arm."""
        inward, outward = self.angle_rad[entry] + np.pi, self.angle_rad[leave]
        aside_m, near_m = (self.num_lanes - 0.5) * self.lane_m, self.radius_m + _APPROACH_M
        stop = -near_m * toward(inward) - aside_m * normal(inward)
        gone = near_m * toward(outward) - aside_m * normal(outward)
        begin = self.angle_rad[entry] + self.half_rad
        until = begin + (outward - self.angle_rad[entry]) % (2.0 * np.pi) - 2.0 * self.half_rad
        around = ring(_MIDDLE, self.radius_m, begin, until)
        comes = bend(stop, inward, around[0], begin + 0.5 * np.pi, 0.0, 1.0 / self.radius_m)
        leaves = bend(around[-1], until + 0.5 * np.pi, gone, outward, 1.0 / self.radius_m, 0.0)
        before = straight(stop - entry_m * toward(inward), stop)
        return join(before, comes, around, leaves, straight(gone, gone + exit_m * toward(outward)))


def _beside(fine_m: np.ndarray, left_m: float) -> np.ndarray:
    """Points (M, 2) so far to the left of fine points."""
    along = np.gradient(fine_m, axis=0)
    return fine_m + left_m * normal(np.arctan2(along[:, 1], along[:, 0]))


def ways(num_arms: int, num_lanes: int) -> list[tuple[int, int, int]]:
    """All ways as arm, arm and lane; of two lanes the left one is for farther exits, the right one for nearer ones."""
    half = num_arms // 2
    steps = (range(1, num_arms),) if num_lanes == 1 else (range(1, half + 1), range(half, num_arms))
    return [(a, (a + k) % num_arms, lane) for lane in range(num_lanes) for a in range(num_arms) for k in steps[lane]]


def who_is_in_it(num_arms: int, one: tuple[int, int, int], other: tuple[int, int, int]) -> int:
    """1: `one` goes first, for it drives past the other's arm; -1: the other way round; 0: who comes first.

    Of two lanes of one arm the outer one goes first where the inner one leaves across it.
    """
    if one[0] == other[0]:
        return int(other[2] - one[2])
    past = (other[0] - one[0]) % num_arms < (one[1] - one[0]) % num_arms
    passed = (one[0] - other[0]) % num_arms < (other[1] - other[0]) % num_arms
    return int(past) - int(passed)


def plan_of(family: str, name: str, own: Ring, limit_mps: float, touch_m: float) -> Plan:
    """The plan of all ways around a ring; the entry of lane l at arm a is l * N + a."""
    driven = ways(own.num_arms, own.num_lanes)
    stop_m = float(np.floor(own.entry_m))
    routes = [Route(own.way(a, b, lane), lane * own.num_arms + a, b, limit_mps, stop_m=stop_m) for a, b, lane in driven]
    priority = np.array([[who_is_in_it(own.num_arms, one, other) for other in driven] for one in driven])
    return Plan(family, name, routes, priority, own.outline(), touch_m, own.middle())
