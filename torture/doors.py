"""The doors through which people's words come in, called in a forked process each, which costs no start of Python."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from torture.cases import FailedError
from torture.checkouts import check_no_traceback

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(
    [
        "pipeline.cli",
        "pipeline.stages.check",
        "flows.experiment",
        "flows.sweep",
        "pipeline.playing",
        "pipeline.pictures.viewing",
        "pipeline.release.acceptance",
        "pipeline.release.promotions",
        "pipeline.release.verifying",
        "pipeline.show.page",
        "pipeline.standalone.training",
        "envs.airspace.outside.room",
    ]
)
_PATIENCE_S = 300.0


def murmuration() -> None:
    """The command line."""
    from pipeline.cli import main

    main()


def check_stage() -> None:
    """The first stage, which reads all of params.yaml and all scenario files."""
    from pipeline.ground.files import run
    from pipeline.stages.check import main

    run(main)


def experiment_form() -> None:
    """The form of a run."""
    import typer

    from flows.experiment import main

    _app(typer.Typer(add_completion=False, pretty_exceptions_enable=False), main)


def sweep_form() -> None:
    """The form of a sweep."""
    import typer

    from flows.sweep import main

    _app(typer.Typer(add_completion=False, pretty_exceptions_enable=False), main)


def _app(app: Callable[[], None], main: Callable[..., None]) -> None:
    app.command()(main)  # type: ignore[attr-defined]
    app()


def enter(door: Callable[[], None], words: Sequence[str], folder: Path, log: Path) -> tuple[int, str]:
    """Call a door in `folder`; its status and all that it printed.

    Raises:
        FailedError: it takes longer than minutes.
    """
    begins = log.stat().st_size
    process = _PROCESSES.Process(target=_enter, args=(door, tuple(words), folder, log))
    process.start()
    process.join(_PATIENCE_S)
    if process.exitcode is None:
        process.kill()
        raise FailedError(f"{door.__name__} {' '.join(words)}: still running after {_PATIENCE_S:.0f} s")
    with log.open("rb") as file:
        file.seek(begins)
        return process.exitcode, file.read().decode(errors="replace")


def _enter(door: Callable[[], None], words: tuple[str, ...], folder: Path, log: Path) -> None:
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number in (1, 2):
        os.dup2(output, number)
    os.chdir(folder)
    os.environ.pop("DVC_ROOT", None)
    sys.argv = [door.__name__, *words]
    door()


def check_refused(status: int, said: str, *named: str) -> None:
    """One line that names what is wrong, with status 1 or 2, no traceback.

    Raises:
        FailedError: anything else, above all a wrong acceptance.
    """
    check_orderly(status, said)
    if status == 0:
        raise FailedError("accepted")
    missing = [name for name in named if name.casefold() not in said.casefold()]
    if missing:
        raise FailedError(f"does not name {', '.join(missing)}: {said.strip()[-200:]}")


def check_orderly(status: int, said: str) -> None:
    """Accepted, or refused in a line; never a traceback, never ended by a signal.

    Raises:
        FailedError: neither.
    """
    check_no_traceback(said)
    if status < 0:
        raise FailedError(f"ended by {signal.Signals(-status).name}")
    if status and status not in (1, 2):
        raise FailedError(f"status {status}: {said.strip()[-200:]}")
    if status and "error" not in said.lower():
        raise FailedError(f"status {status} without a word of error: {said.strip()[-200:]}")
