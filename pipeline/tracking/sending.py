"""What is sent to MLflow, in order; a server that does not answer costs no training."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable

from mlflow.exceptions import MlflowException, RestException
from requests.exceptions import RequestException

from pipeline.tracking.store import first_line

_MOST_SKIPPED = 64


class Sending:
    """Sends to the database, where every error is raised, or to a server (`patient`).

    What a server does not answer waits, and so does all after it; it is tried again with what comes later, each time
    after twice as many, and once more at the end. What the server answers and refuses is told and left out.

    Attributes:
        refuses: a server's refusal is told and left out; before, it is raised.
    """

    def __init__(self, uri: str, patient: bool) -> None:
        """Send to MLflow at `uri`."""
        self.uri, self.patient, self.refuses = uri, patient, False
        self.left_out: list[str] = []
        self._waiting = deque[tuple[str, Callable[[], object]]]()
        self._skip = self._skipped = 0

    @property
    def complete(self) -> bool:
        """Whether MLflow has all that was sent."""
        return not self._waiting and not self.left_out

    def send(self, what: str, send: Callable[[], object]) -> None:
        """Send now, or later."""
        if not self.patient:
            send()
            return
        self._waiting.append((what, send))
        self._skipped += 1
        if self._skipped > self._skip:
            self._try()

    def finish(self) -> None:
        """Try once more; say what MLflow has not."""
        if self._waiting:
            self._try()
        if self._waiting:
            missing = f"{len(self._waiting)} messages, from {self._waiting[0][0]} on"
            self._say(f"was not told all of this run ({missing}); the files in data/ are whole")

    def _try(self) -> None:
        while self._waiting:
            what, send = self._waiting[0]
            try:
                send()
            except RestException as refusal:
                if not self.refuses:
                    raise
                self.left_out.append(what)
                self._say(f"refuses {what}: {first_line(refusal)}; left out")
            except (MlflowException, RequestException) as error:
                if self._skip == 0:
                    self._say(f"does not answer ({first_line(error)}); this goes on, and tells it later")
                self._skip, self._skipped = min(max(1, 2 * self._skip), _MOST_SKIPPED), 0
                return
            self._waiting.popleft()
        self._skip = self._skipped = 0

    def _say(self, text: str) -> None:
        print(f"warning: MLflow at {self.uri} {text}", file=sys.stderr, flush=True)
