"""One Prefect task run per DVC stage: its log, its state, and how far a training is."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect import Task, get_run_logger, task
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import TaskRun
from prefect.states import Completed, State

from flows import dvc_command
from flows.dvc_command import DvcError, Output
from pipeline.settings.sections import Flows

_PROGRESS = re.compile(r"train (?P<run>\S+): (?P<figures>(?P<done>[\d.]+) of (?P<total>[\d.]+) [kM] steps, .*)")

Say = Callable[[str], None]
"""Takes a line of output."""

Work = Callable[[Say], bool]
"""Runs a stage, hands over its lines, and returns whether DVC found the stage unchanged."""


class TrainingProgress:
    """A Prefect artifact that shows how far one training is: a bar, what validation says, time left."""

    def __init__(self) -> None:
        """Nothing is shown before the first line that tells of progress."""
        self._artifact: UUID | None = None

    def read(self, line: str) -> None:
        """Show what a line of the training's output tells, if it tells anything."""
        found = _PROGRESS.match(line)
        if found is None:
            return
        percent = min(100.0, 100 * float(found["done"]) / max(float(found["total"]), 1e-9))
        if self._artifact is None:
            key = artifact_key("training", found["run"])
            made = create_progress_artifact(percent, key=key, description=found["figures"])
            assert isinstance(made, UUID)
            self._artifact = made
        else:
            update_progress_artifact(self._artifact, percent, description=found["figures"])

    def finish(self) -> None:
        """All is done, early or not."""
        if self._artifact is not None:
            update_progress_artifact(self._artifact, 100.0)


def artifact_key(*words: str) -> str:
    """A name as Prefect wants it: small letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", "-".join(words).lower()).strip("-")


def reproduce(stage: str, root: Path, flows: Flows) -> None:
    """Bring one stage of the working tree up to date, as a task run of its own.

    Raises:
        DvcError: it failed; a training that crashed has been tried again before.
    """

    def work(say: Say) -> bool:
        unchanged = True
        with dvc_command.repro(stage, root) as output:
            _say_all(output, say)
            while (current := output.stage()) is not None:
                say(f"{current.name}: {'unchanged' if current.unchanged else 'running'}")
                unchanged = current.unchanged if current.name == stage else unchanged
                _say_all(output, say)
        return unchanged

    retrying = _task(stage).with_options(
        retries=flows.training_retries if dvc_command.is_training(stage) else 0,
        retry_delay_seconds=flows.retry_delay_s,
        retry_condition_fn=_has_crashed,
    )
    retrying(work)


def follow(output: Output) -> None:
    """Tell the stages of a command that is under way, each as a task run of its own, until it ends.

    Raises:
        DvcError: it ended with an error, which is the error of the stage that ran last.
    """
    _say_all(output, get_run_logger().info)
    while (current := output.stage()) is not None:
        _task(current.name)(_rest_of(output, current.unchanged))


def _rest_of(output: Output, unchanged: bool) -> Work:
    """The work of the stage that `output` has come to: telling what it says."""

    def work(say: Say) -> bool:
        _say_all(output, say)
        return unchanged

    return work


def _say_all(output: Output, say: Say) -> None:
    for line in output.until_next_stage():
        if line:
            say(line)


def _task(stage: str) -> Task[[Work], State[None]]:
    """A task that does a stage's work, logs its lines as they come, and ends as Completed or Cached."""

    @task(name=stage, task_run_name=stage, cache_policy=NO_CACHE, persist_result=False)
    def run_stage(work: Work) -> State[None]:
        log, progress = get_run_logger(), TrainingProgress()

        def say(line: str) -> None:
            log.info("%s", line)
            progress.read(line)

        unchanged = work(say)
        progress.finish()
        return Completed(name="Cached", message="DVC found it unchanged") if unchanged else Completed()

    return run_stage


def _has_crashed(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether trying again may help: not after a mistake that a person has to mend."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, DvcError) and error.training_crashed
