"""Where Prefect's server is, and the pools that its workers take runs from. Prefect, seconds to load, is not loaded."""

from __future__ import annotations

import http.client

HOST = "127.0.0.1"
POOL, TRIALS_POOL = "murmuration", "murmuration-trials"


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
