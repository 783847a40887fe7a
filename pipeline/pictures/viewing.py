"""Read what `murmuration view` shows, a scenario or a recording, and write it as a page or a film."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path

import pandas as pd

from envs.ground.doors import pictures, scenarios, simulation, worlds
from envs.ground.play import Episodes, Space, play
from envs.ground.scene import Scene
from envs.ground.steering import Nothing
from envs.ground.tables import check_words
from pipeline.ground.checks import told_at
from pipeline.ground.files import read_parquet
from pipeline.ground.writing import write_atomically
from pipeline.pictures.player import page
from pipeline.pictures.viewer.film import WRITERS
from pipeline.scenarios.files import JSON, read_scenario

_RECORDING = ".parquet"
_ENDINGS = (".html", *WRITERS)
_PARTS = ("set", "mode", "scenario")
_COLUMNS = ("step", "time_s", "agent")
"""What recordings of all worlds have."""
_MOST_NAMED = 8


def check_output(path: Path, option: str) -> None:
    """Refuse a file to write whose name has no known ending.

    Raises:
        ValueError: naming the option.
    """
    if path.suffix.lower() not in _ENDINGS:
        raise ValueError(f"{option}: got {path}, wanted a name that ends in {', '.join(_ENDINGS)}")


def read_scenes(path: Path, episode: str | None, world: str | None) -> dict[str, Scene]:
    """The episodes of a recording (.parquet), or a scenario (.json) in which nobody acts, by name.

    Args:
        episode: of a recording only the one of this number or name; a scenario has only one.
        world: whose it is; None: the one that is named by a folder in which the file lies, or that it fits.

    Raises:
        ValueError: a file that is missing, of another kind or broken, or an episode that is not in it.
    """
    kind = path.suffix.lower()
    if kind not in (JSON, _RECORDING):
        raise ValueError(f"{path}: wanted a scenario ({JSON}) or a recording ({_RECORDING})")
    if not path.is_file():
        raise ValueError(f"{path}: not found, wanted a scenario ({JSON}) or a recording ({_RECORDING})")
    named = world or next((part for part in reversed(path.resolve().parts) if part in worlds()), None)
    if kind == JSON:
        if episode is not None:
            raise ValueError(f"--episode: got {episode!r}, but {path} is a scenario, wanted a recording ({_RECORDING})")
        own = _with_scenarios(named, path)
        episodes = {path.stem: _played_by_nobody(own, path)}
    else:
        recording = _read_recording(path)
        own, episodes = _fitting(named, recording, path), _episodes(recording, path.stem)
    chosen = episodes if episode is None else _chosen(episodes, episode, path)
    return _scenes_of_file(own, chosen, path)


def scenes_of(world: str, recordings: Mapping[str, pd.DataFrame]) -> dict[str, Scene]:
    """Recorded episodes of a world, as its pictures have them; raises ValueError naming one that is none."""
    return {name: pictures(world).scene(recording, name) for name, recording in recordings.items()}


def _scenes_of_file(world: str, recordings: Mapping[str, pd.DataFrame], path: Path) -> dict[str, Scene]:
    with told_at(str(path)):
        return scenes_of(world, recordings)


def write_view(path: Path, scenes: Mapping[str, Scene], title: str, source: str) -> None:
    """Write episodes as the ending of the file's name says: a page plays all, a film one.

    Args:
        source: what to name where a film is asked of several.

    Raises:
        ValueError: an ending that is not known, or a film of several episodes.
    """
    check_output(path, "--output")
    if path.suffix.lower() == ".html":
        text = page(scenes, title)
        write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))
        return
    if len(scenes) > 1:
        raise ValueError(f"{source}: {len(scenes)} episodes, a film shows one: wanted --episode, {_some(scenes)}")
    (scene,), write = scenes.values(), WRITERS[path.suffix.lower()]
    write_atomically(path, lambda temporary: write(scene, temporary))


def _with_scenarios(world: str | None, path: Path) -> str:
    """The world of this name, or the first that reads the file."""
    refused = []
    for name in [] if world else worlds():
        if scenarios(name).suite():
            try:
                read_scenario(simulation(name), path)
            except ValueError as error:
                refused.append(f"{name}: {str(error).splitlines()[0].removeprefix(f'{path}: ')}")
            else:
                return name
    if refused:
        raise ValueError(f"{path}: no world's scenario, --world says whose it shall be; {'; '.join(refused)}")
    return str(world)


def _fitting(world: str | None, recording: pd.DataFrame, path: Path) -> str:
    """The world of this name, or the one that has most to show of a recording."""
    found = {name: set(pictures(name).columns) for name in ([world] if world else worlds())}
    fitting = [name for name, columns in found.items() if columns <= set(recording.columns)]
    if not fitting:
        lacks = [f"{', '.join(sorted(own - set(recording.columns)))} of {name}" for name, own in found.items()]
        raise ValueError(f"{path}: not a recording: missing columns {'; or '.join(lacks)}")
    return max(fitting, key=lambda name: len(found[name]))


def _played_by_nobody(world: str, path: Path) -> pd.DataFrame:
    own = simulation(world)
    space = Space(own, own.settings(), (read_scenario(own, path),))
    return play(space, Episodes.of_scenarios([0], 1, 0), Nothing(), record=[0]).recordings[0]


def _read_recording(path: Path) -> pd.DataFrame:
    recording = read_parquet(path)
    missing = [column for column in _COLUMNS if column not in recording.columns]
    if missing:
        raise ValueError(f"{path}: not a recording: missing columns {', '.join(missing)}")
    if recording.empty:
        raise ValueError(f"{path}: a recording without rows, wanted at least the initial state of an episode")
    check_words(recording, [name for name in (*_PARTS, "episode") if name in recording.columns], str(path))
    return recording


def _episodes(recording: pd.DataFrame, name: str) -> dict[str, pd.DataFrame]:
    """The episodes of a recording by name: what tells them apart, `suite / head_on` or `test / procedural 56`."""
    parts = [part for part in (*_PARTS, "episode") if part in recording.columns and recording[part].nunique() > 1]
    if not parts:
        return {name: recording}
    keys = list(recording.groupby(parts, sort=False).groups)
    named = Counter(_name(parts, key, numbered=False) for key in map(_as_tuple, keys))
    found = {}
    for key, rows in recording.groupby(parts, sort=False):
        plain = _name(parts, _as_tuple(key), numbered=False)
        found[plain if named[plain] == 1 else _name(parts, _as_tuple(key), numbered=True)] = rows
    return found


def _as_tuple(key: object) -> tuple[object, ...]:
    return key if isinstance(key, tuple) else (key,)


def _name(parts: list[str], key: tuple[object, ...], *, numbered: bool) -> str:
    """The group (set, mode), then the scenario; with `numbered` the number too."""
    value = {part: str(word) for part, word in zip(parts, key, strict=True)}
    group = " ".join(value[part] for part in ("set", "mode") if part in value)
    number = value.get("episode", "") if numbered else ""
    own = " ".join(filter(None, (value.get("scenario", "episode" if number else ""), number)))
    return " / ".join(filter(None, (group, own)))


def _chosen(episodes: dict[str, pd.DataFrame], wanted: str, path: Path) -> dict[str, pd.DataFrame]:
    found = {name: rows for name, rows in episodes.items() if wanted in _answers_to(name, rows)}
    if len(found) == 1:
        return found
    if found:
        raise ValueError(f"--episode: {wanted!r} is {len(found)} episodes of {path}, wanted one: {_some(found)}")
    near = difflib.get_close_matches(
        wanted, [word for name, rows in episodes.items() for word in _answers_to(name, rows)], 1
    )
    hint = f", did you mean {near[0]!r}?" if near else ","
    raise ValueError(f"--episode: no {wanted!r} in {path}{hint} known: {_some(episodes)}")


def _answers_to(name: str, rows: pd.DataFrame) -> list[str]:
    """Words that name an episode: its whole name, its scenario, its number."""
    return [name, *(str(rows[part].iloc[0]) for part in ("scenario", "episode") if part in rows.columns)]


def _some(episodes: Collection[str]) -> str:
    names = [repr(name) for name in episodes]
    return ", ".join(names[:_MOST_NAMED]) + (
        f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    )
