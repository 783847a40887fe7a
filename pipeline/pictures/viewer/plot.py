"""The plot below the map: the curve over time, in red where something goes wrong, and the present moment."""

from __future__ import annotations

import numpy as np

from envs.ground.scene import Scene
from pipeline.pictures.scales import rounded_up
from pipeline.pictures.viewer.inks import GRID, INK, LOSS, MUTED, SEA
from pipeline.pictures.viewer.sheet import Sheet, mixed, width_of

PLOT_HEIGHT = 124
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 14, 22, 22
_MOST_LIMITS = 5.0
"""What lies above so many limits is drawn there."""
_TICKS_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 3600, 7200)
_LABEL_PX = 90


def clock(time_s: float) -> str:
    """A time as minutes and seconds."""
    return f"{int(time_s // 60)}:{int(time_s % 60):02d}"


def span(scene: Scene) -> tuple[float, float, bool]:
    """The lowest and the highest that is plotted, and whether the curve goes beyond it."""
    known, limit = scene.curve[np.isfinite(scene.curve)], scene.look.limit
    if limit > 0:
        highest = max(2.2 * limit, *known, 0.0) + 0.2 * limit
        return min(0.0, *known, 0.0), min(highest, _MOST_LIMITS * limit), highest >= _MOST_LIMITS * limit
    low, high = min(0.0, *known, 0.0), max(0.0, *known, 0.0)
    clear = 0.08 * (high - low) or 1.0
    return low - clear * (low < 0), high + clear, False


class _Axes:
    """From time and the curve's values to pixels."""

    def __init__(self, sheet: Sheet, scene: Scene, end: float, top: float) -> None:
        self.lowest, self.highest, self.cut = span(scene)
        self.end, self.top, self.bottom = end, top + _TOP, top + PLOT_HEIGHT - _BOTTOM
        self.left, self.right = _LEFT, sheet.width - _RIGHT

    def x(self, time: float) -> float:
        return self.left + time / (self.end or 1.0) * (self.right - self.left)

    def y(self, value: float) -> float:
        share = (min(value, self.highest) - self.lowest) / (self.highest - self.lowest)
        return self.top + (1 - share) * (self.bottom - self.top)


def draw_plot(sheet: Sheet, scene: Scene, time: float, end: float, top: float) -> None:
    """Draw the whole curve from 0 to `end` below `top` (pixels), and where `time` is."""
    axes, alarm = _Axes(sheet, scene, end, top), scene.alarming
    for k in np.flatnonzero(alarm[1:]):
        left, right = axes.x(scene.time[k]), axes.x(scene.time[k + 1])
        sheet.area(left, axes.top, right, axes.bottom, mixed(LOSS, SEA, 0.13))
    _draw_axes(sheet, axes, scene)
    if np.isfinite(scene.curve).any():
        _draw_curve(sheet, axes, scene, alarm)
    else:
        middle = (axes.left + axes.right) / 2, axes.top + (axes.bottom - axes.top) * 0.3
        sheet.words(scene.summary, middle, MUTED, 12, "mm")
    now = axes.x(time)
    sheet.line([(now, axes.top), (now, axes.bottom)], INK, 1.5)


def _draw_axes(sheet: Sheet, axes: _Axes, scene: Scene) -> None:
    words = ", ".join(filter(None, (scene.look.curve_words, scene.look.curve_unit)))
    sheet.words(words, (axes.left, axes.top - 11), MUTED, 11)
    _draw_levels(sheet, axes, scene.look.limit)
    for tick in np.arange(0, axes.end + 1e-9, _every(axes, scene.look.seconds)):
        words = clock(tick) if scene.look.seconds else f"{tick:g}"
        x = min(axes.x(tick), sheet.width - 4 - width_of(words, 11) / 2)
        sheet.words(words, (x, axes.bottom + 11), MUTED, 11, "mm")


def _draw_levels(sheet: Sheet, axes: _Axes, limit: float) -> None:
    every = rounded_up((axes.highest - axes.lowest) / 2.5)
    for level in np.arange(np.ceil(axes.lowest / every), axes.highest / every + 1e-9) * every:
        if level != limit and not (axes.cut and level == axes.highest):
            sheet.line([(axes.left, axes.y(level)), (axes.right, axes.y(level))], GRID)
            sheet.words(f"{level:g}", (axes.left - 6, axes.y(level)), MUTED, 11, "rm")
    if axes.cut:
        sheet.words(f"{axes.highest:g}+", (axes.left - 6, axes.top), MUTED, 11, "rm")
    if np.isfinite(limit):
        sheet.dashed((axes.left, axes.y(limit)), (axes.right, axes.y(limit)), LOSS, 1.2, (5, 4))
        sheet.words(f"{limit:g}", (axes.left - 6, axes.y(limit)), LOSS, 11, "rm")


def _every(axes: _Axes, seconds: bool) -> float:
    """The time from label to label."""
    least = axes.end * _LABEL_PX / (axes.right - axes.left)
    if not seconds:
        return rounded_up(max(least, 1.0))
    return float(next((step for step in _TICKS_S if step >= least), _TICKS_S[-1]))


def _draw_curve(sheet: Sheet, axes: _Axes, scene: Scene, alarm: np.ndarray) -> None:
    pixels = np.array([(axes.x(time), axes.y(value)) for time, value in zip(scene.time, scene.curve, strict=True)])
    for k in range(1, len(pixels)):
        if np.isfinite(pixels[k - 1 : k + 1]).all():
            sheet.line(pixels[k - 1 : k + 1], LOSS if alarm[k] else INK, 3 if alarm[k] else 1.6)
    if np.isfinite(scene.look.limit):
        _mark_lowest(sheet, pixels, scene)


def _mark_lowest(sheet: Sheet, pixels: np.ndarray, scene: Scene) -> None:
    lowest = int(np.nanargmin(scene.curve))
    (x, y), colour = pixels[lowest], LOSS if scene.alarm[lowest].any() else INK
    sheet.circle((x, y), 4, colour, 2)
    side, anchor = (-9, "rm") if x > sheet.width - 90 else (9, "lm")
    words = f"{scene.curve[lowest]:.2f} {scene.look.curve_unit}".rstrip()
    sheet.words(words, (x + side, y - 9), colour, 11, anchor)
