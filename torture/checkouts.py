"""Temporary checkouts of the working tree with a tiny budget, and what is true of one in which all is well."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from tests.conftest import STAGES, TINY, change_params
from torture.cases import FailedError

ROOT = Path(__file__).parent.parent
GIT = ("git", "-c", "user.name=torture", "-c", "user.email=torture@localhost", "-c", "commit.gpgsign=false")
TRAINED = "data/models/airspace/generic/0/training.json"
PATIENCE_S = 3600.0
"""At most for one command: a machine may have much else to do."""


def environment(**more: str) -> dict[str, str]:
    """No variable of DVC, git or Prefect from outside; the programs of this interpreter first."""
    outside = ("DVC_", "GIT_", "PREFECT_", "MLFLOW_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(outside)}
    quiet = {"DVC_NO_ANALYTICS": "true", "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    return kept | quiet | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"} | more


def new_checkout(folder: Path, values: Mapping[str, Any]) -> None:
    """What git would take of the working tree, small, with these parameters, committed in a repository of its own."""
    listed = subprocess.run(
        ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"),
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file() and name != "dvc.lock":
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    change_params(folder / "params.yaml", TINY | dict(values))
    for words in (("git", "init", "-q"), ("git", "add", "-A"), (*GIT, "commit", "-q", "-m", "torture")):
        subprocess.run(words, cwd=folder, env=environment(), check=True)


def finished_checkout(folder: Path, values: Mapping[str, Any], programs: Callable[[], Mapping[str, str]]) -> None:
    """One with these parameters in which all stages have run, its lock committed; made once, and then left as it is.

    What was there before each stage is kept, too: see `before`.
    """
    if (folder / ".git" / "finished").exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    new_checkout(folder, values)
    variables = programs()
    for stage in STAGES:
        shutil.rmtree(before(folder, stage), ignore_errors=True)
        copy(folder, before(folder, stage))
        subprocess.run(("dvc", "repro", stage), cwd=folder, env=variables, check=True)
    for command in (("dvc", "repro"), ("git", "add", "dvc.lock"), (*GIT, "commit", "-q", "-m", "made")):
        subprocess.run(command, cwd=folder, env=variables, check=True)
    (folder / ".git" / "finished").touch()


def before(base: Path, stage: str) -> Path:
    """Where the checkout is kept in which `stage` has not run yet."""
    return base.parent / "halfway" / base.name / stage


def copy(base: Path, folder: Path, *, empty: bool = False) -> Path:
    """A copy to do harm to; `empty`: as if nothing had ever run in it."""
    left_out = ("mlartifacts", "mlflow.db", "cache", "tmp", "dvc.lock") if empty else ()
    shutil.copytree(base, folder, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*left_out))
    if empty:
        for name in ("scenarios", "models", "evaluation", "export", "report", "checked", "begun", "tuning"):
            shutil.rmtree(folder / "data" / name, ignore_errors=True)
    return folder


class Command:
    """A program under way in a process group of its own, whose words go to the log."""

    def __init__(
        self, folder: Path, log: Path, words: tuple[str, ...], variables: Mapping[str, str] | None = None
    ) -> None:
        self.words, self.log = words, log
        self._begins = log.stat().st_size if log.exists() else 0
        with log.open("a") as output:
            output.write(f"$ {' '.join(words)}\n")
            output.flush()
            self.process = subprocess.Popen(
                words,
                cwd=folder,
                env=variables or environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def said(self) -> str:
        """All that it has printed up to now."""
        with self.log.open("rb") as log:
            log.seek(self._begins)
            return log.read().decode(errors="replace")

    def status(self) -> int:
        """Wait for its end; a program that does not end is killed, which is a failure."""
        try:
            return self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.kill_group()
            raise FailedError(f"{' '.join(self.words)}: still running after {PATIENCE_S:.0f} s") from None

    def wait_until(self, happened: Callable[[], bool], within_s: float = PATIENCE_S, every_s: float = 0.02) -> bool:
        """Whether it `happened` before the program ended."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline and self.process.poll() is None:
            if happened():
                return True
            time.sleep(every_s)
        return False

    def kill_group(self) -> None:
        """All of its processes at once, as the kernel does when memory ends."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def call(folder: Path, log: Path, *words: str, variables: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Run a program to its end; its status and all that it printed."""
    command = Command(folder, log, words, variables)
    status = command.status()
    return status, command.said()


def model_hash(folder: Path) -> str:
    """The digest of the trained weights."""
    return json.loads((folder / TRAINED).read_text())["model_hash"]


def check_well(folder: Path, base: Path, log: Path, variables: Mapping[str, str] | None = None) -> None:
    """The words of one `make repro` bring the weights of `base`, and nothing is stale afterwards.

    Raises:
        FailedError: they do not.
    """
    for words in (("python", "-m", "flows.dvc_files"), ("dvc", "repro")):
        status, said = call(folder, log, *words, variables=variables)
        if status:
            raise FailedError(f"{' '.join(words)} ended with {status}: {last_words(said)}")
    check_same(folder, base, log, variables)


def check_same(folder: Path, base: Path, log: Path, variables: Mapping[str, str] | None = None) -> None:
    """The weights are those of `base`, and nothing is stale."""
    if model_hash(folder) != model_hash(base):
        raise FailedError(f"other weights: {model_hash(folder)[:12]}, wanted {model_hash(base)[:12]}")
    status, said = call(folder, log, "dvc", "status", "--json", variables=variables)
    stale = json.loads(said[said.index("{") :]) if "{" in said else said
    stale = {name: found for name, found in stale.items() if not name.startswith("tune")} if not status else said
    if stale:
        raise FailedError(f"dvc status: {stale}")


def processes(folder: Path) -> list[psutil.Process]:
    """Living processes that work in a checkout or its copies, but this one."""
    found = []
    for process in psutil.process_iter(["cwd", "status"]):
        inside = Path(process.info["cwd"] or "/").is_relative_to(folder)
        if inside and process.pid != os.getpid() and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def last_words(said: str) -> str:
    """The errors that a program told, else its last line."""
    lines = [line for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return " | ".join(errors[:3] or lines[-1:])


def check_no_traceback(said: str) -> None:
    """People read a line, not our stack."""
    if "Traceback (most recent call last)" in said:
        raise FailedError(f"traceback: {said.strip().splitlines()[-1]}")
