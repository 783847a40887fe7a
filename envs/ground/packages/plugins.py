"""Plug-ins: what other installed packages offer by entry points, found without importing any of them.

A package names them in its pyproject.toml, in a section for each group: [project.entry-points."murmuration.worlds"].
What fails to load, or is not what was wanted, is told when it is asked for and stops nobody else. A name of ours stays
ours: `clashes` tells who offers another of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import util
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

ALGORITHMS, NETWORKS, WORLDS = "murmuration.algorithms", "murmuration.networks", "murmuration.worlds"
WISHES: Mapping[str, str] = MappingProxyType(
    {
        ALGORITHMS: "a Kind (pipeline/algorithms/learner.py), SB3Kind(..) say",
        NETWORKS: "a BaseFeaturesExtractor made of observation space and whole numbers, which it keeps as `numbers`",
        WORLDS: "a package with five rooms, simulation/room.py the first of them",
    }
)
"""By group, what an entry point is wanted to name."""


class PluginFault(ValueError):  # noqa: N818 - what somebody's package did
    """A plug-in that cannot be used; names its package, its entry point and what was wanted of it."""


@dataclass(frozen=True)
class Plugin:
    """What an installed package offers: by which name, and where it lies."""

    group: str
    name: str
    package: str
    version: str
    value: str

    def __str__(self) -> str:
        """How it is called in messages."""
        return f"plug-in {self.package} {self.version}: entry point {self.name} = {self.value} of {self.group}"

    @property
    def top(self) -> str:
        """The package of Python that it lies in."""
        return self.value.partition(":")[0].partition(".")[0]

    @property
    def folder(self) -> str:
        """Where the module, or the package of Python, that it names lies.

        Raises:
            PluginFault: nowhere.
        """
        return self._place(self.value.partition(":")[0])

    @property
    def source(self) -> str:
        """The folder of all its sources, or its one file; found without importing it.

        Raises:
            PluginFault: nowhere.
        """
        return self._place(self.top)

    def _place(self, module: str) -> str:
        found = self.told(lambda: util.find_spec(module))
        place = next(iter(found.submodule_search_locations or (found.origin,)), None) if found else None
        if place is None:
            raise self.fault("not found")
        return str(place)

    def fault(self, found: str) -> PluginFault:
        """The refusal that says what was found instead of what was wanted."""
        return PluginFault(f"{self}: {found}, wanted {WISHES[self.group]}")

    def told(self, load: Callable[[], Any]) -> Any:
        """What `load` gives, which runs code of the package.

        Raises:
            PluginFault: whatever that raises, in one line.
        """
        try:
            return load()
        except (Exception, SystemExit) as error:
            words = " ".join(str(error).split())
            raise self.fault(f"loading it raised {type(error).__name__}: {words}".removesuffix(": ")) from error

    def load(self, why_not: Callable[[Any], str]) -> Any:
        """What the entry point names.

        Args:
            why_not: says why it is not what was wanted; '' where it is.

        Raises:
            PluginFault: it cannot be imported, or is something else.
        """
        found = self.told(self._entry_point().load)
        refused = self.told(lambda: why_not(found))
        if refused:
            raise self.fault(refused)
        return found

    def _entry_point(self) -> EntryPoint:
        from importlib.metadata import EntryPoint

        return EntryPoint(self.name, self.value, self.group)


@cache
def _found(group: str) -> Mapping[str, tuple[Plugin, ...]]:
    """All plug-ins of a group, by name."""
    from importlib.metadata import entry_points  # takes a tenth of a second

    found = dict[str, tuple[Plugin, ...]]()
    for one in sorted(entry_points(group=group), key=lambda one: (one.name, one.value)):
        package, version = (one.dist.name, one.dist.version) if one.dist else ("?", "?")
        found[one.name] = (*found.get(one.name, ()), Plugin(group, one.name, package, version, one.value))
    return found


def names(group: str, ours: Collection[str]) -> tuple[str, ...]:
    """The names that plug-ins add to ours."""
    return tuple(name for name in _found(group) if name not in ours)


def plugin(group: str, name: str, ours: Collection[str]) -> Plugin | None:
    """The plug-in that offers this name; None where it is one of ours, or nobody's.

    Raises:
        PluginFault: several packages offer it.
    """
    offered = () if name in ours else _found(group).get(name, ())
    if len(offered) > 1:
        others = ", ".join(other.package for other in offered[1:])
        raise offered[0].fault(f"the same name is of {others}, too; uninstall one of them")
    return offered[0] if offered else None


def clashes(group: str, ours: Collection[str]) -> tuple[str, ...]:
    """In a line each, what plug-ins offer by a name that is ours, which stays."""
    found = [own for name, plugins in _found(group).items() if name in ours for own in plugins]
    return tuple(f"{own}: not used, for {own.name} is a name of this project, wanted another" for own in found)


def every() -> tuple[Plugin, ...]:
    """All plug-ins of all groups."""
    return tuple(own for group in WISHES for plugins in _found(group).values() for own in plugins)


def loaded_tops() -> set[str]:
    """The packages of Python that plug-ins lie in and that are loaded."""
    return {own.top for own in every() if own.top in sys.modules}
