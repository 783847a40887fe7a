"""Which Prefect server a flow talks to that a person starts by hand."""

from __future__ import annotations

import atexit
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS,
    PREFECT_UI_URL,
    temporary_settings,
)

from flows.address import HOST, answers, api_url
from flows.process_tree import ProcessTree

_LOOK_EVERY_S = 0.1
_TEMPORARY = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}
"""As Prefect tells servers that it starts for a run: no pages, no schedules."""


@contextmanager
def connected(root: Path, port: int) -> Iterator[None]:
    """Talk to the server that Prefect's settings name, else to that of `make ui` on `port` where it is up.

    Without either, a server for the run alone keeps it in the checkout's database. Prefect would start one, too, but
    leave it behind where this process is killed.

    Raises:
        ValueError: that server did not start.
    """
    if PREFECT_API_URL.value():
        yield
        return
    settings = {PREFECT_API_URL: api_url(port)} if answers(port) else _start_temporary(root)
    with temporary_settings(settings):
        yield


def _start_temporary(root: Path) -> dict[object, str]:
    """Start it; how to talk to it. It ends when Prefect's threads have told it the last, or this process is killed."""
    port = _free_port()
    words = ["-m", "uvicorn", "--factory", "prefect.server.api.server:create_app", "--log-level", "error"]
    address = ["--host", HOST, "--port", str(port)]
    with TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        server = ProcessTree([sys.executable, *words, *address], root, os.environ | _TEMPORARY, said)
        atexit.register(server.end)
        print(f"a temporary server keeps this run; `make ui` shows it later. It listens on {HOST}:{port}", flush=True)
        deadline = time.monotonic() + PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS.value()
        while not answers(port):
            if not server.is_running() or time.monotonic() > deadline:
                said.seek(0)
                raise ValueError(f"Prefect's temporary server on port {port} did not start:\n{said.read()}")
            time.sleep(_LOOK_EVERY_S)
    return {PREFECT_API_URL: api_url(port), PREFECT_UI_URL: ""}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])
