"""The command experiments."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.ground import completions

commands = typer.Typer()


@commands.command("experiments")
def experiments_command(
    figure: Annotated[
        list[str] | None,
        typer.Option(
            help="To show. Again for more. Default: the first five that the world tells.",
            autocompletion=completions.figures,
        ),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(
            metavar="FIGURE",
            help="The largest first; --sort=-FIGURE: the smallest. Default: the score.",
            autocompletion=completions.figures,
        ),
    ] = None,
    commits: Annotated[int, typer.Option(min=1, help="So many of the last commits, with what began at them.")] = 1,
    json_: Annotated[bool, typer.Option("--json", help="All figures and all changes, as JSON.")] = False,
    csv_: Annotated[bool, typer.Option("--csv", help="All figures and all changes, as CSV.")] = False,
) -> None:
    """List the experiments of this checkout, the best first: what was changed, what came of it, state and age.

    Figures are those of metrics.json, ours and the baselines', means over seeds.
    """
    from datetime import UTC, datetime

    from pipeline.experiments.kept import read_experiments
    from pipeline.experiments.table import SCORE, as_csv, as_json, as_text, figures_of, sorted_by

    if json_ and csv_:
        raise ValueError("got --json and --csv, wanted one of them")
    rows = read_experiments(Path.cwd(), commits)
    if sort is not None or SCORE in figures_of(rows):
        by = sort or SCORE
        rows = sorted_by(rows, by.removeprefix("-"), largest_first=not by.startswith("-"))
    if json_:
        print(as_json(rows))
    elif csv_:
        print(as_csv(rows))
    else:
        print(as_text(rows, _chosen(figure, figures_of(rows)), datetime.now(UTC)))


def _chosen(asked: list[str] | None, known: list[str]) -> list[str]:
    """The figures to show.

    Raises:
        ValueError: one that no row has.
    """
    from pipeline.experiments.table import MOST_FIGURES

    unknown = [name for name in asked or () if name not in known]
    if unknown:
        raise ValueError(f"--figure: got {unknown[0]}, wanted some of {', '.join(known)}")
    return asked or known[:MOST_FIGURES]
