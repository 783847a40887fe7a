"""Which Prefect server a flow talks to that a person starts by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.address import answers, api_url


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
