"""A checkout under git and DVC with the real flows, parameters and deployments, and a graph that runs in seconds."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil
from conftest import ROOT, change_params
from graph_in_seconds import GRAPH

GIT = ("git", "-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false")


@dataclass(frozen=True)
class FlowsCheckout:
    """The folder, and how to call programs in it."""

    folder: Path

    def environment(self) -> dict[str, str]:
        """No variable of Prefect, DVC or git from outside."""
        outside = ("PREFECT_", "DVC_", "GIT_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(outside)}
        programs = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
        return kept | {"PATH": programs, "DO_NOT_TRACK": "true", "MLFLOW_DISABLE_TELEMETRY": "true"}

    def call(self, *words: str, status: int = 0) -> str:
        """Run a program to its end; returns what it said."""
        done = subprocess.run(
            words, cwd=self.folder, env=self.environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == status, f"{' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def run(self, *words: str, status: int = 0) -> str:
        """Run the flow by hand."""
        return self.call(sys.executable, "-m", "flows.experiment", *words, status=status)

    def processes(self) -> list[psutil.Process]:
        """Processes that work in the checkout or its temporary copies."""
        return [process for process in psutil.process_iter(["cwd", "name"]) if self._is_inside(process)]

    def _is_inside(self, process: psutil.Process) -> bool:
        return process.pid != os.getpid() and Path(process.info["cwd"] or "/").is_relative_to(self.folder)


def new_flows_checkout(folder: Path) -> FlowsCheckout:
    """Make one, with two ports that are free now, and commit it."""
    folder = folder.resolve()
    for name in ("envs", "pipeline", "flows"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("params.yaml", "prefect.yaml", "prefect.toml", ".gitignore", ".dvcignore"):
        shutil.copy2(ROOT / name, folder / name)
    shutil.copytree(ROOT / ".dvc", folder / ".dvc", ignore=shutil.ignore_patterns("cache", "tmp"))
    shutil.copy2(Path(__file__).parent / "graph_in_seconds.py", folder)
    (folder / "dvc.yaml").write_text(GRAPH)
    prefect_port, mlflow_port = free_ports(2)
    ports = {"flows.prefect_port": prefect_port, "flows.mlflow_port": mlflow_port, "flows.retry_delay_s": 0}
    change_params(folder / "params.yaml", ports)
    checkout = FlowsCheckout(folder)
    checkout.call("git", "init", "-q")
    checkout.call("git", "add", "-A")
    checkout.call(*GIT, "commit", "-q", "-m", "first")
    return checkout


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 on which nobody listens."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
