"""The only door to the dvc command: which stages there are, running them, and what they left.

Usage: python -m flows.dvc_command STAGE (as `dvc repro` does it, with all that it depends on)
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import NamedTuple, Self

from dvc.api import DVCFileSystem
from dvc.exceptions import InvalidArgumentError
from dvc.utils.hydra import apply_overrides
from filelock import FileLock

from flows.dvc_files import mend
from flows.process_tree import ProcessTree
from pipeline.ground.paths import PARAMS
from pipeline.settings.params import read_params
from pipeline.settings.worlds import check_sections

_RUNS = re.compile(r"Running stage '([^']+)':$")
_SKIPS = re.compile(r"Stage '([^']+)' (?:didn't change|is cached)")
_EXITED = re.compile(r"exited with -?\d+")
_STARTING = ".dvc/tmp/murmuration-starts.lock"
_GIT_REMOTE = "origin"
_PATIENT = ("dvc", "--wait-for-lock")
"""Beside others in the same checkout, which hold its lock for seconds."""

_ONE = (sys.executable, "-m", "flows.one_experiment")
"""dvc, which makes one experiment and no other that it finds on its list."""

COMPARE = "murmuration experiments"
"""What a person types to compare experiments."""

_REMEMBERED = 20
_ERROR_LINES = 5
_TOLD = "error: "
"""How a stage begins to tell a person's mistake; dvc's own errors begin with ERROR."""


class Headline(NamedTuple):
    """A stage whose turn it is."""

    name: str
    unchanged: bool
    """Left as it is, or taken from DVC's cache of runs."""


class DvcError(ValueError):
    """A dvc command ended with an error; the message begins with what the stage told, if it told anything."""

    def __init__(self, command: str, status: int, stage: str | None, said: Sequence[str]) -> None:
        """Tell what `command` said before it ended with `status`, at `stage` if it had come to one."""
        told = [line.removeprefix(_TOLD) for line in said if line.startswith(_TOLD)]
        errors = [line for line in said if line.startswith(_TOLD.upper())]
        last = dict.fromkeys(errors or ([] if told else said))
        lines = [*dict.fromkeys(told), f"{command}: ended with {status}", *list(last)[-_ERROR_LINES:]]
        super().__init__("\n".join(lines))
        crashed = any(_EXITED.search(line) for line in said) and not told
        self.training_crashed = crashed and stage is not None and is_training(stage)
        """Whether a training ended by a signal or a crash, and not by a person's mistake that it told."""

    def __reduce__(self) -> tuple[type[ValueError], tuple[str]]:
        """Kept with a run as what people read."""
        return ValueError, (str(self),)


class Output:
    """What a dvc command prints, stage by stage; as a context manager it ends the command with all its children."""

    def __init__(
        self, words: Sequence[str], root: Path, start: FileLock | None = None, caches: Path | None = None
    ) -> None:
        """Start the command in `root`, and hold the lock `start` until it has come to its first stage.

        DVC's own caches of what is in the working tree go to `caches`, else to where the machine has them.
        """
        self.command = " ".join(words).replace(" ".join(_ONE), "dvc")
        mended = [f"warning: {line}" for line in mend(root)]
        self._start = start
        if start is not None:
            start.acquire()
        placed = {} if caches is None else {"DVC_SITE_CACHE_DIR": str(caches)}
        self._tree = ProcessTree(words, root, {**environment(), **placed})
        self._lines = chain(mended, self._tree.lines())
        self._next: Headline | None = None
        self._stage: str | None = None
        self._said: list[str] = []

    @property
    def group(self) -> int:
        """The process group."""
        return self._tree.group

    def until_next_stage(self) -> Iterator[str]:
        """Lines up to the next stage's first.

        Raises:
            DvcError: the command ended with an error.
        """
        self._next = None
        for line in self._lines:
            self._next = headline(line)
            if self._next is not None:
                self._stage = self._next.name
                self._has_started()
                return
            self._said = [*self._said[1 - _REMEMBERED :], line]
            yield line
        if status := self._tree.status():
            raise DvcError(self.command, status, self._stage, self._said)

    def end(self) -> None:
        """End the command with all its children; who reads its lines is told of an error."""
        self._tree.end()

    def _has_started(self) -> None:
        if self._start is not None:
            self._start.release()
            self._start = None

    def stage(self) -> Headline | None:
        """The stage that the command has come to; None at the end."""
        return self._next

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tree.__exit__(kind, error, trace)
        self._has_started()


def headline(line: str) -> Headline | None:
    """The stage that a line of dvc begins, if it begins one."""
    runs, skips = _RUNS.match(line), _SKIPS.match(line)
    found = runs or skips
    return Headline(found[1], unchanged=skips is not None) if found else None


def is_training(stage: str) -> bool:
    """Whether this is a stage that goes on from its checkpoint when it is run again."""
    return stage.partition("@")[0] == "train"


def repro(stage: str, root: Path) -> Output:
    """Bring a stage up to date, and with it all that it depends on, in the working tree."""
    return Output(["dvc", "repro", stage], root)


def experiment(
    name: str, stages: Sequence[str], overrides: Sequence[str], root: Path, caches: Path | None = None
) -> Output:
    """Run stages as the experiment `name` in a temporary copy of the working tree (tracked files only).

    Several run beside each other, but start one after the other: between putting an experiment on its list and taking
    it off again, dvc takes whichever it finds there.

    Args:
        overrides: as dvc's -S takes them: `train.total_timesteps=20000`.
        caches: where DVC keeps those of the copy.
    """
    sets = [word for override in overrides for word in ("--set-param", override)]
    words = [*_ONE, *_PATIENT[1:], "exp", "run", "--temp", "--name", name, *sets, *stages]
    return Output(words, root, FileLock(root / _STARTING), caches)


def stage_names(root: Path) -> list[str]:
    """All stages of dvc.yaml, in its order, those of a matrix one by one: train@airspace-generic-0.

    Raises:
        DvcError: dvc.yaml or params.yaml cannot be read.
    """
    with Output([*_PATIENT, "stage", "list", "--name-only"], root) as output:
        return [line for line in output.until_next_stage() if line]


def has_experiment(name: str, root: Path) -> bool:
    """Whether an experiment of this name is kept."""
    with Output([*_PATIENT, "exp", "list", "--all-commits", "--name-only"], root) as output:
        return name in list(output.until_next_stage())


def share(name: str, root: Path) -> None:
    """Push an experiment to git's remote origin, and what it made to DVC's default remote.

    Raises:
        DvcError: a remote is not there or not reached.
    """
    _run([*_PATIENT, "exp", "push", _GIT_REMOTE, name], root)


def fetch(name: str, root: Path) -> None:
    """Take a shared experiment from git's remote origin and DVC's default remote.

    Raises:
        DvcError: a remote is not there or not reached, or has no such experiment.
    """
    _run([*_PATIENT, "exp", "pull", _GIT_REMOTE, name], root)


def _run(words: Sequence[str], root: Path) -> None:
    with Output(words, root) as output:
        list(output.until_next_stage())


def outputs(root: Path, experiment_name: str | None = None) -> DVCFileSystem:
    """What stages left in the working tree, or in an experiment."""
    return DVCFileSystem(str(root), rev=experiment_name)


def check_overrides(overrides: Sequence[str], root: Path) -> None:
    """Change a copy of params.yaml as dvc's -S would, and check it as far as nothing has to be made for that.

    Raises:
        ValueError: dvc would refuse an override, or the stages what becomes of it; in the stages' words.
    """
    with TemporaryDirectory() as folder:
        copy = shutil.copy(root / PARAMS, folder)
        try:
            apply_overrides(copy, list(overrides))
            check_sections(read_params(Path(copy)), copy)
        except InvalidArgumentError as error:
            said = " ".join(str(error.__cause__ or error).splitlines()[:2])
            raise ValueError(f"{PARAMS}: {said}") from None
        except ValueError as error:
            raise ValueError(str(error).replace(copy, str(PARAMS))) from None


def environment() -> Mapping[str, str]:
    """For dvc and its stages: this interpreter's programs first, lines at once, no telemetry, no other's DVC_ROOT."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DVC_")}
    programs = os.pathsep.join([str(Path(sys.executable).parent), inherited.get("PATH", os.defpath)])
    return inherited | {"PATH": programs, "PYTHONUNBUFFERED": "1", "DVC_NO_ANALYTICS": "true"}


def main() -> None:
    """Bring a stage of the checkout in this folder up to date."""
    with repro(sys.argv[1], Path.cwd()) as output:
        try:
            _print_all(output)
        except DvcError as error:
            sys.exit(f"error: {error}")


def _print_all(output: Output) -> None:
    while True:
        for line in output.until_next_stage():
            print(line, flush=True)
        current = output.stage()
        if current is None:
            return
        print(f"{current.name}: {'unchanged' if current.unchanged else 'running'}", flush=True)


if __name__ == "__main__":
    main()
