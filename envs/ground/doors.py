"""The doors of the worlds: `simulation("NAME")` is SIMULATION of `envs/NAME/simulation/room.py`, and so on.

A world of a plug-in (`envs/ground/packages/plugins.py`) has its rooms in the package that its entry point names.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module, util
from typing import TYPE_CHECKING, Any

from envs.ground.outside import NothingOutside, Outside
from envs.ground.packages import plugins

if TYPE_CHECKING:
    from envs.ground.evaluating import Evaluation
    from envs.ground.rooms import Baselines, Pictures, Scenarios
    from envs.ground.shielding import Shield
    from envs.ground.world import Simulation


@cache
def own_worlds() -> tuple[str, ...]:
    """The names of the worlds of this project: folders of envs that have a simulation."""
    packages = [module for module in pkgutil.iter_modules(_places("envs"), "envs.") if module.ispkg]
    inside = {found.name: [room.name for room in pkgutil.iter_modules(_places(found.name))] for found in packages}
    return tuple(name.removeprefix("envs.") for name, rooms in inside.items() if "simulation" in rooms)


@cache
def worlds() -> tuple[str, ...]:
    """The names of all worlds: of this project, and of plug-ins."""
    return (*own_worlds(), *plugins.names(plugins.WORLDS, own_worlds()))


def plugged(name: str) -> plugins.Plugin | None:
    """The plug-in that a world is of; None where it is one of this project's, or there is none.

    Raises:
        PluginFault: several packages offer it.
    """
    return plugins.plugin(plugins.WORLDS, name, own_worlds())


def package(name: str) -> str:
    """The package of Python that a world's rooms are in."""
    own = plugged(name)
    return own.value if own else f"envs.{name}"


def _places(name: str) -> list[str]:
    """Where a package lies, found without importing it."""
    spec = util.find_spec(name)
    return list(spec.submodule_search_locations or ()) if spec else []


def _open(name: str, room: str) -> Any:
    if name not in worlds():
        from envs.ground.record import unknown

        raise ValueError(f"world: {unknown(name, worlds())}")
    own, opened = plugged(name), lambda: import_module(f"{package(name)}.{room}.room")
    return getattr(own.told(opened) if own else opened(), room.split(".")[-1].upper())


def simulation(name: str) -> Simulation:
    """Room 1 of a world; raises ValueError where there is none of this name."""
    return _open(name, "simulation")


def baselines(name: str) -> Baselines:
    """Room 2 of a world; raises ValueError where there is none of this name."""
    return _open(name, "baselines")


def scenarios(name: str) -> Scenarios:
    """Room 3 of a world; raises ValueError where there is none of this name."""
    return _open(name, "scenarios")


def evaluation(name: str) -> Evaluation:
    """Room 4 of a world; raises ValueError where there is none of this name."""
    return _open(name, "evaluation")


def pictures(name: str) -> Pictures:
    """Room 5 of a world; raises ValueError where there is none of this name."""
    return _open(name, "pictures")


def outside(name: str) -> Outside:
    """What others have for a world; of one without such a room nothing. Raises ValueError where there is no world."""
    return NothingOutside() if _lacks(name, "outside") else _open(name, "outside")


def shield(name: str) -> Shield:
    """The net of a world, which stands among its baselines; of one that has none one that says so.

    Raises:
        ValueError: there is no world of this name.
    """
    if not _lacks(name, "baselines.shield"):
        return _open(name, "baselines.shield")
    from envs.ground.shielding import NoShield

    return NoShield()


def _lacks(name: str, room: str) -> bool:
    """Whether there is such a world, without a room of this name."""
    *above, last = f"{package(name)}.{room}".split(".")
    return name in worlds() and last not in (found.name for found in pkgutil.iter_modules(_places(".".join(above))))
