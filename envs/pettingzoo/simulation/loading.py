"""An environment by import path: of an installed package, or of a file of one's own."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import pkgutil
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from pettingzoo import AECEnv, ParallelEnv

from envs.ground.any_environment.faults import EnvironmentFault, faults_told
from envs.ground.any_environment.turns import Turns
from envs.ground.rows.seen_once import seen_once
from envs.ground.rows.vectorize import wrapped
from envs.pettingzoo.simulation.settings import EnvironmentSettings

_CONSTRUCTORS = ("parallel_env", "env")
_FILE = ".py"


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
    env = wrapped(seen_once(env), settings.wrappers)
    if isinstance(env, AECEnv):
        env = Turns(env)
    if not getattr(env, "possible_agents", None):
        raise ValueError(f"module: {settings.module} has no possible_agents, wanted all agents that may ever play")
    return env


def find(path: str) -> Callable[..., Any]:
    """What makes the environment: `package.module`, `folder/file.py`, either with `:name` of what is called.

    Raises:
        ValueError: the module or the name is not there.
    """
    place, _, name = path.partition(":")
    module = _load_file(place) if place.endswith(_FILE) else _load_module(place)
    for wanted in [name] if name else _CONSTRUCTORS:
        if callable(getattr(module, wanted, None)):
            return getattr(module, wanted)
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


def _near(missing: str) -> str:
    """The nearest module of the package in which one is missing."""
    package, _, last = missing.rpartition(".")
    places = getattr(sys.modules.get(package), "__path__", [])
    near = difflib.get_close_matches(last, [module.name for module in pkgutil.iter_modules(places)], n=1)
    return f", did you mean {f'{package}.{near[0]}'!r}?" if near else ""


def _load_file(path: str) -> ModuleType:
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
