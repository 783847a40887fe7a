"""Scenario files of the open simulator BlueSky (.scn)."""

from __future__ import annotations

from pathlib import Path

from envs.airspace.bluesky.files import scenario_of_scn, scn_of
from envs.airspace.simulation.scenario import Scenario
from pipeline.ground.files import write_text


def read_scn(path: Path) -> Scenario:
    """Read one file.

    Raises:
        ValueError: naming file and line, for whatever a scenario cannot hold.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: byte {error.start}: not UTF-8 text") from None
    return scenario_of_scn(text, path)


def write_scn(scenario: Scenario, path: Path) -> None:
    """Write a file that `read_scn` reads back with the same numbers; raises ValueError where it could not."""
    write_text(path, scn_of(scenario, path))
