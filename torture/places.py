"""Checkouts in unusual places and hands: moved, no HOME, another user, no git, two of everything at once."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote

from torture.cases import Bench, Case, FailedError, SkippedError
from torture.checkouts import (
    Command,
    call,
    check_no_traceback,
    check_same,
    check_well,
    copy,
    environment,
    last_words,
)


def places(tries: int, seed: int) -> Iterator[Case]:
    """Each place once per round."""
    for number in range(tries):
        name = list(PLACES)[number % len(PLACES)]
        yield Case("places", f"{number}: {name}", PLACES[name])


def _moved(bench: Bench) -> None:
    """Artifacts of later runs go where the checkout is now."""
    old = copy(bench.base, bench.folder / "old")
    new = old.rename(bench.folder / "new äöü with blanks")
    check_same(new, bench.base, bench.log, bench.warm)
    _force_well(new, bench, bench.warm)
    if (bench.folder / "old").exists():
        raise FailedError("the old folder has come back")
    _artifacts_inside(new)


def _artifacts_inside(folder: Path) -> None:
    database = folder / "mlflow.db"
    if not database.exists():
        return
    with sqlite3.connect(database) as connection:
        last = connection.execute("select artifact_uri from runs order by start_time desc limit 1").fetchone()
    connection.close()
    if last and str(folder) not in unquote(last[0]):
        raise FailedError(f"artifacts go to {last[0]}")


def _force_well(folder: Path, bench: Bench, variables: Mapping[str, str]) -> None:
    """From nothing, by programs that start cold where the environment itself is what matters."""
    status, said = call(folder, bench.log, "dvc", "repro", "--force", variables=variables)
    if status:
        raise FailedError(f"dvc repro --force ended with {status}: {last_words(said)}")
    check_same(folder, bench.base, bench.log, bench.warm)


def _no_home(bench: Bench) -> None:
    folder = copy(bench.base, bench.folder / "checkout", empty=True)
    variables = environment()
    for name in [name for name in variables if name == "HOME" or name.startswith("XDG_")]:
        del variables[name]
    _force_well(folder, bench, variables)


def _home_that_is_not_there(bench: Bench) -> None:
    folder = copy(bench.base, bench.folder / "checkout", empty=True)
    _force_well(folder, bench, environment(HOME="/nonexistent/nobody"))


def _home_that_is_a_file(bench: Bench) -> None:
    folder = copy(bench.base, bench.folder / "checkout", empty=True)
    home = bench.folder / "home"
    home.write_text("")
    _status, said = call(folder, bench.log, "dvc", "repro", variables=environment(HOME=str(home)))
    check_no_traceback(said)
    check_well(folder, bench.base, bench.log, bench.warm)


def _no_git_identity(bench: Bench) -> None:
    folder = copy(bench.base, bench.folder / "checkout", empty=True)
    variables = environment(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_SYSTEM=os.devnull, EMAIL="")
    _force_well(folder, bench, variables)
    _status, said = call(
        folder, bench.log, "dvc", "exp", "run", "--temp", "-S", "evaluate.seed=5", "check", variables=variables
    )
    check_no_traceback(said)


def _no_git_repository(bench: Bench) -> None:
    """Not a repository at all: a clear word, or it works."""
    folder = copy(bench.base, bench.folder / "checkout", empty=True)
    shutil.rmtree(folder / ".git")
    status, said = call(folder, bench.log, "dvc", "repro", variables=bench.warm)
    check_no_traceback(said)
    if status and not ("git" in said.lower() or "scm" in said.lower()):
        raise FailedError(f"no word of git: {last_words(said)}")


def _no_git_program(bench: Bench) -> None:
    """git itself is not installed."""
    folder = copy(bench.base, bench.folder / "checkout", empty=True)
    path = bench.folder / "bin"
    path.mkdir()
    for name in ("sh", "bash", "env", "uname", "ls", "cat", "sleep"):
        found = shutil.which(name)
        if found:
            (path / name).symlink_to(found)
    programs = os.pathsep.join((environment()["PATH"].split(os.pathsep)[0], str(path)))
    status, said = call(folder, bench.log, "dvc", "repro", variables=environment(PATH=programs))
    check_no_traceback(said)
    if status and "git" not in said:
        raise FailedError(f"no word of git: {last_words(said)}")


def _detached_head(bench: Bench) -> None:
    folder = copy(bench.base, bench.folder / "checkout", empty=True)
    call(folder, bench.log, "git", "checkout", "-q", "--detach")
    _force_well(folder, bench, bench.warm)
    status, said = call(
        folder, bench.log, "dvc", "exp", "run", "--temp", "-S", "evaluate.seed=5", "check", variables=bench.warm
    )
    if status:
        raise FailedError(f"dvc exp run: {last_words(said)}")


def _shallow_clone(bench: Bench) -> None:
    folder = bench.folder / "clone"
    status, said = call(
        bench.folder, bench.log, "git", "clone", "-q", "--depth", "1", f"file://{bench.base}", str(folder)
    )
    if status:
        raise FailedError(last_words(said))
    check_well(folder, bench.base, bench.log, bench.warm)


def _worktree(bench: Bench) -> None:
    main = copy(bench.base, bench.folder / "main")
    folder = bench.folder / "tree"
    call(main, bench.log, "git", "worktree", "add", "-q", "-b", "other", str(folder))
    check_well(folder, bench.base, bench.log, bench.warm)
    check_same(main, bench.base, bench.log, bench.warm)


def _another_user(bench: Bench) -> None:
    """Who may read all and write nothing is told so in a line."""
    if os.geteuid() != 0:
        raise SkippedError("only root can become another user")
    folder = copy(bench.base, bench.folder / "checkout")
    words = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "dvc", "repro", "--force")
    if shutil.which("setpriv") is None:
        raise SkippedError("no setpriv")
    reachable = subprocess.run(
        (*words[:4], "python", "-c", "import pipeline"),
        cwd=folder,
        env=environment(HOME="/nonexistent"),
        capture_output=True,
        text=True,
        check=False,
    )
    if reachable.returncode:
        raise SkippedError(f"another user cannot reach Python here: {reachable.stderr.strip()[-100:]}")
    status, said = call(folder, bench.log, *words, variables=environment(HOME="/nonexistent"))
    check_no_traceback(said)
    if status == 0:
        raise FailedError("another user has written into the checkout")
    check_same(folder, bench.base, bench.log, bench.warm)


def _two_repros(bench: Bench) -> None:
    """Two at once in one checkout: one may say that the other is busy; then all is well."""
    folder = copy(bench.base, bench.folder / "checkout", empty=True)
    logs = [bench.log.with_suffix(f".{number}.log") for number in range(2)]
    both = [Command(folder, log, ("dvc", "repro"), bench.warm) for log in logs]
    ends = [(one.status(), one.said()) for one in both]
    for log in logs:
        with bench.log.open("a") as kept:
            kept.write(log.read_text(errors="replace"))
        log.unlink()
    for _, said in ends:
        check_no_traceback(said)
    if all(status for status, _ in ends):
        raise FailedError(f"both ended badly: {last_words(ends[0][1])}")
    check_well(folder, bench.base, bench.log, bench.warm)


def _two_experiments(bench: Bench) -> None:
    """Two experiments of DVC at once, each in its copy."""
    folder = copy(bench.base, bench.folder / "checkout")
    logs = [bench.log.with_suffix(f".{number}.log") for number in range(2)]
    words = [("dvc", "--wait-for-lock", "exp", "run", "--temp", "-S", f"evaluate.seed={n}", "evaluate") for n in (5, 6)]
    both = [Command(folder, log, command, bench.warm) for log, command in zip(logs, words, strict=True)]
    ends = [(one.status(), one.said()) for one in both]
    for log in logs:
        with bench.log.open("a") as kept:
            kept.write(log.read_text(errors="replace"))
        log.unlink()
    bad = [last_words(said) for status, said in ends if status]
    if bad:
        raise FailedError(f"{len(bad)} of 2 ended badly: {bad[0]}")
    check_same(folder, bench.base, bench.log, bench.warm)


PLACES: dict[str, Callable[[Bench], None]] = {
    "moved, with blanks and umlauts": _moved,
    "no HOME": _no_home,
    "a HOME that is not there": _home_that_is_not_there,
    "a HOME that is a file": _home_that_is_a_file,
    "no git identity": _no_git_identity,
    "no git repository": _no_git_repository,
    "no git program": _no_git_program,
    "detached head": _detached_head,
    "shallow clone": _shallow_clone,
    "worktree": _worktree,
    "another user": _another_user,
    "two repros at once": _two_repros,
    "two experiments at once": _two_experiments,
}
