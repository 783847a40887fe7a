"""One run per stage in MLflow, which is loaded when the first begins: what a stage does before need not wait for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.tracking.recording import Run


@contextmanager
def run(experiment: str, stage: str, tags: Mapping[str, str], run_id: str | None = None) -> Iterator[Run]:
    """A run that ends as finished, failed or (Ctrl-C, SIGTERM) killed, as the block does.

    A server that does not answer is told of on stderr, and the block goes on.

    Args:
        run_id: go on with this run where it still exists.

    Raises:
        ValueError: MLflow cannot write, say because the disk is full; or a server refuses the run.
    """
    from pipeline.tracking.recording import recorded

    with recorded(experiment, stage, tags, run_id) as started:
        yield started


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested mappings as one, keys joined by dots."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{prefix}{key}"
        flat |= flatten(value, f"{name}.") if isinstance(value, Mapping) else {name: value}
    return flat
