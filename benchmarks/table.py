"""Medians of repeated, alternating measurements as a table."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping

from rich.console import Console
from rich.table import Table


def compare(title: str, unit: str, measures: Mapping[str, Callable[[], float]], repetitions: int) -> None:
    """Run each measure `repetitions` times in turn (A B C A B C ..) and print lowest, median, highest and ratio.

    The ratio is the median of each round's rate over that of the first row in the same round.
    """
    rounds = [{name: measure() for name, measure in measures.items()} for _ in range(repetitions)]
    first = next(iter(measures))
    table = Table(title=f"{title} ({unit}, {repetitions} rounds)")
    for column in ("", "lowest", "median", "highest", f"times {first}"):
        table.add_column(column, justify="left" if column == "" else "right")
    for name in measures:
        rates = [found[name] for found in rounds]
        ratio = statistics.median(found[name] / found[first] for found in rounds)
        figures = [f"{rate:,.0f}" for rate in (min(rates), statistics.median(rates), max(rates))]
        table.add_row(name, *figures, f"{ratio:,.2f}")
    Console().print(table)
