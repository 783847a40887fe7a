"""What is asked for, and the params.yaml that says so."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from envs.ground import doors
from envs.ground.record import unknown
from pipeline.ground.checks import ParamsError, known, merge, told_at
from pipeline.ground.parts import check_part
from pipeline.ground.paths import BEGINNINGS, OWN_ENVIRONMENTS, PARAMS, RECORDS
from pipeline.settings.params import Values, commented, read_commented
from pipeline.shipped.files import SHIPPED_PARAMS

CHECKOUT = Path(__file__).resolve().parents[2]
"""Where this code lies: a checkout, or the folder of installed packages."""
BY_PATH = "pettingzoo"
"""The world that is any environment by its import path."""
SAID_OTHERWISE = {"worlds": "the world", "seeds": "the seed", "policies": "keys of the section train"}
"""Keys that settings may not change, and what says them."""
_FILE, _WEIGHTS, _EARLIER = ".py", "weights.safetensors", "earlier"
_DESCRIBED, _PARTS, _GIVEN = "record.json", ".parquet", "given"
_SECTION = "section.yaml"
"""In the package of a plug-in's world: its section of params.yaml, by its name."""


@dataclass(frozen=True)
class Request:
    """One world, some seeds, and departures from params.yaml; a value of None is left as it is there.

    Args:
        world: a world that has a section of params.yaml, or an import path.
        environment: by key of BY_PATH.simulation, for an import path.
        training: by key of train, over all that params.yaml says for the world and the policy.
        settings: by dotted key of params.yaml; those of train as in `training`.
        begin_with: the folder of a finished training or an export, whose weights learn on.
        records: the folder of records to learn from, see docs/records.md.
    """

    world: str
    seeds: tuple[int, ...]
    environment: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    begin_with: Path | None = None
    records: Path | None = None

    @property
    def is_path(self) -> bool:
        """Whether the world is named by an import path."""
        return self.world not in doors.worlds()

    @property
    def section(self) -> str:
        """The world's section of params.yaml."""
        return BY_PATH if self.is_path else self.world

    @property
    def file(self) -> Path | None:
        """The environment's file, where it is one of one's own."""
        place = self.world.partition(":")[0]
        return Path(place) if self.is_path and place.endswith(_FILE) else None

    @property
    def label(self) -> str:
        """A short name: simple_spread_v3, gather, airspace."""
        return self.file.stem if self.file else self.world.partition(":")[0].rpartition(".")[2]

    @property
    def copied_to(self) -> Path | None:
        """Where the environment's file lies in the run's folder, below where the stages look for one's own."""
        if self.file is None:
            return None
        own, file = OWN_ENVIRONMENTS.resolve(), self.file.resolve()
        return OWN_ENVIRONMENTS / (file.relative_to(own) if file.is_relative_to(own) else file.name)

    @property
    def copies(self) -> dict[Path, Path]:
        """What the run needs of files elsewhere, and where these lie in its folder."""
        found = {self.begin_with / _WEIGHTS: BEGINNINGS / _EARLIER / _WEIGHTS} if self.begin_with is not None else {}
        if self.records is not None:
            there = [path for path in self.records.iterdir() if path.suffix == _PARTS or path.name == _DESCRIBED]
            found |= {path: RECORDS / _GIVEN / path.name for path in sorted(there)}
        if self.file is not None and self.copied_to is not None:
            found[self.file] = self.copied_to
        return found


@dataclass(frozen=True)
class Plan:
    """A request as the stages are told it: the text of params.yaml, and the policy's name there."""

    request: Request
    policy: str
    params: str

    def in_words_asked(self, refusal: str) -> str:
        """What the stage check refused, a policy's own keys named as those of train that they were asked as."""
        return refusal.replace(f"{PARAMS}: policies.{self.policy}.", "train.")


def import_path(world: object) -> str:
    """What names a world: text as it is, a module or a function of a module by its import path.

    Raises:
        ValueError: what cannot be made anew in another process.
    """
    if isinstance(world, str):
        return world
    if isinstance(world, ModuleType):
        return world.__name__
    module, name = getattr(world, "__module__", ""), getattr(world, "__qualname__", "")
    wish = "wanted the import path of what makes it, as 'mpe2.simple_spread_v3' or 'my_envs/gather.py:parallel_env'"
    if not isinstance(world, Callable) or not name.isidentifier():  # type: ignore[arg-type]
        raise ValueError(f"world: got a {type(world).__name__}, which other processes cannot make anew; {wish}")
    if module == "__main__":
        raise ValueError(f"world: got {name} of the script that runs, which other processes would run again; {wish}")
    return f"{module}:{name}"


def plan(request: Request) -> Plan:
    """The params.yaml that comes along, of this checkout or with the package, with what is asked for.

    Raises:
        ValueError: naming what was asked for and cannot be; values that keys refuse are left to the stage check.
    """
    _check(request)
    values = read_commented(SHIPPED_PARAMS)
    policy, own = next(iter(values["policies"].items()))
    _add_section(values, request.section)
    values["worlds"][:], values["seeds"][:] = [request.section], request.seeds
    begins = {"begin_with": _EARLIER} if request.begin_with is not None else {}
    begins |= {"records": _GIVEN} if request.records is not None else {}
    values["policies"] = {policy: merge(own or {}, _said(request.training) | begins)}
    values["report"]["title"] = request.label
    for key, value in (_environment(request) | dict(request.settings)).items():
        _lay(values, key, value, policy)
    return Plan(request, policy, commented(values))


def _add_section(values: Values, world: str) -> None:
    """Where a world is of a plug-in and has no section yet, the one that comes with it.

    Raises:
        ParamsError: there is none.
    """
    own = doors.plugged(world)
    if own is not None and world not in values:
        place = Path(own.folder) / _SECTION
        found = read_commented(place)
        values[world] = found[known(world, found, str(place))]


def _check(request: Request) -> None:
    if request.file is not None and not request.file.is_file():
        raise ValueError(f"world: {request.file}: no such file, wanted one of a PettingZoo environment")
    if request.begin_with is not None and not (request.begin_with / _WEIGHTS).is_file():
        wish = "wanted the folder of a finished training or of an export"
        raise ValueError(f"begin_with: {request.begin_with / _WEIGHTS}: no such file, {wish}")
    if request.begin_with is not None:
        with told_at("begin_with"):
            check_part(request.begin_with, _WEIGHTS)
    if request.records is not None and not (request.records / _DESCRIBED).is_file():
        wish = "wanted a folder that `murmuration record` wrote"
        raise ValueError(f"records: {request.records / _DESCRIBED}: no such file, {wish}")
    if request.section != BY_PATH and _said(request.environment):
        asked = next(iter(_said(request.environment)))
        raise ValueError(f"{asked}: wanted none for {request.section}: only environments by import path take them")
    if request.is_path and request.world.isidentifier() and not _is_module(request.world):
        raise ValueError(f"world: {unknown(request.world, doors.worlds())}, or an import path: mpe2.simple_spread_v3")
    for key in request.settings:
        if key == "train":
            raise ValueError(f"{key}: got a setting, wanted one of its keys, say train.num_worlds")
        if key.partition(".")[0] in SAID_OTHERWISE:
            raise ValueError(f"{key}: got a setting, wanted {SAID_OTHERWISE[key.partition('.')[0]]} instead")


def _is_module(name: str) -> bool:
    return PathFinder.find_spec(name, [str(Path.cwd()), *sys.path]) is not None


def _environment(request: Request) -> dict[str, Any]:
    """By key of params.yaml; another module than there has none of the arguments, wrappers and outcomes of that one."""
    said = _said(request.environment)
    if request.is_path:
        place, colon, name = request.world.partition(":")
        module = f"{request.copied_to.as_posix() if request.copied_to else place}{colon}{name}"
        said = {"module": module, "arguments": {}, "wrappers": [], "outcomes": {}} | said
    keys = {f"{BY_PATH}.simulation.{key}": value for key, value in said.items()}
    return keys | ({f"{BY_PATH}.preset": None} if request.is_path else {})


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _lay(values: Values, key: str, value: Any, policy: str) -> None:
    """Set one value; those of training go to the policy's own, which come before all others.

    Raises:
        ParamsError: the key leads through a value.
    """
    way = key.split(".")
    *way, last = ["policies", policy, *way[1:]] if way[0] == "train" else way
    node = values
    for part in way:
        if node.get(part) is None:
            node[part] = {}
        node = node[part]
        if not isinstance(node, dict):
            raise ParamsError(f"{PARAMS}: {key}: {part} is {node!r}, wanted a key that holds others")
    node[last] = value


def settings_of(words: Sequence[str], option: str, read: Callable[[str], Any]) -> dict[str, Any]:
    """KEY=VALUE words as keys and values.

    Raises:
        ValueError: a word without =, or a value that `read` refuses; told by `option` and key.
    """
    found = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise ValueError(f"{option}: got {word}, wanted KEY=VALUE")
        try:
            found[key] = read(value)
        except ValueError as error:
            raise ValueError(f"{option} {key}: {error}") from None
    return found
