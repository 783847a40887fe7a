"""What a folder, the code or a network's weights hold, as one hash."""

from __future__ import annotations

import hashlib
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from envs.ground.packages import plugins

if TYPE_CHECKING:
    import torch

_OURS, _OWN = ("envs", "pipeline", "my_envs"), "murmuration_world_"
"""Packages whose modules are code of this project, and how files of environments are called when they are loaded."""
_LIBRARIES = ("torch", "stable-baselines3", "sb3-contrib", "supersuit", "numba", "numpy")


def digest_folder(folder: Path) -> str:
    """SHA-256 over the names and contents of all files below `folder`, but pages to look at and what Python keeps."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".html", ".pyc")):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def libraries() -> dict[str, str]:
    """The versions of the libraries that decide numbers."""
    return {name: version(name) for name in _LIBRARIES}


def digest_code() -> str:
    """SHA-256 over the source of this project's modules that are loaded, of one's own environments and of plug-ins.

    With those beside them: what one loads when it gets there counts from the beginning.
    """
    digest, sources = hashlib.sha256(), _sources()
    for name in sorted(sources):
        digest.update(name.encode() + b"\0" + sources[name].read_bytes() + b"\0")
    return digest.hexdigest()


def _sources() -> dict[str, Path]:
    """The files of code of this project, by the names of their modules."""
    found, ours = dict[str, Path](), {*_OURS, *plugins.loaded_tops()}
    for name, module in list(sys.modules.items()):
        package, _, last = name.rpartition(".")
        source = getattr(module, "__file__", None)
        if not source or (name.split(".")[0] not in ours and not name.startswith(_OWN)):
            continue
        found[name] = Path(source)
        if package and last == Path(source).stem:  # a module of a package, no package itself
            found |= {f"{package}.{path.stem}": path for path in found[name].parent.glob("[!_]*.py")}
    return found


def digest_weights(weights: dict[str, torch.Tensor]) -> str:
    """SHA-256 over names and numbers of a state dict: equal weights, equal digest."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        digest.update(name.encode() + weights[name].detach().cpu().numpy().tobytes())
    return digest.hexdigest()
