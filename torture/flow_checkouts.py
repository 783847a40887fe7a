"""Checkouts with the real flows and a graph whose stages take no time."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

from tests.conftest import change_params
from tests.flows import graph_in_seconds
from torture.cases import FailedError
from torture.checkouts import GIT, ROOT, environment, processes

_CODE = ("envs", "pipeline", "flows")
_FILES = ("params.yaml", "prefect.yaml", "prefect.toml", ".gitignore", ".dvcignore")
_FAREWELL_S = 90.0


def new_flow_checkout(folder: Path, ports: tuple[int, int]) -> None:
    """One under git and DVC, whose services would listen on `ports`."""
    for name in _CODE:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in _FILES:
        shutil.copy2(ROOT / name, folder / name)
    shutil.copytree(ROOT / ".dvc", folder / ".dvc", ignore=shutil.ignore_patterns("cache", "tmp"))
    shutil.copy2(graph_in_seconds.__file__, folder)
    (folder / "dvc.yaml").write_text(graph_in_seconds.GRAPH)
    values = {"flows.prefect_port": ports[0], "flows.mlflow_port": ports[1], "flows.retry_delay_s": 0}
    change_params(folder / "params.yaml", values)
    for words in (("git", "init", "-q"), ("git", "add", "-A"), (*GIT, "commit", "-q", "-m", "torture")):
        subprocess.run(words, cwd=folder, env=environment(), check=True)


def prefect_environment(folder: Path) -> dict[str, str]:
    """Prefect's state in the checkout; no telemetry."""
    return environment(PREFECT_HOME=str(folder / ".prefect"), PREFECT_SERVER_ANALYTICS_ENABLED="false")


def check_nobody_left(folder: Path) -> None:
    """No process works in the checkout after some time.

    Raises:
        FailedError: one does; it is killed.
    """
    deadline = time.monotonic() + _FAREWELL_S
    while processes(folder) and time.monotonic() < deadline:
        time.sleep(0.5)
    left = processes(folder)
    words = [" ".join(process.cmdline())[:80] for process in left]
    for process in left:
        process.kill()
    if left:
        raise FailedError(f"{len(left)} processes left: {words[0]}")
