"""One junction as arrays: the routes through it, their edges, lights, and where two of them meet."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields

import numpy as np

from envs.roads.simulation.geometry.ground_plans import GroundPlan


@dataclass(frozen=True, eq=False)
class Roads:
    """R routes of at most P points, a point each metre, and G lights; m, s, m/s, radians counterclockwise from east.

    A car drives a route from an entry arm to an exit arm: s metres along it, d metres to its left. Where a place lies
    beyond a route's length, its arrays go on straight. Arrays are read-only; compare two roads with `digest`.

    Attributes:
        ground: the plan that all of it was computed from.
        point_m, heading_rad, curvature_per_m, limit_mps: (R, P, 2) and (R, P), of the middle of the lane.
        left_m, right_m: (R, P), from there to the road's edges, above 0, the other lanes included; beyond: off road.
        length_m: (R,), whole metres; who has driven them has arrived.
        entry, exit: (R,), where it begins and ends. Routes of one entry share their first metres, so two lanes of an
            arm are two entries; an exit is an arm.
        stop_m: (R,), where one waits before the junction; infinite: nowhere.
        signal: (R,), the light at that line; -1: none.
        cycle_s, green_from_s, green_until_s, amber_s: (G,), all cycles begin at time 0; green from 0 <= from < until,
            amber from then on, until + amber <= cycle; red otherwise.
        meets_from_m, meets_until_m: (R, R), the stretch of route r on which a car's middle line is so near to that of
            route q that cars of both can touch; infinite: never. From the first such place to the last one.
        priority: (R, R) int8, 1: r goes before q, -1: q before r, 0: who comes first.
        outline_m: polylines (M, 2), the road's edges, as they are drawn.
        middle_m: polylines (M, 2), lines between lanes, as they are drawn.
    """

    family: str
    name: str
    ground: GroundPlan
    point_m: np.ndarray
    heading_rad: np.ndarray
    curvature_per_m: np.ndarray
    limit_mps: np.ndarray
    left_m: np.ndarray
    right_m: np.ndarray
    length_m: np.ndarray
    entry: np.ndarray
    exit: np.ndarray
    stop_m: np.ndarray
    signal: np.ndarray
    cycle_s: np.ndarray
    green_from_s: np.ndarray
    green_until_s: np.ndarray
    amber_s: np.ndarray
    meets_from_m: np.ndarray
    meets_until_m: np.ndarray
    priority: np.ndarray
    outline_m: tuple[np.ndarray, ...] = ()
    middle_m: tuple[np.ndarray, ...] = ()

    def __post_init__(self) -> None:
        for array in self.arrays().values():
            array.setflags(write=False)

    def arrays(self) -> dict[str, np.ndarray]:
        """Its arrays by name, but what is only drawn."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}

    @property
    def num_routes(self) -> int:
        """R."""
        return len(self.length_m)

    @property
    def num_signals(self) -> int:
        """G."""
        return len(self.cycle_s)

    def digest(self) -> str:
        """The SHA-256 (hex) of all that decides how it is driven."""
        key = hashlib.sha256(f"{self.family} {self.name}".encode())
        for name, array in self.arrays().items():
            key.update(f"{name}{array.dtype}{array.shape}".encode())
            key.update(np.ascontiguousarray(array).tobytes())
        return key.hexdigest()
