"""The plot below the map: the smallest separation over time, losses in red, and the present moment."""

from __future__ import annotations

import numpy as np

from envs.airspace.pictures.scene import SEPARATION_MINIMUM_NM, Flight
from pipeline.pictures.viewer.inks import GRID, INK, LOSS, MUTED, SEA
from pipeline.pictures.viewer.sheet import Sheet, mixed, width_of

PLOT_HEIGHT = 124
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 14, 22, 22
_HIGHEST_NM = 25.0
"""What lies above is drawn there."""
_TICKS_S = (60, 120, 300, 600, 1200, 3600, 7200)
_LABEL_PX = 90


class _Axes:
    """From seconds and NM to pixels."""

    def __init__(self, sheet: Sheet, flight: Flight, end_s: float, top: float) -> None:
        known = flight.smallest_nm[np.isfinite(flight.smallest_nm)]
        self.highest_nm = min(_HIGHEST_NM, max(11.0, *known, 0.0) + 1)
        self.end_s, self.top, self.bottom = end_s, top + _TOP, top + PLOT_HEIGHT - _BOTTOM
        self.left, self.right = _LEFT, sheet.width - _RIGHT

    def x(self, time_s: float) -> float:
        return self.left + time_s / (self.end_s or 1.0) * (self.right - self.left)

    def y(self, separation_nm: float) -> float:
        share = min(separation_nm, self.highest_nm) / self.highest_nm
        return self.top + (1 - share) * (self.bottom - self.top)


def draw_plot(sheet: Sheet, flight: Flight, time_s: float, end_s: float, top: float) -> None:
    """Draw the whole flight's smallest separation from 0 to `end_s` below `top` (pixels), and where `time_s` is."""
    axes = _Axes(sheet, flight, end_s, top)
    lost = flight.smallest_nm < SEPARATION_MINIMUM_NM
    for k in np.flatnonzero(lost[1:]):
        left, right = axes.x(flight.time_s[k]), axes.x(flight.time_s[k + 1])
        sheet.area(left, axes.top, right, axes.bottom, mixed(LOSS, SEA, 0.13))
    _draw_axes(sheet, axes)
    if flight.minimum_nm is None:
        middle = (axes.left + axes.right) / 2, axes.top + (axes.bottom - axes.top) * 0.3
        sheet.words("no pair, no separation", middle, MUTED, 12, "mm")
    else:
        _draw_curve(sheet, axes, flight, lost, flight.minimum_nm)
    now = axes.x(time_s)
    sheet.line([(now, axes.top), (now, axes.bottom)], INK, 1.5)


def _draw_axes(sheet: Sheet, axes: _Axes) -> None:
    sheet.words("smallest separation, NM", (axes.left, axes.top - 11), MUTED, 11)
    for level_nm in (0, 10, 20):
        if level_nm <= axes.highest_nm:
            sheet.line([(axes.left, axes.y(level_nm)), (axes.right, axes.y(level_nm))], GRID)
            sheet.words(str(level_nm), (axes.left - 6, axes.y(level_nm)), MUTED, 11, "rm")
    if axes.highest_nm == _HIGHEST_NM:
        sheet.words(f"{_HIGHEST_NM:g}+", (axes.left - 6, axes.top), MUTED, 11, "rm")
    level = axes.y(SEPARATION_MINIMUM_NM)
    sheet.dashed((axes.left, level), (axes.right, level), LOSS, 1.2, (5, 4))
    sheet.words(str(SEPARATION_MINIMUM_NM), (axes.left - 6, level), LOSS, 11, "rm")
    most = (axes.right - axes.left) / _LABEL_PX
    every_s = next((step for step in _TICKS_S if axes.end_s / step <= most), _TICKS_S[-1])
    for tick_s in np.arange(0, axes.end_s + 1e-9, every_s):
        words = f"{int(tick_s // 60)}:{int(tick_s % 60):02d}"
        x = min(axes.x(tick_s), sheet.width - 4 - width_of(words, 11) / 2)
        sheet.words(words, (x, axes.bottom + 11), MUTED, 11, "mm")


def _draw_curve(sheet: Sheet, axes: _Axes, flight: Flight, lost: np.ndarray, minimum_nm: float) -> None:
    pixels = np.array([(axes.x(s), axes.y(nm)) for s, nm in zip(flight.time_s, flight.smallest_nm, strict=True)])
    for k in range(1, len(pixels)):
        if np.isfinite(pixels[k - 1 : k + 1]).all():
            sheet.line(pixels[k - 1 : k + 1], LOSS if lost[k] else INK, 3 if lost[k] else 1.6)
    x, y = pixels[int(np.nanargmin(flight.smallest_nm))]
    colour = LOSS if minimum_nm < SEPARATION_MINIMUM_NM else INK
    sheet.circle((x, y), 4, colour, 2)
    side, anchor = (-9, "rm") if x > sheet.width - 90 else (9, "lm")
    sheet.words(f"{minimum_nm:.2f} NM", (x + side, y - 9), colour, 11, anchor)
