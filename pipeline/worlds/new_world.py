"""Makes a new world: a folder with five rooms, a section of params.yaml, and a test that passes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pipeline.ground.files import write_text
from pipeline.ground.paths import PARAMS
from pipeline.ground.templates import source
from pipeline.settings.params import Params, read_params

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_DEFAULTS = {
    "baselines": ("DefaultBaselines", "Rules to be compared with: nobody acts, and all act at random."),
    "scenarios": ("DefaultScenarios", "No named scenarios: episodes are drawn by seed."),
    "evaluation": ("DefaultEvaluation", "What is measured: outcomes, return, length, and numeric infos."),
}


def new_world(name: str, root: Path) -> list[Path]:
    """Write the files of a world called `name` into a checkout; returns their paths.

    Raises:
        ValueError: a name that is taken, or none for a folder of Python.
    """
    _check_name(name, root)
    files = world_files(name)
    for path, text in files.items():
        write_text(root / path, text)
    section = source("worlds/section.yaml").replace("WORLD", name)
    params = root / PARAMS
    write_text(params, params.read_text(encoding="utf-8").rstrip() + "\n\n" + section)
    return [root / path for path in (*files, PARAMS)]


def world_files(name: str) -> Mapping[Path, str]:
    """The files of a world but for its section, by path."""
    world, tests = Path("envs") / name, Path("tests/envs") / name
    files = {world / "__init__.py": f'"""{name}: agents that walk to goals on a line; put your own world here."""\n'}
    for file in ("__init__", "environment", "settings", "room"):
        files[world / "simulation" / f"{file}.py"] = source(f"worlds/{file}.py").replace("WORLD", name)
    for room, (default, words) in _DEFAULTS.items():
        files[world / room / "__init__.py"] = f'"""{words}"""\n'
        files[world / room / "room.py"] = _room(name, room, default, "defaults")
    files[world / "pictures/__init__.py"] = '"""The environment\'s own pictures, and the return over time."""\n'
    files[world / "pictures/room.py"] = _room(name, "pictures", "DefaultPictures", "default_pictures")
    files[tests / f"test_{name}.py"] = source("worlds/test_world.py").replace("WORLD", name)
    return files


def _room(name: str, room: str, default: str, module: str) -> str:
    text = source("worlds/default_room.py")
    words = {"WORLD": name, "ROOM_OBJECT": room.upper(), "ROOM": room, "DEFAULT": default, "MODULE": module}
    for key, value in words.items():
        text = text.replace(key, value)
    return text


def _check_name(name: str, root: Path) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"NAME: got {name!r}, wanted small letters, digits and _, a letter first")
    taken = [*Params.model_fields, *read_params(root / PARAMS).sections]
    if name in taken or (root / "envs" / name).exists():
        raise ValueError(f"NAME: {name} is taken, wanted none of {', '.join(taken)}, and no folder of envs")
