"""Small drawings of whole episodes: the paths of all agents, or the last of a world's own pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from envs.ground.scene import Look, Scene
from pipeline.pictures.panels import GRID, INK, drawing, sheets, svg
from pipeline.pictures.player import LOSS_COLOUR, colour
from pipeline.pictures.scales import rounded_down

_SCALE_SHARE = 0.25
"""Of a drawing's width, where no distance is more telling."""


@drawing
def trajectories(scenes: Mapping[str, Scene], columns: int) -> Any:
    """A figure of small multiples, each with a scale; red where something went wrong.

    The title of each is its key and its summary.
    """
    if columns < 1:
        raise ValueError(f"columns: {columns}, wanted at least 1")
    columns = min(columns, max(len(scenes), 1))
    rows = max(-(-len(scenes) // columns), 1)
    figure, found = sheets(rows, columns, 2.3 * columns, 2.55 * rows)
    for axes, (name, scene) in zip(found, scenes.items(), strict=False):
        axes.set_title(
            f"{name}\n{scene.summary}", fontsize=8, color=LOSS_COLOUR if scene.alarm.any() else INK, linespacing=1.3
        )
        _draw_whole(axes, scene)
    height = figure.get_figheight()  # fixed margins: measuring all texts of many panels takes seconds
    figure.subplots_adjust(left=0.01, right=0.99, top=1 - 0.42 / height, bottom=0.2 / height, wspace=0.08, hspace=0.32)
    return figure


@drawing
def draw_scenario(nobody: Scene, solved: Scene | None) -> str:
    """An inline SVG of a scenario in which nobody acts, and in which it is solved, where a way is known.

    Dotted: nobody acts, red where something goes wrong, until the end of the other; coloured: solved, pale where an
    agent has finished.
    """
    figure, (axes,) = sheets(1, 1, 2.6, 2.6)
    if nobody.frames is not None:
        axes.imshow(nobody.frames[0])
    else:
        last = (nobody if solved is None else solved).end
        until = int(np.searchsorted(nobody.time, last, side="right"))
        for a, name in enumerate(nobody.ids):
            _draw_untouched(axes, nobody, a, until)
            scene, samples = (nobody, 1) if solved is None else (solved, len(solved.time))
            _draw_path(axes, scene, scene.ids.index(name), colour(a), samples)
        _frame(axes, nobody)
    figure.tight_layout(pad=0.4)
    return svg(figure)


def _draw_whole(axes: Any, scene: Scene) -> None:
    if scene.frames is not None:
        axes.imshow(scene.frames[-1])
        return
    for a in range(len(scene.ids)):
        _draw_path(axes, scene, a, colour(a), len(scene.time))
    _frame(axes, scene)


def _frame(axes: Any, scene: Scene) -> None:
    for line in scene.lines:
        axes.plot(*line.T, color=GRID, linewidth=0.8, zorder=0)
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.08)
    _draw_scale(axes, scene.look)


def _draw_untouched(axes: Any, scene: Scene, a: int, until: int) -> None:
    """Draw the path of an agent that never acts: dotted until it has finished, red where something goes wrong."""
    under_way = (scene.shown & ~scene.finished)[:until, a]
    places, alarm = scene.place[:until, a][under_way], scene.alarm[:until, a][under_way]
    axes.plot(*places.T, ":", color=GRID, linewidth=1.2)
    if alarm.any():
        axes.plot(*np.where(alarm[:, None], places, np.nan).T, ":", color=LOSS_COLOUR, linewidth=2.2)


def _draw_path(axes: Any, scene: Scene, a: int, own: str, samples: int) -> None:
    shown = scene.shown[:samples, a] & scene.known[:samples, a]
    if not shown.any():
        return
    path = scene.place[:samples, a][shown]
    alarm, finished = scene.alarm[:samples, a][shown][1:], scene.finished[:samples, a][shown][:-1]
    manner = np.where(alarm, 2, finished.astype(int))  # of each leg: under way, finished, something went wrong
    edges = [0, *(np.flatnonzero(np.diff(manner)) + 1), len(manner)]
    for start, stop in pairwise(edges):
        if start < stop:
            axes.plot(*path[start : stop + 1].T, **_leg_style(manner[start], own), solid_capstyle="butt")
    axes.plot(*path[0], "o", color=own, markersize=4)
    axes.plot(*scene.goal[a], "x", color=own, markersize=5, mew=1.5)


def _leg_style(manner: int, own: str) -> dict[str, Any]:
    return (
        {"color": own, "linewidth": 1.4},
        {"color": own, "linewidth": 1.4, "alpha": 0.35},
        {"color": LOSS_COLOUR, "linewidth": 2.4},
    )[manner]


def _draw_scale(axes: Any, look: Look) -> None:
    """Draw a bar at the lower left of the axes, in their own coordinates so that it never hides a path."""
    if look.shape == "piece":
        return
    axes.apply_aspect()
    left, right = axes.get_xlim()
    length = look.near if math.isfinite(look.near) else rounded_down(_SCALE_SHARE * (right - left))
    share = length / (right - left)
    axes.plot([0, share], [-0.03, -0.03], color=INK, linewidth=2, transform=axes.transAxes, clip_on=False)
    words = f"{length:g} {look.unit}".rstrip()
    axes.text(share + 0.03, -0.03, words, fontsize=7, color=INK, va="center", transform=axes.transAxes)
