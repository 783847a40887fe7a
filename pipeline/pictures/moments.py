"""How a scene stands between two of its samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from envs.ground.scene import Scene

Pair = tuple[int, int, float]
"""Two agents, by number, and how far apart they are."""


@dataclass(frozen=True, eq=False)
class Moment:
    """A scene at a time: the sample before it, and where its A agents are.

    place, ahead: (A, 2), the latter gone in the look's `ahead` (at the end: as before it). course: (A,) degrees.
    shown, finished: (A,) bool. pairs: of those shown, nearest first; close: those of them that are too near.
    """

    index: int
    time: float
    place: np.ndarray
    ahead: np.ndarray
    course: np.ndarray
    shown: np.ndarray
    finished: np.ndarray
    pairs: list[Pair]
    close: list[Pair]


def moment(scene: Scene, time: float) -> Moment:
    """A scene at a time between 0 and its end, on straight lines between samples."""
    k = int(np.searchsorted(scene.time, time, side="right")) - 1
    following = min(k + 1, len(scene.time) - 1)
    duration = float(scene.time[following] - scene.time[k]) or 1.0
    share = (time - scene.time[k]) / duration
    after, slots = np.where(scene.known[following], following, k), np.arange(len(scene.ids))
    gone = scene.place[after, slots] - scene.place[k]
    at_end = following == k and k > 0
    before = scene.place[k] - scene.place[k - 1] if at_end else gone
    lasting = float(scene.time[k] - scene.time[k - 1]) if at_end else duration
    turned = (scene.course[after, slots] - scene.course[k] + 180.0) % 360.0 - 180.0
    place, shown = scene.place[k] + share * gone, scene.shown[k] & scene.known[k]
    pairs = _pairs(place, np.flatnonzero(shown)) if np.isfinite(scene.look.near) else []
    return Moment(
        index=k,
        time=time,
        place=place,
        ahead=np.nan_to_num(before) * scene.look.ahead / lasting,
        course=np.nan_to_num(scene.course[k] + share * turned),
        shown=shown,
        finished=scene.finished[k],
        pairs=pairs,
        close=[pair for pair in pairs if pair[2] < scene.look.near],
    )


def said(scene: Scene, now: Moment) -> str:
    """What is plotted, at this moment: how near the nearest two are, or the curve's value."""
    if np.isfinite(scene.look.near):
        return f"nearest pair {now.pairs[0][2]:.2f} {scene.look.unit}".rstrip() if now.pairs else "no pair"
    value = scene.curve[now.index]
    known = f"{value:.4g} {scene.look.curve_unit}".rstrip() if np.isfinite(value) else ""
    return f"{scene.look.curve_words} {known}" if known else ""


def _pairs(place: np.ndarray, shown: np.ndarray) -> list[Pair]:
    first, second = np.triu_indices(len(shown), 1)
    distance = np.hypot(*(place[shown[first]] - place[shown[second]]).T)
    return [(int(shown[first[n]]), int(shown[second[n]]), float(distance[n])) for n in np.argsort(distance)]
