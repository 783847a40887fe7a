"""Resume checkpoints: where a training run goes on after it was stopped or killed, and nobody else beside it.

They lie outside DVC's outputs, in a folder named by everything that decides the result, so that other parameters,
inputs or code never find them. They hold objects of any kind, the user's environments among them, and whoever reads
those runs code: so only a file that this user's key has signed is read.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout

from pipeline.ground.digests import digest_code, digest_folder, libraries
from pipeline.ground.signing import SIZE, sign, signed
from pipeline.ground.writing import write_atomically


class Checkpoint:
    """One training run's place on disk."""

    def __init__(self, folder: Path, key: str) -> None:
        """Use the folder `folder`/`key`."""
        self.folder, self.key = folder / key, key
        self.file = self.folder / "state.pt"
        self._lock = FileLock(folder / f"{key}.lock")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other runs out.

        Raises:
            ValueError: another process is training with exactly these parameters, inputs and code; or the user's key
                cannot be made or read.
        """
        sign(b"", self.key)  # a fault is told before the first step
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            message = f"{self.folder}: busy, another run is training just this; wait for it, or end it and run again"
            raise ValueError(message) from None
        try:
            yield
        finally:
            self._lock.release()

    def save(self, state: dict[str, Any]) -> None:
        """Write the state, signed, beside the old one and move it into place."""
        buffer = io.BytesIO()  # torch.save on a full disk hides the reason
        torch.save(state, buffer)
        signature = sign(buffer.getbuffer(), self.key)

        def write(path: Path) -> None:
            path.touch(mode=0o600)
            with path.open("wb") as file:
                file.write(signature)
                file.write(buffer.getbuffer())

        write_atomically(self.file, write)

    def load(self) -> dict[str, Any] | None:
        """The state saved last, or None where nothing was saved.

        Raises:
            ValueError: a file that this user did not write just so; nothing is started afresh behind anybody's back.
        """
        if not self.file.exists():
            return None
        try:
            return torch.load(io.BytesIO(self._own()), weights_only=False)
        except (RuntimeError, EOFError, OSError, pickle.UnpicklingError) as error:
            raise self._unreadable(str(error)) from None

    def _own(self) -> bytes:
        """The state as bytes.

        Raises:
            ValueError: of another user, or not signed by this one.
        """
        owner, content = self.file.stat().st_uid, self.file.read_bytes()
        if owner != os.geteuid():
            raise self._unreadable(f"it belongs to user {owner}, wanted your own")
        if not signed(content[:SIZE], memoryview(content)[SIZE:], self.key):
            raise self._unreadable("not as you saved it: truncated, changed, or from elsewhere")
        return content[SIZE:]

    def _unreadable(self, why: str) -> ValueError:
        return ValueError(f"{self.file}: cannot be read ({why}); delete {self.folder} to train from the start")

    def run_id(self) -> str | None:
        """The MLflow run that the saved state belongs to."""
        state = self.load()
        return None if state is None else state["history"]["run_id"]

    def remove(self) -> None:
        """Forget the state: the run has finished."""
        shutil.rmtree(self.folder, ignore_errors=True)


def key_of(settings: Any, inputs: Path) -> str:
    """A name for everything that decides a training run: settings (plain values), input files, code and libraries."""
    parts = {
        "settings": settings,
        "inputs": digest_folder(inputs),
        "code": digest_code(),
        "libraries": libraries(),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
