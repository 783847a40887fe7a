"""What a shell offers when the tab key is pressed: names and files of this folder, found without importing any part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from envs.ground import doors
from pipeline.ground.paths import PARAMS

_EXPORTS = ("data/export/*/*", "champions/*/*", "runs/*/data/export/*/*")
_EVALUATIONS = ("data/evaluation/*/*", "data/evaluation/*/*/*", "runs/*/data/evaluation/*/*")
_SCENARIOS = ("data/custom_scenarios/*/*.json", "data/scenarios/*/train/suite/*.json")
_RECORDINGS = ("data/evaluation/*/*/*/recordings.parquet",)
_METRICS = "data/evaluation/*/*/*/metrics.json"
_FIGURE = re.compile(r'"(\w+)":')
_KEY = re.compile(r"( *)([\w-]+):(.*)")


def worlds(incomplete: str) -> list[str]:
    """Names of worlds."""
    return _begin_so(doors.worlds(), incomplete)


def exports(incomplete: str) -> list[str]:
    """Folders of exported policies."""
    return _begin_so((path.parent.as_posix() for path in _found(_EXPORTS, "/policy.onnx")), incomplete)


def policies(incomplete: str) -> list[str]:
    """Folders of exported policies, and worlds, whose champion comes along."""
    return exports(incomplete) + worlds(incomplete)


def contenders(incomplete: str) -> list[str]:
    """Evaluations, of all seeds or of one, and exports."""
    folders = (path.as_posix() for path in _found(_EVALUATIONS) if path.is_dir())
    return _begin_so(folders, incomplete) + exports(incomplete)


def scenarios(incomplete: str) -> list[str]:
    """Scenario files."""
    return _begin_so((path.as_posix() for path in _found(_SCENARIOS)), incomplete)


def shown(incomplete: str) -> list[str]:
    """Scenario files and recordings."""
    return scenarios(incomplete) + _begin_so((path.as_posix() for path in _found(_RECORDINGS)), incomplete)


def scenario_folders(incomplete: str) -> list[str]:
    """Folders of scenario files."""
    return _begin_so((path.parent.as_posix() for path in _found(_SCENARIOS)), incomplete)


def figures(incomplete: str) -> list[str]:
    """Figures that evaluations of this folder tell."""
    told = (_FIGURE.findall(path.read_text(encoding="utf-8")) for path in _found((_METRICS,)))
    return _begin_so((name for names in told for name in names), incomplete)


def algorithms(incomplete: str) -> list[str]:
    """Those that a preset of params.yaml has values for."""
    keys = (key.split(".") for key in _keys())
    return _begin_so((key[2] for key in keys if key[0] == "presets" and len(key) > 2), incomplete)


def settings(incomplete: str) -> list[str]:
    """Keys of params.yaml that have a value, by their dotted names: `train.num_worlds=`."""
    keys = _keys()
    inner = {key.rpartition(".")[0] for key in keys}
    return _begin_so((f"{key}=" for key in keys if key not in inner), incomplete)


def _found(patterns: tuple[str, ...], file: str = "") -> Iterator[Path]:
    return (path for pattern in patterns for path in Path().glob(pattern + file))


def _begin_so(words: Iterator[str] | tuple[str, ...], incomplete: str) -> list[str]:
    return sorted({word for word in words if word.startswith(incomplete)})


def _keys() -> list[str]:
    """Dotted keys of params.yaml, by their indents alone; none where there is no such file."""
    path = Path(PARAMS)
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    found, above = [], list[tuple[int, str]]()
    for line in filter(None, map(_KEY.match, lines)):
        indent = len(line[1])
        above = [*(outer for outer in above if outer[0] < indent), (indent, line[2])]
        found.append(".".join(key for _, key in above))
    return found
