"""Draws what evaluation found: differences with intervals, how close it gets, and what shifts cost."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from envs.ground.evaluating import Axis
from pipeline.pictures.panels import GRID, INK, POLICY_COLOURS, colours, drawing, panels, svg
from pipeline.pictures.player import LOSS_COLOUR

_COLUMNS = 4


@drawing
def draw_differences(ours: str, tables: Mapping[str, pd.DataFrame]) -> str:
    """An SVG of paired differences by figure, ours minus each of the others, with their intervals; grey: undecided.

    Args:
        tables: those of pipeline/release/comparison.py by the name of the other.
    """
    figures = list(dict.fromkeys(name for table in tables.values() for name in table["figure"]))
    rows = -(-len(figures) // _COLUMNS)
    figure, found = panels(rows, _COLUMNS, 12.0, rows * (0.9 + 0.35 * len(tables)) + 0.5)
    for axes, name in zip(found, figures, strict=False):
        axes.set_title(name.replace("_", " "), fontsize=9, color=INK)
        axes.axvline(0.0, color=GRID, linewidth=1.0)
        for height, table in enumerate(tables.values()):
            for row in table[table["figure"] == name].itertuples():
                colour = GRID if row.verdict == "undecided" else POLICY_COLOURS["deterministic"]
                axes.plot([row.low, row.high], [height, height], color=colour, linewidth=2.0)
                axes.plot([row.difference], [height], "o", color=colour, markersize=5)
        first_in_row = found.index(axes) % _COLUMNS == 0
        axes.set_yticks(range(len(tables)), list(tables) if first_in_row else [""] * len(tables))
        axes.set_ylim(len(tables) - 0.5, -0.5)
        axes.margins(x=0.15)
    for axes in found[len(figures) :]:
        axes.set_axis_off()
    figure.suptitle(f"{ours} minus", fontsize=10, color=INK, x=0.02, ha="left")
    figure.tight_layout()
    return svg(figure)


@drawing
def draw_closeness(curves: Mapping[str, pd.DataFrame], words: str, limit: float, rules: Sequence[str]) -> str:
    """An SVG of the share of episodes that stayed at or above a closeness, by mode; none give an empty string.

    Args:
        curves: those of statistics.survival by mode; the band is their interval.
        words, limit: of closeness; the limit is dashed (NaN: none).
        rules: the baselines that are drawn.
    """
    if not curves:
        return ""
    figure, (axes,) = panels(1, 1, 8.0, 3.6)
    for mode, curve in curves.items():
        colour = colours(rules)[mode]
        axes.plot(curve["place"], curve["share"], color=colour, linewidth=1.8, label=mode)
        axes.fill_between(curve["place"], curve["low"], curve["high"], color=colour, alpha=0.18, linewidth=0)
    if math.isfinite(limit):
        axes.axvline(limit, color=LOSS_COLOUR, linewidth=1.0, linestyle="--")
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel(words, fontsize=9, color=INK)
    axes.set_ylabel("episodes at or above", fontsize=9, color=INK)
    axes.legend(loc="lower left", fontsize=9, frameon=False, labelcolor=INK)
    figure.tight_layout()
    return svg(figure)


@drawing
def draw_axes(
    curves: Sequence[tuple[Axis, pd.DataFrame]], teams: pd.DataFrame, rate: str, share: str, rules: Sequence[str]
) -> str:
    """An SVG with a panel for each axis, and one for mixed teams; none of both give an empty string.

    Args:
        curves: axes with their rates (pipeline.evaluation.curves.over_axis); bands are intervals.
        teams: a row per others and share, with the leading figure `rate`.
        rules: the baselines that are drawn.
    """
    count = len(curves) + bool(len(teams))
    if count == 0:
        return ""
    figure, found = panels(1, count, 4.0 * max(count, 2), 3.4)
    for axes, (axis, table) in zip(found, curves, strict=False):
        _draw_axis(axes, axis, table, rules)
    for mode, own in teams.groupby("others", sort=False):
        colour = colours(rules).get(str(mode), GRID)
        found[-1].plot(own["share"], own["leading"], color=colour, marker=".", label=f"beside {mode}")
        found[-1].set_xlabel(share, fontsize=9, color=INK)
        found[-1].set_ylabel(rate, fontsize=9, color=INK)
        found[-1].set_ylim(bottom=0.0)
    for axes in found:
        axes.legend(fontsize=8, frameon=False, labelcolor=INK)
    figure.tight_layout()
    return svg(figure)


def _draw_axis(axes: Any, axis: Axis, table: pd.DataFrame, rules: Sequence[str]) -> None:
    """One line per mode with a colour, and its interval as a band."""
    chosen = table[(table["figure"] == axis.figure) & table["mode"].isin(["deterministic", *rules])]
    for mode, own in chosen.groupby("mode", sort=False):
        colour = colours(rules)[str(mode)]
        axes.plot(own["place"], own["value"], color=colour, marker=".", label=mode)
        axes.fill_between(own["place"], own["low"], own["high"], color=colour, alpha=0.18, linewidth=0)
    axes.set_xlabel(axis.unit or axis.words, fontsize=9, color=INK)
    axes.set_ylabel(axis.figure_words, fontsize=9, color=INK)
    if len(chosen) and (chosen["value"] >= 0.0).all():
        axes.set_ylim(bottom=0.0)


@drawing
def draw_profiles(curves: Mapping[str, pd.DataFrame], score: str) -> str:
    """An SVG of performance profiles (run_results.profiles) by policy; the bands are their intervals.

    Args:
        score: what a task's score is, in words.
    """
    figure, (axes,) = panels(1, 1, 8.0, 3.2)
    for name, curve in curves.items():
        (line,) = axes.plot(curve["threshold"], curve["share"], linewidth=1.8, label=name)
        axes.fill_between(
            curve["threshold"], curve["low"], curve["high"], color=line.get_color(), alpha=0.18, linewidth=0
        )
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel(f"score: {score} of a task", fontsize=9, color=INK)
    axes.set_ylabel("runs and tasks above", fontsize=9, color=INK)
    axes.legend(loc="lower left", fontsize=9, frameon=False, labelcolor=INK)
    figure.tight_layout()
    return svg(figure)


@drawing
def draw_shifts(table: pd.DataFrame, rules: Sequence[str], percent: bool) -> str:
    """An SVG of the leading figure against the size of shifts, a panel for each family; dashed: fewer than all shifted.

    Args:
        table: that of shift_figures.curves, seeds of a policy averaged. Shifts without a single size are
            averaged over sizes that are the same or stand side by side. None: an empty string.
        rules: the baselines that are drawn. percent: the figure is a share, from 0 to 1.
    """
    families = [name for name in table["shift_family"].unique() if name != "none"] if len(table) else []
    if not families:
        return ""
    rows = -(-len(families) // _COLUMNS)
    figure, found = panels(rows, _COLUMNS, 12.0, 2.3 * rows + 0.5)
    for axes, family in zip(found, families, strict=False):
        axes.set_title(family.replace("_", " "), fontsize=9, color=INK)
        _draw_family(axes, table[table["shift_family"] == family], rules)
        if percent:
            axes.set_ylim(-0.03, 1.03)
    for axes in found[len(families) :]:
        axes.set_axis_off()
    handles = dict(zip(*reversed(found[0].get_legend_handles_labels()), strict=True))
    names = list(handles)
    figure.legend([handles[name] for name in names], names, loc="lower center", ncols=3, fontsize=9, frameon=False)
    figure.tight_layout(rect=(0, 0.05, 1, 1))
    return svg(figure)


def _draw_family(axes: Any, table: pd.DataFrame, rules: Sequence[str]) -> None:
    labels = None if table["size"].notna().all() else list(dict.fromkeys(table["size_label"]))
    for mode in ("deterministic", *reversed(rules)):
        for who, played in table[table["mode"] == mode].groupby("shifted"):
            place = played["size"] if labels is None else played["size_label"].map(labels.index)
            curve = played["leading"].groupby(place).mean()
            style = "-" if who == "all" else "--"
            colour = colours(rules)[mode]
            axes.plot(curve.index, curve, style, color=colour, marker=".", linewidth=1.4, label=mode)
    if labels is not None:
        axes.set_xticks(range(len(labels)), labels)
