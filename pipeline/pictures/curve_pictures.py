"""Draws what evaluation found: differences with intervals, survival of separation, and what shifts cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from envs.airspace.simulation.worlds import LOSS_NM as SEPARATION_MINIMUM_NM
from pipeline.pictures.panels import GRID, INK, MODE_COLOURS, drawing, panels, svg
from pipeline.pictures.player import LOSS_COLOUR

SHIFT_MODES = ("deterministic", "hold", "mvp")
_COLUMNS = 4


@drawing
def draw_differences(ours: str, tables: Mapping[str, pd.DataFrame]) -> str:
    """An SVG of paired differences by figure, ours minus each of the others, with their intervals; grey: undecided.

    Args:
        tables: those of pipeline/evaluation/comparison.py by the name of the other.
    """
    figures = list(dict.fromkeys(name for table in tables.values() for name in table["figure"]))
    rows = -(-len(figures) // _COLUMNS)
    figure, found = panels(rows, _COLUMNS, 12.0, rows * (0.9 + 0.35 * len(tables)) + 0.5)
    for axes, name in zip(found, figures, strict=False):
        axes.set_title(name.replace("_", " "), fontsize=9, color=INK)
        axes.axvline(0.0, color=GRID, linewidth=1.0)
        for height, table in enumerate(tables.values()):
            for row in table[table["figure"] == name].itertuples():
                colour = GRID if row.verdict == "undecided" else MODE_COLOURS["deterministic"]
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
def draw_survival(curves: Mapping[str, pd.DataFrame]) -> str:
    """An SVG of the share of episodes whose smallest separation stayed at or above a distance, by mode.

    Args:
        curves: those of statistics.survival by mode; the band is their interval. None give an empty string.
    """
    if not curves:
        return ""
    figure, (axes,) = panels(1, 1, 8.0, 3.6)
    for mode, curve in curves.items():
        colour = MODE_COLOURS[mode]
        axes.plot(curve["distance_nm"], curve["share"], color=colour, linewidth=1.8, label=mode)
        axes.fill_between(curve["distance_nm"], curve["low"], curve["high"], color=colour, alpha=0.18, linewidth=0)
    axes.axvline(SEPARATION_MINIMUM_NM, color=LOSS_COLOUR, linewidth=1.0, linestyle="--")
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel("smallest separation, NM (dashed: the minimum)", fontsize=9, color=INK)
    axes.set_ylabel("episodes at or above", fontsize=9, color=INK)
    axes.legend(loc="lower left", fontsize=9, frameon=False, labelcolor=INK)
    figure.tight_layout()
    return svg(figure)


@drawing
def draw_traffic(densities: pd.DataFrame, numbers: pd.DataFrame, equipage: pd.DataFrame) -> str:
    """An SVG of three panels: losses per flight hour over density, LoS rate over number of aircraft, mixed equipage.

    Args:
        densities, numbers: those of pipeline.evaluation.curves.over_traffic; bands are intervals. equipage: a row per
            others and share.
    """
    figure, found = panels(1, 3, 12.0, 3.4)
    _draw_curves(found[0], densities, "los_per_flight_hour", "aircraft per 10,000 NM\N{SUPERSCRIPT TWO}")
    found[0].set_ylabel("pairs with LoS per flight hour", fontsize=9, color=INK)
    _draw_curves(found[1], numbers, "los_rate", "aircraft")
    found[1].set_ylabel("episodes with LoS", fontsize=9, color=INK)
    for mode, own in equipage.groupby("others", sort=False):
        found[2].plot(own["share"], own["los_rate"], color=MODE_COLOURS[str(mode)], marker=".", label=f"beside {mode}")
    found[2].set_xlabel("share of aircraft that fly the policy", fontsize=9, color=INK)
    found[2].set_ylim(bottom=0.0)
    for axes in found:
        axes.legend(fontsize=8, frameon=False, labelcolor=INK)
    figure.tight_layout()
    return svg(figure)


def _draw_curves(axes: Any, table: pd.DataFrame, figure: str, place: str) -> None:
    """One line per mode with a colour, and its interval as a band."""
    chosen = table[(table["figure"] == figure) & table["mode"].isin(SHIFT_MODES)]
    for mode, own in chosen.groupby("mode", sort=False):
        colour = MODE_COLOURS[str(mode)]
        axes.plot(own["place"], own["value"], color=colour, marker=".", label=mode)
        axes.fill_between(own["place"], own["low"], own["high"], color=colour, alpha=0.18, linewidth=0)
    axes.set_xlabel(place, fontsize=9, color=INK)
    axes.set_ylim(bottom=0.0)


@drawing
def draw_profiles(curves: Mapping[str, pd.DataFrame]) -> str:
    """An SVG of performance profiles (run_results.profiles) by policy; the bands are their intervals."""
    figure, (axes,) = panels(1, 1, 8.0, 3.2)
    for name, curve in curves.items():
        (line,) = axes.plot(curve["threshold"], curve["share"], linewidth=1.8, label=name)
        axes.fill_between(
            curve["threshold"], curve["low"], curve["high"], color=line.get_color(), alpha=0.18, linewidth=0
        )
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel("score: 1 - LoS rate of a task", fontsize=9, color=INK)
    axes.set_ylabel("runs and tasks above", fontsize=9, color=INK)
    axes.legend(loc="lower left", fontsize=9, frameon=False, labelcolor=INK)
    figure.tight_layout()
    return svg(figure)


@drawing
def draw_shifts(table: pd.DataFrame) -> str:
    """An SVG of LoS rates against the size of shifts, a panel for each family; full: all shifted, dashed: fewer.

    Args:
        table: that of shift_figures.curves, seeds of a policy averaged. Types and winds by direction, which
            have no single size, are averaged over sizes that are the same or stand side by side. None: an empty string.
    """
    families = [name for name in table["shift_family"].unique() if name != "none"] if len(table) else []
    if not families:
        return ""
    rows = -(-len(families) // _COLUMNS)
    figure, found = panels(rows, _COLUMNS, 12.0, 2.3 * rows + 0.5)
    for axes, family in zip(found, families, strict=False):
        own = table[table["shift_family"] == family]
        labels = None if own["size"].notna().all() else list(dict.fromkeys(own["size_label"]))
        axes.set_title(family.replace("_", " "), fontsize=9, color=INK)
        for mode in SHIFT_MODES:
            for who, flown in own[own["mode"] == mode].groupby("shifted"):
                place = flown["size"] if labels is None else flown["size_label"].map(labels.index)
                curve = flown["los_rate"].groupby(place).mean()
                style = "-" if who == "all" else "--"
                axes.plot(curve.index, curve, style, color=MODE_COLOURS[mode], marker=".", linewidth=1.4, label=mode)
        if labels is not None:
            axes.set_xticks(range(len(labels)), labels)
        axes.set_ylim(-0.03, 1.03)
    for axes in found[len(families) :]:
        axes.set_axis_off()
    handles = dict(zip(*reversed(found[0].get_legend_handles_labels()), strict=True))
    names = list(handles)
    figure.legend([handles[name] for name in names], names, loc="lower center", ncols=3, fontsize=9, frameon=False)
    figure.tight_layout(rect=(0, 0.05, 1, 1))
    return svg(figure)
