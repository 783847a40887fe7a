"""What a training's log says, and what where it cannot."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from pipeline.ground.progress import TrainingProgress


def test_a_log_gets_each_line_after_the_time_and_goes_on_where_it_was(tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    for text in ("begins", "goes on"):
        TrainingProgress("train", 10, Console(file=StringIO()), log).say(text)
    assert [line[20:] for line in log.read_text().splitlines()] == ["train: begins", "train: goes on"]


def test_a_log_on_a_full_disk_is_named() -> None:
    with pytest.raises(OSError, match="No space left on device") as full:
        TrainingProgress("train", 10, Console(file=StringIO()), Path("/dev/full")).say("begins")
    assert full.value.filename == "/dev/full"
