"""Scenario files: JSON, one scenario each, in the world's own words."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from envs.airspace.simulation.documents import document_of, scenario_from
from envs.airspace.simulation.scenario import Scenario
from pipeline.ground.writing import write_atomically


def read_folder(path: Path) -> dict[str, Scenario]:
    """Read every *.json of a folder, in the order of file names, by scenario name.

    Raises ValueError for a path that is no folder, a file refused by `read_scenario`, and a name that two files share.
    """
    if not Path(path).is_dir():
        raise ValueError(f"{path}: not a folder, wanted one with scenario files (*.json)")
    scenarios: dict[str, Scenario] = {}
    files: dict[str, Path] = {}
    for file in sorted(Path(path).glob("*.json")):
        scenario = read_scenario(file)
        if scenario.name in files:
            raise ValueError(f"{file}: scenario_name: got {scenario.name!r}, the name in {files[scenario.name]} too")
        scenarios[scenario.name], files[scenario.name] = scenario, file
    return scenarios


def read_scenario(path: Path) -> Scenario:
    """Read one scenario file.

    Raises ValueError with one line per mistake, each naming file, field, what came and what was wanted.
    """
    return scenario_from(_parse(Path(path)), str(path))


def write_scenario(scenario: Scenario, path: Path) -> None:
    """Write a scenario to a file, moved into place when complete; raises ValueError where reading it would."""
    path = Path(path)
    text = json.dumps(document_of(scenario, str(path)), indent=2, ensure_ascii=False) + "\n"
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def _parse(path: Path) -> Any:
    """Return what the JSON text of a file says; a key given twice in one object is refused."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        twice = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
        if twice:
            raise ValueError(f"{path}: got the key {twice[0]!r} twice in one object, wanted it once")
        return dict(pairs)

    try:
        return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}: line {error.lineno} column {error.colno}: not JSON: {error.msg}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: byte {error.start}: not UTF-8 text") from error
