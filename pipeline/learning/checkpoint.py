"""Resume checkpoints: where a training run goes on after it was stopped or killed, and nobody else beside it.

They lie outside DVC's outputs, in a folder named by everything that decides the result, so that other parameters,
inputs or code never find them.
"""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout

from pipeline.ground.digests import digest_code, digest_folder, libraries
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
            ValueError: another process is training with exactly these parameters, inputs and code.
        """
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
        """Write the state beside the old one and move it into place."""
        buffer = io.BytesIO()  # torch.save on a full disk hides the reason
        torch.save(state, buffer)
        write_atomically(self.file, lambda path: path.write_bytes(buffer.getbuffer()))

    def load(self) -> dict[str, Any] | None:
        """The state saved last, or None where nothing was saved.

        Raises:
            ValueError: a file that cannot be read; nothing is started afresh behind anybody's back.
        """
        if not self.file.exists():
            return None
        try:
            return torch.load(self.file, weights_only=False)
        except (RuntimeError, EOFError, OSError, pickle.UnpicklingError) as error:
            message = f"{self.file}: cannot be read ({error}); delete {self.folder} to train from the start"
            raise ValueError(message) from None

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
