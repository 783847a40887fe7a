"""An environment by import path: of an installed package, or of a file of one's own."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import pkgutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from pettingzoo import AECEnv, ParallelEnv

from envs.ground.any_environment.faults import EnvironmentFault, faults_told
from envs.ground.any_environment.turns import Turns
from envs.ground.rows.seen_once import seen_once
from envs.pettingzoo.simulation.settings import EnvironmentSettings

_CONSTRUCTORS = ("parallel_env", "env")
_FILE = ".py"
_DATA, _PETTINGZOO = "data", "pettingzoo"


def make(settings: EnvironmentSettings, render_mode: str | None) -> ParallelEnv:
    """The environment of these settings; one whose agents move by turns says who waits.

    Args:
        render_mode: handed over where the constructor takes one, and `arguments` do not say.

    Raises:
        ValueError: naming the key, for a module that is not there, what is no environment, and wrong arguments.
    """
    constructor = find(settings.module)
    arguments = dict(settings.arguments)
    if render_mode is not None and _takes(constructor, "render_mode"):
        arguments.setdefault("render_mode", render_mode)
    with faults_told(f"arguments: {settings.module}, called with {arguments},"):
        env = constructor(**arguments)
    if not isinstance(env, ParallelEnv | AECEnv):
        raise ValueError(f"module: {settings.module} makes a {type(env).__name__}, wanted a PettingZoo environment")
    env = _wrapped(seen_once(env), settings)
    if isinstance(env, AECEnv):
        env = Turns(env)
    if not getattr(env, "possible_agents", None):
        raise ValueError(f"module: {settings.module} has no possible_agents, wanted all agents that may ever play")
    return env


def _wrapped(env: Any, settings: EnvironmentSettings) -> Any:
    """Inside the wrappers that are named; SuperSuit, which brings torch along, is loaded where there are some."""
    if not settings.wrappers:
        return env
    from envs.ground.rows.vectorize import wrapped

    return wrapped(env, settings.wrappers)


def find(path: str) -> Callable[..., Any]:
    """What makes the environment: `package.module`, `folder/file.py`, either with `:name` of what is called.

    A policy from elsewhere names it, too, with arguments of its choice: so nothing in `data` is loaded, and of what is
    installed nothing is called that has nothing to do with PettingZoo.

    Raises:
        ValueError: the module or the name is not there, or may not be loaded or called.
    """
    place, _, name = path.partition(":")
    own_file = place.endswith(_FILE)
    module = _load_file(place) if own_file else _load_module(place)
    for wanted in [name] if name else _CONSTRUCTORS:
        found = getattr(module, wanted, None)
        if callable(found) and not own_file and not _knows_pettingzoo(found, place):
            raise ValueError(f"module: {place}:{wanted} is of no package that knows PettingZoo, so it is not called")
        if callable(found):
            return found
        if hasattr(module, wanted):
            got = type(getattr(module, wanted)).__name__
            raise ValueError(f"module: {place}:{wanted} is a {got}, wanted a class or a function that makes one")
    known = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f", did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"module: {place} has no {name or ' or '.join(_CONSTRUCTORS)}{hint}; known: {', '.join(known)}")


def sources(settings: EnvironmentSettings) -> tuple[str, ...]:
    """The file that is loaded, where it is one's own."""
    place = settings.module.partition(":")[0]
    return (place,) if place.endswith(_FILE) else ()


def _load_module(name: str) -> ModuleType:
    _refuse_data(Path(name.replace(".", "/")), name)
    try:
        with faults_told(f"module: {name}, when it was loaded,"):
            return importlib.import_module(name)
    except EnvironmentFault as fault:
        missing = fault.__cause__.name if isinstance(fault.__cause__, ModuleNotFoundError) else None
        if missing is None or not f"{name}.".startswith(f"{missing}."):
            raise
        told = f"no module named {missing!r}{_near(missing)}"
        raise ValueError(
            f"module: {name} cannot be imported: {told}; wanted an installed package, or FILE.py"
        ) from None


def _knows_pettingzoo(found: Callable[..., Any], place: str) -> bool:
    """Whether anything loaded of the package that something is defined in is of PettingZoo."""
    package = (getattr(found, "__module__", None) or place).partition(".")[0]
    modules = [own for name, own in list(sys.modules.items()) if name.partition(".")[0] == package]
    values = [value for own in modules if own is not None for value in list(vars(own).values())]
    kinds = (ModuleType, FunctionType, type)
    told = [value for value in values if issubclass(type(value), kinds)]  # isinstance asks the value, which may warn
    named = [value.__name__ if issubclass(type(value), ModuleType) else value.__module__ for value in told]
    return any(isinstance(name, str) and name.partition(".")[0] == _PETTINGZOO for name in named)


def _near(missing: str) -> str:
    """The nearest module of the package in which one is missing."""
    package, _, last = missing.rpartition(".")
    places = getattr(sys.modules.get(package), "__path__", [])
    near = difflib.get_close_matches(last, [module.name for module in pkgutil.iter_modules(places)], n=1)
    return f", did you mean {f'{package}.{near[0]}'!r}?" if near else ""


def _refuse_data(place: Path, name: str) -> None:
    if Path(_DATA).resolve() in place.resolve().parents:
        raise ValueError(f"module: {name} lies in {_DATA}, which is not run; wanted my_envs/FILE.py or a package")


def _load_file(path: str) -> ModuleType:
    _refuse_data(Path(path), path)
    name = "murmuration_world_" + "".join(c if c.isalnum() else "_" for c in path)
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with faults_told(f"module: {path}, when it was loaded,"):
            spec.loader.exec_module(module)
    except EnvironmentFault as fault:
        del sys.modules[name]
        if isinstance(fault.__cause__, FileNotFoundError) and str(fault.__cause__.filename).endswith(path):
            wish = "wanted a file beside params.yaml or an installed package"
            raise ValueError(f"module: {path} not found, {wish}") from None
        raise
    return module


def _takes(constructor: Callable[..., Any], name: str) -> bool:
    try:
        parameters = inspect.signature(constructor).parameters.values()
    except (TypeError, ValueError):
        return False
    return any(each.name == name or each.kind is each.VAR_KEYWORD for each in parameters)
