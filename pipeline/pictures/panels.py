"""Draw the figures of the report: learning curves, the leading figure per scenario, played paths."""

import io
import re
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from envs.airspace.pictures.scene import SEPARATION_MINIMUM_NM, of_recording
from pipeline.pictures.player import AIRCRAFT_COLOURS, LOSS_COLOUR

# Mid-tones, readable on white and on near-black. Inside a page the inks follow its variables --ink and --grid.
INK, GRID = "#6e7781", "#8c959f"
POLICY_COLOURS = {"deterministic": "#2f7fc1", "stochastic": "#b07d00"}
RULE_COLOURS = ("#808a94", "#8b5fbf")
"""Of nobody, and of the baseline to beat."""
MARKERS = "osD^"
LINE_STYLES = ("-", "--", ":", "-.")
DRAWING_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "murmuration",
    "text.parse_math": False,  # a dollar sign in a name is a dollar sign
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Helvetica", "Arial"],
}


drawing = matplotlib.rc_context(DRAWING_SETTINGS)
"""Decorates functions that draw."""


def panels(rows: int, columns: int, width: float, height: float) -> tuple[Figure, list[Axes]]:
    """An empty figure of so many inches with rows * columns styled axes."""
    figure = Figure(figsize=(width, height))
    found: list[Axes] = figure.subplots(rows, columns, squeeze=False).ravel().tolist()
    for axes in found:
        _style(axes)
    return figure, found


def colours(rules: Sequence[str]) -> dict[str, str]:
    """By mode: the policy's, and those of one or two baselines drawn beside it, the last of which is nobody."""
    return POLICY_COLOURS | dict(zip(reversed(rules), RULE_COLOURS, strict=False))


@matplotlib.rc_context(DRAWING_SETTINGS)
def learning_curve(curves: Mapping[str, pd.DataFrame], titles: Mapping[str, str], shares: Collection[str]) -> str:
    """An inline SVG of columns against agent-steps (millions), a panel each; no runs give an empty string.

    One line per run, keyed "policy/seed": a colour per policy, a line style per seed.

    Args:
        titles: by column. shares: those of the columns that go from 0 to 1.
    """
    if not curves:
        return ""
    rows = -(-len(curves) // 4)
    figure = Figure(figsize=(10, 3.0 + 0.22 * rows))
    panels = figure.subplots(1, len(titles), squeeze=False).ravel()
    policies = list(dict.fromkeys(run.rpartition("/")[0] for run in curves))
    for panel, (column, title) in zip(panels, titles.items(), strict=True):
        _style(panel)
        panel.set_title(title, fontsize=9, color=INK)
        panel.set_xlabel("agent-steps, millions", fontsize=9, color=INK)
        for run, style in zip(curves, _run_styles(curves, policies), strict=True):
            steps = curves[run]["agent_steps"] / 1e6
            panel.plot(steps, curves[run][column], label=run, color=style[0], linestyle=style[1], linewidth=1.6)
        if column in shares:
            panel.yaxis.set_major_formatter(PercentFormatter(1.0))
            panel.set_ylim(-0.03, 1.03)
    lines = panels[0].get_legend_handles_labels()
    figure.legend(*lines, loc="lower center", ncols=4, fontsize=9, frameon=False, labelcolor=INK)
    figure.tight_layout(rect=(0, 0.04 + 0.22 * rows / figure.get_figheight(), 1, 1))
    return svg(figure)


@matplotlib.rc_context(DRAWING_SETTINGS)
def leading_by_scenario(
    table: pd.DataFrame, ends: tuple[str, str], words: str, rules: Sequence[str], percent: bool
) -> str:
    """An inline SVG of the leading figure per scenario, each seed with its interval; no rows give an empty string.

    Args:
        table: one policy's rows per (set, scenario, mode, seed).
        ends: the columns of the interval. words: below the axis. rules: the baselines drawn beside the policy.
        percent: the figure is a share, from 0 to 1.
    """
    if table.empty:
        return ""
    names = list(dict.fromkeys(table["scenario"]))
    figure = Figure(figsize=(9, 1.1 + 0.42 * len(names)))
    axes = figure.subplots()
    _style(axes)
    found = colours(rules)
    for offset, marker, mode in zip((-0.3, -0.05, 0.15, 0.35), MARKERS, found, strict=False):
        rows = table[table["mode"] == mode]
        if len(rows):
            label = mode if mode in rules else f"{mode}, {_seeds(rows)}"
            _draw_seeds(axes, rows, names, ends, offset, {"marker": marker, "color": found[mode], "label": label})
    for row in range(1, len(names)):
        axes.axhline(row - 0.5, color=GRID, alpha=0.25, linewidth=0.6)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.grid(axis="y", visible=False)
    if percent:
        axes.set_xlim(-0.01, 1.01)
        axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel(words, fontsize=9, color=INK)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, fontsize=9, frameon=False, labelcolor=INK)
    figure.tight_layout()
    return svg(figure)


@matplotlib.rc_context(DRAWING_SETTINGS)
def trajectories(recordings: Mapping[str, pd.DataFrame], columns: int) -> Figure:
    """Return small multiples of the flown paths, north up, each with a 5 NM scale; red where separation was below 5 NM.

    The title of each is its key and the smallest separation in NM.
    """
    if columns < 1:
        raise ValueError(f"columns: {columns}, wanted at least 1")
    columns = min(columns, max(len(recordings), 1))
    rows = max(-(-len(recordings) // columns), 1)
    figure = Figure(figsize=(2.3 * columns, 2.55 * rows), facecolor="none")
    panels: Sequence[Axes] = figure.subplots(rows, columns, squeeze=False).ravel().tolist()
    for panel in panels:
        panel.set_axis_off()
    for panel, (name, recording) in zip(panels, recordings.items(), strict=False):
        _draw_flight(panel, name, recording)
    height = figure.get_figheight()  # fixed margins: measuring all texts of many panels takes seconds
    figure.subplots_adjust(left=0.01, right=0.99, top=1 - 0.42 / height, bottom=0.2 / height, wspace=0.08, hspace=0.32)
    return figure


@matplotlib.rc_context(DRAWING_SETTINGS)
def draw_scenario(hold: pd.DataFrame, plan: pd.DataFrame | None) -> str:
    """Return an inline SVG of a scenario, north up, from recordings: nobody acts, and a plan that keeps separation.

    Dotted: nobody acts, red below 5 NM, until the end of the plan; coloured: the plan, pale after arrival.
    """
    figure = Figure(figsize=(2.6, 2.6), facecolor="none")
    axes = figure.subplots()
    axes.set_axis_off()
    last = hold["step"].max() if plan is None else plan["step"].max()
    for turn, (name, rows) in enumerate(hold[hold["step"] <= last].groupby("agent", sort=False)):
        _draw_untouched(axes, rows)
        colour = AIRCRAFT_COLOURS[turn % len(AIRCRAFT_COLOURS)]
        _draw_path(axes, rows.head(1) if plan is None else plan[plan["agent"] == name], colour)
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.08)
    _draw_scale(axes)
    figure.tight_layout(pad=0.4)
    return svg(figure)


def svg(figure: Figure) -> str:
    """Return the figure as an SVG element with a transparent ground; equal figures give equal text."""
    text = io.StringIO()
    with matplotlib.rc_context(DRAWING_SETTINGS):
        FigureCanvasSVG(figure).print_svg(text, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    drawing = text.getvalue()
    drawing = drawing[drawing.index("<svg") :]
    drawing = re.sub(r"<metadata>.*?</metadata>\s*", "", drawing, flags=re.DOTALL)
    drawing = re.sub(r' id="[A-Za-z0-9.]+_\d+"', "", drawing)  # they would repeat in a page with several drawings
    drawing = drawing.replace(INK, f"var(--ink, {INK})").replace(GRID, f"var(--grid, {GRID})")
    return "\n".join(line.rstrip() for line in drawing.splitlines()) + "\n"


def _style(axes: Axes) -> None:
    axes.patch.set_visible(False)
    axes.figure.patch.set_visible(False)
    axes.grid(color=GRID, alpha=0.35, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, labelsize=9, length=0)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    for name, spine in axes.spines.items():
        spine.set_visible(name == "bottom")
        spine.set_color(GRID)


def _run_styles(runs: Mapping[str, pd.DataFrame], policies: list[str]) -> list[tuple[str, str]]:
    """Return a colour and a line style per run: the policy's colour, the style by the run's turn within its policy."""
    styles, flown = [], dict.fromkeys(policies, 0)
    for run in runs:
        policy = run.rpartition("/")[0]
        colour = AIRCRAFT_COLOURS[policies.index(policy) % len(AIRCRAFT_COLOURS)]
        styles.append((colour, LINE_STYLES[flown[policy] % len(LINE_STYLES)]))
        flown[policy] += 1
    return styles


def _draw_seeds(
    axes: Axes, rows: pd.DataFrame, names: list[str], ends: tuple[str, str], offset: float, style: dict[str, Any]
) -> None:
    seeds = sorted(rows["seed"].unique())
    spread = {seed: 0.09 * (turn - (len(seeds) - 1) / 2) for turn, seed in enumerate(seeds)}
    played = zip(rows["scenario"], rows["seed"], strict=True)
    height = np.array([names.index(scenario) + offset + spread[seed] for scenario, seed in played])
    low, high = ends
    axes.hlines(height, rows[low], rows[high], color=style["color"], alpha=0.45, linewidth=1.5)
    value = rows["leading"].to_numpy(dtype=float)
    axes.plot(value, height, linestyle="", markersize=4.5, clip_on=False, **style)


def _seeds(rows: pd.DataFrame) -> str:
    count = rows["seed"].nunique()
    return f"{count} seed{'s' if count > 1 else ''}"


def _draw_flight(axes: Axes, name: str, recording: pd.DataFrame) -> None:
    smallest_nm = of_recording(recording, name).minimum_nm
    lost = smallest_nm is not None and smallest_nm < SEPARATION_MINIMUM_NM
    words = "no pair" if smallest_nm is None else f"{smallest_nm:.2f} NM"
    title = f"{name}\n{words}{', separation lost' if lost else ''}"
    axes.set_title(title, fontsize=8, color=LOSS_COLOUR if lost else INK, linespacing=1.3)
    present = recording[recording["present"].astype(bool)].sort_values("step")
    for turn, (_, rows) in enumerate(present.groupby("agent", sort=False)):
        _draw_path(axes, rows, AIRCRAFT_COLOURS[turn % len(AIRCRAFT_COLOURS)])
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.08)
    _draw_scale(axes)


def _draw_untouched(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the track of an aircraft that never acts: dotted to its arrival, red where separation is lost."""
    under_way = rows[(rows["present"] & ~rows["arrived"]).astype(bool)]
    axes.plot(under_way["east_nm"], under_way["north_nm"], ":", color=GRID, linewidth=1.2)
    lost = under_way["separation_nm"] < SEPARATION_MINIMUM_NM
    if lost.any():
        red = under_way[["east_nm", "north_nm"]].where(lost)
        axes.plot(red["east_nm"], red["north_nm"], ":", color=LOSS_COLOUR, linewidth=2.2)


def _draw_path(axes: Axes, rows: pd.DataFrame, colour: str) -> None:
    track: npt.NDArray[np.float64] = rows[["east_nm", "north_nm"]].to_numpy(dtype=np.float64)
    lost = (rows["separation_nm"] < SEPARATION_MINIMUM_NM).to_numpy()[1:]
    arrived = rows["arrived"].to_numpy(dtype=bool)[:-1]
    manner = np.where(lost, 2, arrived.astype(int))  # of each leg: to the waypoint, beyond it, separation lost
    edges = [0, *(np.flatnonzero(np.diff(manner)) + 1), len(manner)]
    for start, stop in pairwise(edges):
        if start < stop:
            axes.plot(*track[start : stop + 1].T, **_leg_style(manner[start], colour), solid_capstyle="butt")
    axes.plot(*track[0], "o", color=colour, markersize=4)
    axes.plot(*rows[["waypoint_east_nm", "waypoint_north_nm"]].iloc[-1], "x", color=colour, markersize=5, mew=1.5)


def _leg_style(manner: int, colour: str) -> dict[str, Any]:
    return (
        {"color": colour, "linewidth": 1.4},
        {"color": colour, "linewidth": 1.4, "alpha": 0.35},
        {"color": LOSS_COLOUR, "linewidth": 2.4},
    )[manner]


def _draw_scale(axes: Axes) -> None:
    """Draw a bar of 5 NM at the lower left of the axes, in their own coordinates so that it never hides a path."""
    axes.apply_aspect()
    west, east = axes.get_xlim()
    share = SEPARATION_MINIMUM_NM / (east - west)
    axes.plot([0, share], [-0.03, -0.03], color=INK, linewidth=2, transform=axes.transAxes, clip_on=False)
    words = f"{SEPARATION_MINIMUM_NM} NM"
    axes.text(share + 0.03, -0.03, words, fontsize=7, color=INK, va="center", transform=axes.transAxes)
