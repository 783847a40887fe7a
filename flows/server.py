"""Which Prefect server a flow talks to that a person starts by hand."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager

from prefect.settings import PREFECT_API_URL, temporary_settings

HOST = "127.0.0.1"


@contextmanager
def connected(port: int) -> Iterator[None]:
    """Talk to the server that Prefect's settings name, else to that of `make ui` on `port` where it is up.

    Without either, Prefect starts a server for the run alone, on the same database, and says so.
    """
    if PREFECT_API_URL.value() or not answers(port):
        yield
        return
    with temporary_settings({PREFECT_API_URL: api_url(port)}):
        yield


def api_url(port: int) -> str:
    """Where Prefect's API is."""
    return f"http://{HOST}:{port}/api"


def answers(port: int, path: str = "/api/health", patience_s: float = 2.0) -> bool:
    """Whether a server on `port` says that it is well."""
    connection = http.client.HTTPConnection(HOST, port, timeout=patience_s)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
