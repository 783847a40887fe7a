"""What is installed: as the lock has it, and one copy of our own code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path

from packaging.requirements import Requirement

from envs.ground.packages import plugins
from pipeline.doctor.findings import Finding, fault, well
from pipeline.ground.files import read_text

LOCK = "requirements.lock"
_PINNED = re.compile(r"(?m)^([\w.-]+)==(\S+)$")
_OURS = ("envs", "pipeline", "flows")
_MOST_SHOWN = 4


def check_lock(root: Path) -> Finding:
    """Whether all of a checkout's pinned packages are installed in just these versions."""
    try:
        pinned = _PINNED.findall(read_text(root / LOCK))
    except FileNotFoundError:
        return fault("packages", f"{root / LOCK}: not found", f"git checkout -- {LOCK}")
    except ValueError as error:
        return fault("packages", str(error), f"git checkout -- {LOCK}")
    if not pinned:
        return fault("packages", f"{root / LOCK}: no line name==version in it", f"git checkout -- {LOCK}")
    return _told(_others(pinned), f"{len(pinned)} as in {LOCK}", "make setup")


def check_requirements() -> Finding:
    """Outside of a checkout: whether what the package asks for is installed."""
    try:
        asked = [Requirement(line) for line in requires("murmuration") or () if "extra ==" not in line]
    except PackageNotFoundError:
        return fault("packages", "the package murmuration is not installed", "pip install murmuration")
    wrong = [f"{one.name} {_installed(one.name)}, wanted {one.specifier or 'any'}" for one in asked if not _fits(one)]
    return _told(wrong, f"{len(asked)} as murmuration asks for", "pip install --upgrade murmuration")


def check_one_copy() -> Finding:
    """Our packages have common names: another's of such a name, first on the path, would be taken for ours."""
    places = {name: _place(name) for name in _OURS}
    if len(set(places.values())) > 1:
        found = ", ".join(f"{name} from {place}" for name, place in places.items())
        return fault("our code", f"from several places: {found}", "take the others off PYTHONPATH, or uninstall them")
    return well("our code", f"from {places['pipeline']}")


def check_plugins() -> Iterator[Finding]:
    """Whether what other packages offer by entry points can be loaded."""
    for own in plugins.every():
        about = f"plug-in {own.name}"
        try:
            own.load(lambda found: "")
            yield well(about, f"of {own.package} {own.version}, in {own.group}")
        except plugins.PluginFault as told:
            yield fault(about, str(told), f"pip install --upgrade {own.package}, or uninstall it")


def _others(pinned: list[tuple[str, str]]) -> Iterator[str]:
    """Packages of another version than pinned; a build's own suffix, +cpu, does not count."""
    for name, wanted in pinned:
        installed = _installed(name)
        if installed.partition("+")[0] != wanted.partition("+")[0]:
            yield f"{name} {installed}, wanted {wanted}"


def _told(wrong: Iterator[str] | list[str], right: str, advice: str) -> Finding:
    wrong = list(wrong)
    if not wrong:
        return well("packages", right)
    more = f"; and {len(wrong) - _MOST_SHOWN} more" if len(wrong) > _MOST_SHOWN else ""
    return fault("packages", "; ".join(wrong[:_MOST_SHOWN]) + more, advice)


def _fits(one: Requirement) -> bool:
    installed = _installed(one.name)
    return installed != "missing" and one.specifier.contains(installed, prereleases=True)


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _place(package: str) -> str:
    spec = find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    return str(Path(folders[0]).parent) if folders else "nowhere"
