"""Experiments in temporary copies of the working tree: one, or several beside each other that end together."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from prefect import get_run_logger

from flows import dvc_command, leftovers, stage_runs
from flows.dvc_command import DvcError
from pipeline.settings.sections import Flows


class Endable(Protocol):
    """Something under way."""

    def end(self) -> None:
        """End it."""


class Running:
    """What is under way in threads: signals reach the main thread only, so that one ends all of it."""

    def __init__(self) -> None:
        """None yet."""
        self.ended = False
        self._under_way = set[Endable]()
        self._lock = threading.Lock()

    def begin(self, begun: Endable) -> None:
        """Take note of it."""
        with self._lock:
            self._under_way.add(begun)
        if self.ended:
            begun.end()

    def finish(self, finished: Endable) -> None:
        """Forget it."""
        with self._lock:
            self._under_way.discard(finished)

    def end(self) -> None:
        """End all of them, and whatever begins from now on."""
        self.ended = True
        with self._lock:
            under_way = list(self._under_way)
        for each in under_way:
            each.end()


def run(
    name: str,
    stages: Sequence[str],
    overrides: Sequence[str],
    root: Path,
    flows: Flows,
    running: Running | None = None,
) -> None:
    """Run stages as the experiment `name`; a training that crashed goes on from its checkpoint.

    Raises:
        DvcError: a stage failed.
        ValueError: dvc ended well, and yet keeps no such experiment.
    """
    running = running or Running()
    for retries_left in range(flows.training_retries, -1, -1):
        try:
            _try(name, stages, overrides, root, running)
            break
        except DvcError as error:
            if running.ended or not retries_left or not error.training_crashed:
                raise
            get_run_logger().warning("training crashed; it goes on from its checkpoint: %s", error)
    if not dvc_command.has_experiment(name, root):
        raise ValueError(f"experiment {name}: dvc ended well and kept none of that name; run it again")


def _try(name: str, stages: Sequence[str], overrides: Sequence[str], root: Path, running: Running) -> None:
    with (
        leftovers.none_left(name, root) as caches,
        dvc_command.experiment(name, stages, overrides, root, caches) as output,
    ):
        running.begin(output)
        try:
            stage_runs.follow(output)
        finally:
            running.finish(output)
