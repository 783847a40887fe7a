"""Lanes that become one: a ramp that joins, and a lane that ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from envs.roads.simulation.geometry.assembling import Plan, Route
from envs.roads.simulation.geometry.lines import Line, bend, join, sample, straight, toward

_BEYOND_M = 10.0


@dataclass(frozen=True)
class Joining:
    """A main lane to the east, and a second one on its right that ends beside it.

    Attributes:
        before_m, beside_m, taper_m, after_m: lengths of the parts: apart, side by side, joining, as one.
        ramp_rad: between the two before they run side by side; 0: they always did.
        lane_m: a lane's width.
    """

    before_m: float
    beside_m: float
    taper_m: float
    after_m: float
    ramp_rad: float
    lane_m: float

    @property
    def length_m(self) -> float:
        """Of the main lane."""
        return self.before_m + self.beside_m + self.taper_m + self.after_m

    def main(self, beyond_m: float = 0.0) -> Line:
        """The middle of the main lane, from (0, 0)."""
        return sample(straight(np.array([-beyond_m, 0.0]), np.array([self.length_m + beyond_m, 0.0])))

    def joining(self, aside_m: float = 0.0, beyond_m: float = 0.0) -> Line:
        """The middle of the lane that ends, or `aside_m` to its left of it."""
        low = aside_m - self.lane_m
        beside = np.array([self.before_m, low])
        ends = np.array([self.before_m + self.beside_m, low])
        joined = np.array([self.before_m + self.beside_m + self.taper_m, aside_m])
        end = np.array([self.length_m + beyond_m, aside_m])
        return sample(
            join(
                *self._until(beside, beyond_m),
                straight(beside, ends),
                bend(ends, 0.0, joined, 0.0),
                straight(joined, end),
            )
        )

    def _until(self, beside: np.ndarray, beyond_m: float) -> list[np.ndarray]:
        if self.ramp_rad == 0.0:
            return [straight(np.array([-beyond_m, beside[1]]), beside)]
        turned_m = 0.4 * self.before_m
        foot = beside - 0.5 * turned_m * (toward(0.0) + toward(self.ramp_rad))
        begin = foot - (self.before_m - turned_m + beyond_m) * toward(self.ramp_rad)
        return [straight(begin, foot), bend(foot, self.ramp_rad, beside, 0.0)]

    def outline(self) -> tuple[np.ndarray, ...]:
        """The road's edges: left of the main lane, right of the other, and between a ramp and the main lane."""
        half = 0.5 * self.lane_m
        left = self.main(_BEYOND_M).beside(half)
        right = self.joining(beyond_m=_BEYOND_M).beside(-half)
        if self.ramp_rad == 0.0:
            return left, right
        inner = self.joining(beyond_m=_BEYOND_M).beside(half)
        inner = inner[inner[:, 1] < -half - 0.05]
        inner = inner[inner[:, 0] < self.before_m]
        tip = np.array([[inner[-1, 0], -half]])
        return left, right, np.concatenate([inner, tip, [[-_BEYOND_M, -half]]])


def plan_of(family: str, name: str, joining: Joining, limit_mps: float, touch_m: float) -> Plan:
    """Main lane: route 0 from arm 0; the lane that ends: route 1 from arm 1; both to arm 2. The main lane is first."""
    line = joining.joining()
    routes = [Route(joining.main(), 0, 2, limit_mps), Route(line, 1, 2, limit_mps)]
    priority = np.array([[0, 1], [-1, 0]])
    return Plan(family, name, routes, priority, joining.outline(), touch_m)
