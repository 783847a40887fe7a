"""Lines, edges and rights of way put together to one junction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from envs.roads.simulation.geometry.ground_plans import GroundPlan
from envs.roads.simulation.geometry.lines import Line, toward
from envs.roads.simulation.geometry.meetings import edge_distances, stretches
from envs.roads.simulation.geometry.roads import Roads


@dataclass(frozen=True, eq=False)
class Route:
    """One way through a junction, see Roads."""

    line: Line
    entry: int
    exit: int
    limit_mps: float
    stop_m: float = np.inf
    signal: int = -1


@dataclass(frozen=True)
class Light:
    """When one light shows what, in a cycle that begins at time 0; s."""

    cycle_s: float
    green_from_s: float
    green_until_s: float
    amber_s: float


@dataclass(frozen=True, eq=False)
class Plan:
    """A junction before it is computed.

    Attributes:
        priority: (R, R), who would go first if they met.
        outline_m, middle_m: see Roads.
        touch_m: how near middle lines are whose cars can touch.
    """

    family: str
    name: str
    routes: Sequence[Route]
    priority: np.ndarray
    outline_m: tuple[np.ndarray, ...]
    touch_m: float
    middle_m: tuple[np.ndarray, ...] = ()
    lights: Sequence[Light] = field(default=())


def assemble(plan: Plan, ground: GroundPlan) -> Roads:
    """The roads of a plan, which came from a ground plan: all that follows from it computed."""
    routes, lights = plan.routes, plan.lights
    length_m = np.array([route.line.length_m for route in routes])
    points = int(length_m.max()) + 1
    point_m = np.stack([_extended(route.line, points) for route in routes])
    heading_rad = np.stack([_held(route.line.heading_rad, points) for route in routes])
    left_m, right_m = edge_distances(point_m, heading_rad, length_m, *_edges(plan.outline_m))
    meets_from_m, meets_until_m = stretches(point_m, length_m, plan.touch_m)
    both = np.isfinite(meets_from_m) & np.isfinite(meets_from_m.T)  # not what but grazes, seen from one side
    meeting = both & ~np.eye(len(routes), dtype=bool)
    return Roads(
        family=plan.family,
        name=plan.name,
        ground=ground,
        point_m=point_m,
        heading_rad=heading_rad,
        curvature_per_m=np.stack([_ended(route.line.curvature_per_m, points) for route in routes]),
        limit_mps=np.stack([np.full(points, route.limit_mps) for route in routes]),
        left_m=left_m,
        right_m=right_m,
        length_m=length_m,
        entry=np.array([route.entry for route in routes]),
        exit=np.array([route.exit for route in routes]),
        stop_m=np.array([route.stop_m for route in routes]),
        signal=np.array([route.signal for route in routes]),
        cycle_s=np.array([light.cycle_s for light in lights], np.float64),
        green_from_s=np.array([light.green_from_s for light in lights], np.float64),
        green_until_s=np.array([light.green_until_s for light in lights], np.float64),
        amber_s=np.array([light.amber_s for light in lights], np.float64),
        meets_from_m=np.where(both, meets_from_m, np.inf),
        meets_until_m=np.where(both, meets_until_m, np.inf),
        priority=np.where(meeting, plan.priority, 0).astype(np.int8),
        outline_m=plan.outline_m,
        middle_m=plan.middle_m,
    )


def _extended(line: Line, count: int) -> np.ndarray:
    """Points (count, 2), straight on beyond the line's end."""
    beyond = np.arange(1, count - len(line.point_m) + 1)[:, None] * toward(line.heading_rad[-1])
    return np.concatenate([line.point_m, line.point_m[-1] + beyond])


def _held(values: np.ndarray, count: int) -> np.ndarray:
    """(count,), the last value beyond the end."""
    return np.concatenate([values, np.full(count - len(values), values[-1])])


def _ended(values: np.ndarray, count: int) -> np.ndarray:
    """(count,), 0 beyond the end."""
    return np.concatenate([values, np.zeros(count - len(values))])


def _edges(outline_m: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Points of all lines, at most a metre apart, and where each line begins, and where the last one ends."""
    dense = [_dense(line) for line in outline_m]
    return np.concatenate(dense), np.cumsum([0, *(len(line) for line in dense)])


def _dense(line_m: np.ndarray) -> np.ndarray:
    """The same line with its long segments cut into pieces."""
    pieces = np.ceil(np.hypot(*np.diff(line_m, axis=0).T)).astype(int)
    at = np.concatenate([k + np.arange(count) / count for k, count in enumerate(pieces) if count] + [[len(pieces)]])
    return np.stack([np.interp(at, np.arange(len(line_m)), line_m[:, axis]) for axis in (0, 1)], -1)
