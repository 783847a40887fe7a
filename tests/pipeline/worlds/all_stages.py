"""Runs a world's own tests and all stages, one after the other in one process. Usage: python all_stages.py WORLD."""

from __future__ import annotations

import importlib
import sys

import pytest

STAGES = {
    "check": "",
    "scenarios": "WORLD",
    "train": "WORLD generic 0",
    "evaluate": "WORLD generic 0",
    "export": "WORLD generic",
    "report": "",
}


def main(world: str) -> None:
    """Raise whatever a stage raises."""
    assert pytest.main(["-p", "no:cacheprovider", f"tests/envs/{world}"]) == 0
    for stage, words in STAGES.items():
        sys.argv = [stage, *words.replace("WORLD", world).split()]
        importlib.import_module(f"pipeline.stages.{stage}").main()


if __name__ == "__main__":
    sys.path.insert(0, "")
    main(sys.argv[1])
