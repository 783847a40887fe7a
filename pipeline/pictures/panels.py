"""Draw the figures of the report: learning curves, the leading figure per scenario."""

import io
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from pipeline.pictures.player import AGENT_COLOURS

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


def sheets(rows: int, columns: int, width: float, height: float) -> tuple[Figure, list[Axes]]:
    """A figure of so many inches with rows * columns places to draw on: nothing but what is drawn, on no ground."""
    figure = Figure(figsize=(width, height), facecolor="none")
    found: list[Axes] = figure.subplots(rows, columns, squeeze=False).ravel().tolist()
    for axes in found:
        axes.set_axis_off()
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
        colour = AGENT_COLOURS[policies.index(policy) % len(AGENT_COLOURS)]
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
