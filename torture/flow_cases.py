"""Flows and sweeps: killed and gone on with; queues of trials that have to end whole."""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from torture.cases import Bench, Case, FailedError
from torture.checkouts import Command, call, check_no_traceback, last_words
from torture.flow_checkouts import check_nobody_left, new_flow_checkout, prefect_environment

LATEST_S = 60.0
KILLED_TRIALS, KILLED_AT_ONCE = 4, 2
TRIALS, AT_ONCE = 30, 6
NO_PORTS = (1024, 1025)
"""Nobody listens there: each run brings its own server."""
_LEFTOVERS = ("exps/standalone/tmp*", "exps/run/*", "murmuration-experiments/*")
"""In DVC's folder for temporary things: copies, notes of them, and our own."""


def queues(tries: int, seed: int) -> Iterator[Case]:
    """Thirty trials by six workers; all have to end, none twice."""
    for number in range(tries):
        yield Case("queues", f"{number}: {TRIALS} trials, {AT_ONCE} at once", partial(_queue, TRIALS, AT_ONCE))


def flow_kills(tries: int, seed: int) -> Iterator[Case]:
    """A flow and a sweep in turn, all processes or the flow alone killed, then the same command again."""
    for number in range(tries):
        rng = random.Random(f"{seed}-flow-{number}")
        what, way, moment = ("run", "sweep")[number % 2], rng.choice(("group", "alone")), rng.uniform(0.0, LATEST_S)
        name = f"{number}: {what}, {way}, {moment:.1f} s"
        yield Case("flows", name, partial(_kill, what, way, moment))


def _checkout(bench: Bench) -> Path:
    folder = bench.folder / "checkout"
    folder.mkdir()
    new_flow_checkout(folder, NO_PORTS)
    return folder


def _words(what: str, trials: int, at_once: int) -> tuple[str, ...]:
    if what == "run":
        return (sys.executable, "-m", "flows.experiment", "--place", "workspace", "--stage", "train")
    space = ("--between", "train.num_worlds=8:512")
    return (sys.executable, "-m", "flows.sweep", "tried", *space, "--trials", str(trials), "--at-once", str(at_once))


def _queue(trials: int, at_once: int, bench: Bench) -> None:
    folder = _checkout(bench)
    status, said = call(folder, bench.log, *_words("sweep", trials, at_once), variables=prefect_environment(folder))
    if status:
        raise FailedError(f"ended with {status}: {last_words(said)}")
    _check_trials(folder, bench, trials)
    check_nobody_left(folder)


def _check_trials(folder: Path, bench: Bench, trials: int) -> None:
    """As many experiments as trials, none made twice (the second has a name of dvc's), and nothing else left over."""
    status, said = call(folder, bench.log, "dvc", "exp", "list", "--all-commits", "--name-only")
    kept = re.findall(r"(?m)^(?:tried|exp)-\S+", said)
    twice = [name for name in kept if name.startswith("exp-")]
    if status or twice or len(kept) < trials:
        raise FailedError(f"{len(kept)} experiments kept, wanted {trials}; made twice: {', '.join(twice) or 'none'}")
    left = [path for pattern in _LEFTOVERS for path in (folder / ".dvc/tmp").glob(pattern)]
    if left:
        raise FailedError(f"{len(left)} left over: {left[0].relative_to(folder)}")


def _kill(what: str, way: str, moment: float, bench: Bench) -> None:
    folder = _checkout(bench)
    words, variables = _words(what, KILLED_TRIALS, KILLED_AT_ONCE), prefect_environment(folder)
    command = Command(folder, bench.log, words, variables)
    command.wait_until(lambda: False, within_s=moment)
    if way == "group":
        command.kill_group()
    else:
        command.process.kill()
        command.process.wait()
    check_nobody_left(folder)
    status, said = call(folder, bench.log, *words, variables=variables)
    if status:
        raise FailedError(f"again: ended with {status}: {last_words(said)}")
    check_no_traceback(said)
    check_nobody_left(folder)
    if what == "sweep":
        _check_trials(folder, bench, KILLED_TRIALS)
    elif not (folder / "data/models/airspace/generic/0/training.json").exists():
        raise FailedError("nothing was trained")
