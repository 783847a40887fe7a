"""Starts what there is to look at on this machine, and ends all of it: Prefect's server, a worker, MLflow.

Usage: python -m flows.services [trials]  (trials: a worker alone, for sweeps over several machines)
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

import psutil

from flows.address import HOST, POOL, TRIALS_POOL, answers, api_url
from flows.process_tree import ProcessTree, descendants, is_alive, send
from pipeline.ground.paths import PARAMS, repository_root
from pipeline.settings.params import read_params
from pipeline.settings.sections import Flows
from pipeline.tracking.artifacts import bring_along
from pipeline.tracking.place import RUNS, database, is_own, is_server, pages_at, tracking_uri

_PATIENCE_S = 300.0
_LOOK_EVERY_S = 0.5
_FAREWELL_S = 30.0
_ENDINGS = (signal.SIGINT, signal.SIGTERM)
_ENDING = "ending all of it: some ten seconds, up to a minute if a run is under way; another Ctrl-C changes nothing\n"


class Service(ProcessTree):
    """One of them, under way; what it prints is in a file."""

    def __init__(self, name: str, words: Sequence[str], root: Path, environment: Mapping[str, str]) -> None:
        """Start it."""
        self.name, self.log = name, logs(root) / f"{name}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("w", encoding="utf-8") as log:
            super().__init__([sys.executable, "-m", *words], root, environment, log)

    def check(self) -> None:
        """Raise ValueError where it has ended: it should not."""
        if not self.is_running():
            last = "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:])
            raise ValueError(f"{self.name} ended by itself; the end of {self.log}:\n{last}")

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Wait until it is `ready`.

        Raises:
            ValueError: it ended, or took too long.
        """
        deadline = time.monotonic() + _PATIENCE_S
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise ValueError(f"{self.name}: not ready after {_PATIENCE_S:.0f} s; see {self.log}")
            time.sleep(_LOOK_EVERY_S)


class Worker(Service):
    """Prefect's worker, which kills its runs when it is told to end: here they end first."""

    def end(self) -> None:
        """End its runs as Ctrl-C does, so that they can tell the server; meanwhile it starts no others. Then end it."""
        try:
            if self.is_running():
                self._end_runs(psutil.Process(self.group))
        finally:
            super().end()

    def _end_runs(self, worker: psutil.Process) -> None:
        send(worker, signal.SIGSTOP)
        try:
            runs = [child for child in descendants(self.group) if _is_run(child)]
            for run in runs:
                send(run, signal.SIGINT)
            deadline = time.monotonic() + _FAREWELL_S
            while any(is_alive(run) for run in runs) and time.monotonic() < deadline:
                time.sleep(_LOOK_EVERY_S)
        finally:
            send(worker, signal.SIGCONT)


def _is_run(process: psutil.Process) -> bool:
    try:
        return "prefect.engine" in process.cmdline()
    except psutil.NoSuchProcess:
        return False


def logs(root: Path) -> Path:
    """Where the services write what they say."""
    return root / ".prefect" / "logs"


def environment(root: Path, flows: Flows) -> dict[str, str]:
    """For all services: one state folder wherever a run's working directory is, no telemetry, no idle processes."""
    return {
        **os.environ,
        "PREFECT_HOME": str(root / ".prefect"),
        "PREFECT_API_URL": api_url(flows.prefect_port),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "true",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }


def start_server(root: Path, flows: Flows, running: ExitStack) -> Service:
    """Prefect's server with its pages."""
    _check_free(flows.prefect_port, "flows.prefect_port")
    words = ["prefect", "server", "start", "--host", HOST, "--port", str(flows.prefect_port)]
    server = running.enter_context(Service("prefect-server", words, root, environment(root, flows)))
    server.wait_until(lambda: answers(flows.prefect_port))
    return server


def start_worker(root: Path, flows: Flows, running: ExitStack) -> Worker:
    """A worker that runs what is due, on this machine."""
    words = ["prefect", "worker", "start", "--pool", POOL, "--type", "process"]
    return running.enter_context(Worker("prefect-worker", words, root, environment(root, flows)))


def start_trial_worker(root: Path, flows: Flows, running: ExitStack) -> Worker:
    """A worker that runs trials of sweeps in this clone, one at a time, for the server on Prefect's port."""
    words = ["prefect", "worker", "start", "--pool", TRIALS_POOL, "--type", "process", "--limit", "1"]
    place = {"MURMURATION_CLONE": str(root)}
    return running.enter_context(Worker("trial-worker", words, root, environment(root, flows) | place))


def start_mlflow(root: Path, flows: Flows, running: ExitStack) -> Service:
    """MLflow's pages.

    Raises:
        ValueError: its port is taken, or the checkout's database is none.
    """
    _check_free(flows.mlflow_port, "flows.mlflow_port")
    if is_own() and database().exists():
        bring_along(database())
    store = ["--backend-store-uri", tracking_uri(), "--workers", "1"]
    words = ["mlflow", "ui", "--host", HOST, "--port", str(flows.mlflow_port), *store]
    return running.enter_context(Service("mlflow", words, root, environment(root, flows)))


def _check_free(port: int, key: str) -> None:
    if answers(port, "/"):
        raise ValueError(f"{PARAMS}: {key}: something answers on port {port} already; end it, or choose another port")


def run_trials(root: Path, flows: Flows) -> None:
    """Run trials of sweeps until Ctrl-C or SIGTERM.

    Raises:
        ValueError: no server answers, or the worker ended by itself.
    """
    if not answers(flows.prefect_port):
        raise ValueError(f"{PARAMS}: flows.prefect_port: no Prefect server answers on port {flows.prefect_port} here")
    with ExitStack() as running:
        worker = start_trial_worker(root, flows, running)
        print(f"runs trials in {root}; Ctrl-C ends it", f"log: {worker.log}", sep="\n", flush=True)
        while True:
            worker.check()
            time.sleep(_LOOK_EVERY_S)


def run(root: Path, flows: Flows) -> None:
    """Run them until Ctrl-C or SIGTERM.

    Raises:
        ValueError: one of them did not start, or ended by itself.
    """
    with ExitStack() as running:
        services: list[Service] = [] if is_server() else [start_mlflow(root, flows, running)]
        server = start_server(root, flows, running)
        for pages in services:
            pages.wait_until(lambda: answers(flows.mlflow_port, "/"))
        print(f"Prefect: http://{HOST}:{flows.prefect_port}", f"MLflow:  {pages_at(flows.mlflow_port)}{RUNS}", sep="\n")
        sys.stdout.flush()
        from flows.deploy import deploy  # loads Prefect, for which no page waits

        deploy(root, flows)
        services += [server, start_worker(root, flows, running)]
        print(f"logs:    {logs(root)}", "Ctrl-C ends all of it", sep="\n", flush=True)
        while True:
            for service in services:
                service.check()
            time.sleep(_LOOK_EVERY_S)


def end_when_asked() -> None:
    """Let Ctrl-C or SIGTERM end all by a KeyboardInterrupt, once: a second one would cut the ending short."""
    for number in _ENDINGS:
        signal.signal(number, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in _ENDINGS:
        signal.signal(number, signal.SIG_IGN)
    os.write(sys.stdout.fileno(), _ENDING.encode())  # print may not interrupt a print
    raise KeyboardInterrupt


def main() -> None:
    """Start all, or a worker for trials alone; wait for Ctrl-C, end all."""
    if sys.argv[1:] not in ([], ["trials"]):
        sys.exit(f"error: got {' '.join(sys.argv[1:])}, wanted nothing, or trials")
    root, start = repository_root(), run_trials if sys.argv[1:] else run
    end_when_asked()
    try:
        start(root, read_params(root / PARAMS).flows)
    except KeyboardInterrupt:
        print("all ended")
    except ValueError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
