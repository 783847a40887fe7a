"""How far is it? A bar where there is a terminal, plain lines where there is none."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from envs.ground.outcomes import Outcome, judged

_SECONDS_BETWEEN_LINES = 10.0


class TrainingProgress:
    """Shows agent-steps, steps per second, the last evaluation's figures and the time left."""

    def __init__(self, name: str, total: int, console: Console | None = None, log: Path | None = None) -> None:
        """Show `name` and how many of `total` agent-steps are done.

        Args:
            log: a file to which each line is added, after the time; None: none.
        """
        self.name, self.total, self._log = name, total, log
        self.console = console or Console()
        self.evaluation, self.episodes = "not evaluated yet", ""
        self._started = self._last_line = time.monotonic()
        self._first: int | None = None
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[figures]}"))
        self._bar = Progress(
            *columns, TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(), console=self.console
        )
        self._task = self._bar.add_task(name, total=total, figures="")

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.console.is_terminal:
            self._bar.stop()

    def evaluated(self, done: int, figures: Mapping[str, float], outcomes: Sequence[Outcome]) -> None:
        """Tell the figures of an evaluation at `done` agent-steps, by `Outcome.figure`."""
        told = [outcome.said(figures[outcome.figure]) for outcome in judged(outcomes)]
        self.evaluation = ", ".join(told or [f"return {figures['mean_return']:.4g}"])
        self.advance(done, always=True)

    def learned(self, episodes: Mapping[str, float]) -> None:
        """Tell return and length of training's episodes, see Learner.episodes, with the lines that follow."""
        if episodes:
            self.episodes = f", training return {episodes['return']:.4g}, length {episodes['length']:.0f}"

    def advance(self, done: int, always: bool = False) -> None:
        """`done` agent-steps are done in all."""
        now = time.monotonic()
        self._first = done if self._first is None else self._first
        rate = (done - self._first) / max(now - self._started, 1e-9)
        figures = f"{_counted(done, self.total)}, {rate / 1e3:.1f} k/s, {self.evaluation}{self.episodes}"
        if self.console.is_terminal:
            self._bar.update(self._task, completed=done, figures=figures)
        if always or now - self._last_line > _SECONDS_BETWEEN_LINES:
            left = f"{max(0, self.total - done) / rate:.0f} s left" if rate > 0 else "time left not known yet"
            tell = self._note if self.console.is_terminal else self.say
            tell(f"{figures}, {left}")
            self._last_line = now

    def say(self, text: str) -> None:
        """Print a line of its own."""
        self.console.print(f"{self.name}: {text}", highlight=False, soft_wrap=True)
        self._note(text)

    def _note(self, text: str) -> None:
        if self._log is None:
            return
        try:
            with self._log.open("a", encoding="utf-8") as file:
                file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {self.name}: {text}\n")
        except OSError as error:  # a full disk's names no file
            raise OSError(error.errno, error.strerror, str(self._log)) from None


def _counted(done: int, total: int) -> str:
    """`1.25 of 28.00 M steps`; of budgets below a million `12.5 of 100.0 k steps`."""
    if total < 1_000_000:
        return f"{done / 1e3:.1f} of {total / 1e3:.1f} k steps"
    return f"{done / 1e6:.2f} of {total / 1e6:.2f} M steps"


def say(text: str) -> None:
    """Print one line, at once."""
    print(text, flush=True)
