"""The roads that episodes are drawn on, a fixed number for each split, and all roads of a batch as one table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from envs.ground.world import SPLITS
from envs.roads.simulation.compiled.table import (
    BEND_MPS2,
    HARD,
    HARD_MPS2,
    LEFT,
    LIGHT,
    LINE,
    NARROW_LEFT,
    NARROW_M,
    NARROW_RIGHT,
    NUM_COLUMNS,
    PAIR,
    RIGHT,
    ROAD,
    SOFT,
    SOFT_MPS2,
    Table,
)
from envs.roads.simulation.geometry.drawing import draw_roads
from envs.roads.simulation.geometry.road_settings import RoadSettings
from envs.roads.simulation.geometry.roads import Roads

NUM_SPLITS = 4
"""As the two highest bits of a seed tell."""


@cache
def drawn_roads(settings: RoadSettings, number: int, split: int) -> tuple[Roads, ...]:
    """The roads of a split, drawn once per process.

    Args:
        split: the two highest bits of their seeds: no split has a road of another's.
    """
    seeds = np.random.SeedSequence(number).generate_state(number, np.uint64)
    return tuple(draw_roads((int(seed) >> 2) | (split << 62), settings) for seed in seeds)


def split_of(episode_seeds: np.ndarray) -> np.ndarray:
    """The splits (N,) that seeds (N,) uint64 name; the fourth, which is nobody's, draws on the test's roads."""
    return np.minimum((episode_seeds >> np.uint64(62)).astype(np.int64), max(SPLITS.values()))


def tabulate(roads: Sequence[Roads]) -> Table:
    """The table of at least one road."""
    most = max(road.num_routes for road in roads)
    lines, pairs = np.zeros((len(roads), most), LINE), np.zeros((len(roads), most, most), PAIR)
    lights = np.ones((len(roads), max(1, *(road.num_signals for road in roads))), LIGHT)
    points: list[np.ndarray] = []
    first = 0
    for k, road in enumerate(roads):
        rows = _points(road)
        lines[k, : road.num_routes] = _lines(road, first)
        pairs[k, : road.num_routes, : road.num_routes] = _pairs(road)
        lights[k, : road.num_signals] = _lights(road)
        points.append(rows)
        first += len(rows)
    ground = np.concatenate(points).astype(np.float32)
    return Table(ground, lines, pairs, lights, np.array([_road(road) for road in roads], ROAD))


def _points(road: Roads) -> np.ndarray:
    """Rows (N, NUM_COLUMNS), route after route."""
    return np.concatenate([_rows(road, route, count) for route, count in enumerate(_counts(road))])


def _rows(road: Roads, route: int, count: int) -> np.ndarray:
    """Rows (count, NUM_COLUMNS) of one route."""
    heading, curvature, limit = road.heading_rad[route], road.curvature_per_m[route], road.limit_mps[route]
    left, right = road.left_m[route, :count], road.right_m[route, :count]
    bend = np.minimum(limit, np.sqrt(BEND_MPS2 / np.maximum(np.abs(curvature), 1e-6)))[:count]
    own = (*road.point_m[route].T, np.cos(heading), np.sin(heading), curvature, limit)
    rows = np.zeros((count, NUM_COLUMNS))
    rows[:, : len(own)] = np.stack([column[:count] for column in own], -1)
    rows[:, LEFT], rows[:, RIGHT] = left, right
    rows[:, NARROW_LEFT], rows[:, NARROW_RIGHT] = _least_around(left), _least_around(right)
    rows[:, SOFT], rows[:, HARD] = _approach(bend, SOFT_MPS2), _approach(bend, HARD_MPS2)
    return rows


def _least_around(values: np.ndarray) -> np.ndarray:
    """(N,), the least within NARROW_M points either way."""
    padded = np.pad(values, NARROW_M, mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * NARROW_M + 1).min(1)


def _approach(speed: np.ndarray, braking: float) -> np.ndarray:
    """(N,), the speeds from which all speeds ahead (N,) are reached by this braking, in m/s2."""
    squared = speed**2
    for n in range(len(squared) - 2, -1, -1):
        squared[n] = min(squared[n], squared[n + 1] + 2.0 * braking)
    return np.sqrt(squared)


def _counts(road: Roads) -> np.ndarray:
    """(R,), the points of each route: one each metre."""
    return np.floor(road.length_m + 1e-9).astype(np.int64) + 1


def _lines(road: Roads, first: int) -> np.ndarray:
    lines, counts = np.zeros(road.num_routes, LINE), _counts(road)
    lines["first"], lines["count"] = first + np.cumsum(counts) - counts, counts
    lines["length"], lines["stop"], lines["signal"] = road.length_m, road.stop_m, road.signal
    lines["entry"] = np.unique(road.entry, return_inverse=True)[1]
    return lines


def _pairs(road: Roads) -> np.ndarray:
    pairs = np.zeros((road.num_routes, road.num_routes), PAIR)
    pairs["start"], pairs["until"], pairs["priority"] = road.meets_from_m, road.meets_until_m, road.priority
    return pairs


def _lights(road: Roads) -> np.ndarray:
    lights = np.zeros(road.num_signals, LIGHT)
    lights["cycle"], lights["green_from"], lights["amber"] = road.cycle_s, road.green_from_s, road.amber_s
    lights["green_for"] = road.green_until_s - road.green_from_s
    return lights


def _road(road: Roads) -> tuple[int, int, float]:
    return road.num_routes, len(np.unique(road.entry)), TRUCK_SHARES.get(road.family, 0.0)


TRUCK_SHARES = {"trucks": 0.3}
"""Families in which so many cars are trucks, whatever is drawn elsewhere."""
