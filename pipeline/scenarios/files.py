"""Scenario files: one scenario each, as JSON in the world's own words, or in another format that the world knows."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from envs.ground.json_text import parse_json
from envs.ground.names import NAME_WISH, is_name
from envs.ground.outside import Format, Taken
from envs.ground.rooms import Scenarios
from envs.ground.world import DRAWN_NAME, Simulation
from pipeline.ground.checks import known
from pipeline.ground.files import read_text, write_text

JSON = ".json"


def read_folder(simulation: Simulation, path: Path) -> dict[str, Any]:
    """Read every *.json of a folder, in the order of file names, by scenario name.

    Raises ValueError for a path that is no folder, a file refused by `read_scenario`, and a name that two files share,
    also where but small and capital letters tell them apart: some file systems keep one file of both.
    """
    if not Path(path).is_dir():
        raise ValueError(f"{path}: not a folder, wanted one with scenario files (*{JSON})")
    scenarios: dict[str, Any] = {}
    files: dict[str, Path] = {}
    for file in sorted(Path(path).glob(f"*{JSON}")):
        scenario = read_scenario(simulation, file)
        alike = unicodedata.normalize("NFC", scenario.name).casefold()
        if alike in files:
            raise ValueError(f"{file}: scenario_name: got {scenario.name!r}, the name in {files[alike]} too")
        scenarios[scenario.name], files[alike] = scenario, file
    return scenarios


def read_named(
    world: Simulation, room: Scenarios, names: tuple[str, ...], folder: Path
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Those of the world's suite that are played, and hand-written scenarios, of which a world may have no folder.

    Raises:
        ValueError: a file that is refused, or a name that the suite has, too.
    """
    suite, custom = room.suite(), read_folder(world, folder) if folder.exists() else {}
    shared = sorted(set(custom) & set(suite))
    if shared:
        raise ValueError(f"{folder}: scenario_name {shared[0]!r} is the suite's, wanted a name of its own")
    return {name: suite[name] for name in names}, custom


def read_scenario(simulation: Simulation, path: Path, formats: Mapping[str, Format] | None = None) -> Any:
    """Read one scenario file: JSON, or by its suffix one of `formats`.

    Raises ValueError with one line per mistake, each naming file, field, what came and what was wanted.
    """
    return take_scenario(simulation, path, formats or {}, {}).scenario


def take_scenario(
    simulation: Simulation, path: Path, formats: Mapping[str, Format], choices: Mapping[str, str]
) -> Taken:
    """Read one scenario file as `read_scenario` does, and tell what of it was left out.

    Args:
        choices: what a person decided, by names of the format's choices.

    Raises ValueError as `read_scenario` does, and for choices that the format has not.
    """
    other = _format(path, formats)
    for name in choices:
        known(name, [] if other is None else other.choices, f"{path}: --with")
    if other is not None:
        taken = other.read(read_text(path), str(path), choices)
    else:
        document = parse_json(read_text(path), str(path), "a scenario")
        taken = Taken(simulation.scenario_from(document, str(path)))
    _check_name(taken.scenario, path)
    return taken


def choices_of(texts: Sequence[str]) -> dict[str, str]:
    """What was typed as KEY=VALUE, by key; raises ValueError for a text that is not so, and for a key given twice."""
    choices: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or name in choices:
            raise ValueError(f"--with: got {text!r}, wanted KEY=VALUE, each key once")
        choices[name] = value
    return choices


def write_scenario(
    simulation: Simulation, scenario: Any, path: Path, formats: Mapping[str, Format] | None = None
) -> None:
    """Write a scenario to a file, moved into place when complete; raises ValueError where reading it would."""
    other = _format(path, formats or {})
    if other is not None:
        write_text(path, other.write(scenario, str(path)))
        return
    write_text(path, json.dumps(simulation.document_of(scenario, str(path)), indent=2, ensure_ascii=False) + "\n")


def _format(path: Path, formats: Mapping[str, Format]) -> Format | None:
    """What reads or writes files of this name; None: JSON."""
    if path.suffix == JSON:
        return None
    if path.suffix not in formats:
        raise ValueError(f"{path}: got a name ending in {path.suffix!r}, wanted {' or '.join([JSON, *formats])}")
    return formats[path.suffix]


def _check_name(scenario: Any, path: Path) -> None:
    """A scenario's name becomes a file's and a task's.

    Raises:
        ValueError: a name that is none, or that of drawn episodes.
    """
    if not is_name(scenario.name):
        raise ValueError(f"{path}: scenario_name: got {scenario.name!r}, wanted {NAME_WISH}")
    if scenario.name == DRAWN_NAME:
        raise ValueError(f"{path}: scenario_name: got {DRAWN_NAME!r}, what drawn episodes are called, wanted another")
