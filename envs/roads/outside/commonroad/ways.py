"""The line that a car drives: as it was recorded, or to its goal along lanelets; and from there on along lanelets."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from envs.roads.outside.commonroad.files import Body, Task
from envs.roads.outside.commonroad.lanelets import Lanelet, Network, aside, resampled
from envs.roads.simulation.geometry.lines import normal, toward

ONWARD_M = 60.0
"""So far a car drives on beyond the end of its recording, or its goal, if the lanelets do not end before."""

MOST_M = 600.0
_JITTER_M, _MOVES_M = 1.0, 4.0
_BLEND_M, _BEHIND_M = 20.0, 1.0
_SMOOTH = 3


def recorded_line(body: Body, network: Network) -> np.ndarray | None:
    """Points (N, 2) a metre apart from behind its start, and on; None: it is on no lanelet and does not move."""
    path = _without_jitter(body.path_m)
    moved = float(np.hypot(*np.diff(path, axis=0).T).sum()) if len(path) > 1 else 0.0
    if moved < _MOVES_M:
        return _line(body.path_m[:1], body.heading_rad, body.length_m, network)
    return _line(_smooth(_each_metre(path)), body.heading_rad, body.length_m, network)


def planned_line(task: Task, length_m: float, network: Network) -> np.ndarray:
    """Points (N, 2) a metre apart from behind a task's start to its goal, and on.

    Raises:
        ValueError: it begins on no lanelet, or no lanelets lead to the goal.
    """
    begin = network.at(task.place_m, task.heading_rad)
    if begin is None:
        raise ValueError("initialState: got a place on no lanelet, wanted one on the road")
    goals = [*task.lanelets, *(one.id for one in network.by_id.values() if one.covers(task.places_m).any())]
    if not goals:
        return _checked(_line(task.place_m[None], task.heading_rad, length_m, network))
    route = network.route(begin, goals)
    if route is None:
        raise ValueError(f"goalState: got a goal that no lanelets lead to from lanelet {begin.id}, wanted one that do")
    middle = _middle_of(route)
    first, off = aside(task.place_m, middle)
    path = _smooth(_blended(middle[first:], off))
    return _checked(_line(path, task.heading_rad, length_m, network))


def _checked(line: np.ndarray | None) -> np.ndarray:
    assert line is not None
    return line


def _line(path: np.ndarray, heading_rad: float, length_m: float, network: Network) -> np.ndarray | None:
    """A path with what lies behind it, half a car, and what comes after it."""
    if len(path) > 1:
        way = path[-1] - path[-min(len(path), 3)]
        end_rad = float(np.arctan2(way[1], way[0]))
    else:
        end_rad = heading_rad
    ahead = _onward(path[-1], end_rad, network)
    if ahead is None and len(path) == 1:
        return None
    behind = path[0] - (0.5 * length_m + _BEHIND_M) * toward(heading_rad)
    parts = [behind[None], path] + ([] if ahead is None else [ahead])
    return _each_metre(_without_jitter(np.concatenate(parts)))[: int(MOST_M)]


def _onward(place_m: np.ndarray, heading_rad: float, network: Network) -> np.ndarray | None:
    """From a place along the lanelet that it lies on and those after it, towards their middle."""
    lanelet = network.at(place_m, heading_rad)
    if lanelet is None:
        return None
    middle = _middle_of(network.onward(lanelet, ONWARD_M))
    first, off = aside(place_m, middle)
    found = _blended(middle[first : first + int(ONWARD_M)], off)
    return found[2:] if len(found) > 3 else None


def _blended(middle: np.ndarray, off_m: float) -> np.ndarray:
    """A line that begins so far to the left of a middle, and comes to it within _BLEND_M."""
    if len(middle) < 2:
        return middle
    way = np.gradient(middle, axis=0)
    share = np.clip(np.arange(len(middle)) / _BLEND_M, 0.0, 1.0)
    left = off_m * (1.0 - share**2 * (3.0 - 2.0 * share))
    return np.asarray(middle + left[:, None] * normal(np.arctan2(way[:, 1], way[:, 0])))


def _middle_of(route: Sequence[Lanelet]) -> np.ndarray:
    """A line along lanelets; where the next one lies beside, it changes over in the middle half of both."""
    lines = [route[0].middle_m]
    for before, after in pairwise(route):
        if after.id in before.successors:
            lines.append(after.middle_m)
        else:
            lines[-1] = lines[-1][: max(2, len(lines[-1]) // 4)]
            lines.append(after.middle_m[3 * len(after.middle_m) // 4 :])
    return _each_metre(_without_jitter(np.concatenate(lines)))


def _without_jitter(path: np.ndarray) -> np.ndarray:
    """Of a path those places that are some way from the one before."""
    kept = [path[0]]
    for place in path[1:]:
        if np.hypot(*(place - kept[-1])) >= _JITTER_M:
            kept.append(place)
    return np.array(kept)


def _each_metre(path: np.ndarray) -> np.ndarray:
    length = float(np.hypot(*np.diff(path, axis=0).T).sum()) if len(path) > 1 else 0.0
    return resampled(path, int(length) + 1) if length >= 1.0 else path[:1]


def _smooth(path: np.ndarray) -> np.ndarray:
    """The same path without the noise of its points; its ends stay."""
    width = min(_SMOOTH, (len(path) - 1) // 2)
    if width < 1:
        return path
    kernel = np.exp(-0.5 * (np.arange(-2 * width, 2 * width + 1) / width) ** 2)
    reach = 2 * width
    before, after = 2.0 * path[0] - path[reach:0:-1], 2.0 * path[-1] - path[-2 : -reach - 2 : -1]
    if len(before) < reach or len(after) < reach:
        return path
    padded = np.concatenate([before, path, after])
    return np.stack([np.convolve(padded[:, axis], kernel / kernel.sum(), "valid") for axis in (0, 1)], -1)
