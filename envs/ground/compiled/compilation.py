"""Where compiled code is kept: one cache for all copies of equal sources on this machine, never older than they are.

numba keeps it beside each copy's sources, so that every copy compiles anew, and looks at a function's own file only: a
function that calls one in another file would go on flying the old rules.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import llvmlite
import llvmlite.binding
import numba
import numpy as np
from filelock import FileLock
from numba.core import caching, sigutils
from numba.core.compiler_lock import global_compiler_lock
from numba.core.dispatcher import Dispatcher
from numba.core.types import Record
from platformdirs import user_cache_path

MOST_FOLDERS = 20
"""So many states of the sources are kept, and beyond them those of the last day."""

_HERE = Path(__file__).resolve().parent
_PROJECT = _HERE.parents[2]
_DAY_S = 86_400.0


def cache_root() -> Path:
    """Where all compiled code lies: numba's own NUMBA_CACHE_DIR, else a folder of the user's cache."""
    chosen: str = numba.config.CACHE_DIR  # type: ignore[attr-defined]
    return Path(chosen) if chosen else user_cache_path("murmuration") / "compiled"


def machine() -> str:
    """What compiled code depends on besides the sources: versions, and the processor with its features."""
    versions = sys.version, numba.__version__, llvmlite.__version__, np.__version__
    return repr((*versions, llvmlite.binding.get_host_cpu_name(), llvmlite.binding.get_host_cpu_features().flatten()))


def compiled_from(folder: Path) -> tuple[Path, ...]:
    """The folders whose modules functions in `folder` may call, as tests/test_house.py has it.

    What all worlds' compiled code stands on; its own world's simulation, or outside of envs and pipeline, where any
    may be imported, all worlds'.
    """
    parts = folder.relative_to(_PROJECT).parts
    if parts[0] == "envs":
        simulations = [_PROJECT / "envs" / parts[1] / "simulation"]
    else:
        simulations = [] if parts[0] == "pipeline" else sorted(_PROJECT.glob("envs/*/simulation"))
    return tuple(dict.fromkeys((_HERE, *simulations, folder)))


@functools.cache
def content_key(folder: Path) -> str:
    """A hash of this machine and of all that functions in `folder` are compiled from.

    Taken once per process, as modules are loaded once.
    """
    key = hashlib.sha256(machine().encode())
    for path in (path for place in compiled_from(folder) for path in sorted(place.rglob("*.py"))):
        key.update(f"{path.relative_to(_PROJECT)}:{path.stat().st_size}:".encode())
        key.update(path.read_bytes())
    return key.hexdigest()[:16]


@functools.cache
def cache_folder(folder: Path) -> Path:
    """The folder for what is compiled from the modules in `folder`, made and marked as used now.

    Raises:
        ValueError: it cannot be written to.
    """
    root = cache_root()
    path = root / f"{folder.name}-{content_key(folder)}"
    try:
        path.mkdir(parents=True, exist_ok=True)
        os.utime(path)
    except OSError as error:
        wish = "wanted one that can be written to, see NUMBA_CACHE_DIR"
        raise ValueError(f"folder for compiled code: {path}: {error.strerror}, {wish}") from error
    _forget_old(root)
    return path


def _forget_old(root: Path) -> None:
    """Remove what was not used for the longest time."""
    used = {path: path.stat().st_mtime for path in root.iterdir() if path.is_dir()}
    for path in sorted(used, key=lambda path: used[path], reverse=True)[MOST_FOLDERS:]:
        if used[path] < time.time() - _DAY_S:
            shutil.rmtree(path, ignore_errors=True)


class ContentLocator(caching._CacheLocator):
    """Tells numba where the code of this project's functions lies."""

    def __init__(self, py_func: Callable[..., Any], py_file: str) -> None:
        self._py_file, self._line = py_file, py_func.__code__.co_firstlineno
        self._folder = Path(py_file).resolve().parent

    def get_cache_path(self) -> str:
        """The folder."""
        return str(cache_folder(self._folder))

    def get_source_stamp(self) -> str:
        """What must be equal for compiled code to be taken."""
        return content_key(self._folder)

    def get_disambiguator(self) -> str:
        """Tells functions of one name in one module apart."""
        return str(self._line)

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> Self | None:
        """The locator of a function in a package of this project; None for any other."""
        path = Path(py_file).resolve()
        inside = path.is_relative_to(_PROJECT) and (_PROJECT / path.relative_to(_PROJECT).parts[0] / "__init__.py")
        return cls(py_func, py_file) if inside and inside.is_file() else None


def _name_by_content(record: Record) -> tuple[str, tuple[str]]:
    return "Record", (hashlib.sha256(record.name.encode()).hexdigest()[:16],)


def _one_at_a_time(save: Callable[[caching.IndexDataCacheFile, Any, Any], None]) -> Callable[..., None]:
    """`save` of numba's cache, so that two processes never give two signatures of one function the same data file."""

    @functools.wraps(save)
    def locked(file: caching.IndexDataCacheFile, key: Any, data: Any) -> None:
        folder = Path(file._cache_path)
        folder.mkdir(parents=True, exist_ok=True)  # another process may have taken it for old
        with FileLock(folder / "lock"):
            save(file, key, data)

    return locked


_UNDER_WAY: list[Any] = []
"""The functions that this process is compiling; numba's own lock is held while it changes."""


def _by_one_process(compile_it: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """`compile` of numba's dispatcher, so that of processes that begin at once one compiles, and the others wait."""

    @functools.wraps(compile_it)
    def once(dispatcher: Any, signature: Any) -> Any:
        with global_compiler_lock:
            if _is_ours(dispatcher):
                dispatcher.targetoptions["no_cfunc_wrapper"] = True  # for callers in C, of whom there are none
            path = None if _UNDER_WAY else _waiting_room(dispatcher, signature)
            with FileLock(path) if path else contextlib.nullcontext():
                _UNDER_WAY.append(dispatcher)
                try:
                    return compile_it(dispatcher, signature)
                finally:
                    _UNDER_WAY.pop()

    return once


def _is_ours(dispatcher: Any) -> bool:
    """Whether the cache of this project keeps a function."""
    return isinstance(getattr(getattr(dispatcher._cache, "_impl", None), "locator", None), ContentLocator)


def _waiting_room(dispatcher: Any, signature: Any) -> Path | None:
    """The file to lock while a function is compiled; None where it has been, or where no cache keeps it."""
    cache, arguments = dispatcher._cache, tuple(sigutils.normalize_signature(signature)[0])
    if arguments in dispatcher.overloads or not _is_ours(dispatcher):
        return None
    key, folder = cache._index_key(signature, dispatcher.targetctx.codegen()), Path(cache.cache_path)
    if key in cache._cache_file._load_index():
        return None
    folder.mkdir(parents=True, exist_ok=True)
    words = f"{cache._cache_file._index_name} {arguments}"
    return folder / f"{hashlib.sha256(words.encode()).hexdigest()[:16]}.lock"


def _take_whole_registers() -> None:
    """Let vector loops use the 512 bits that a processor has; LLVM by itself stops at 256. The results are the same."""
    features = llvmlite.binding.get_host_cpu_features()
    config: Any = numba.config
    if features.get("avx512f") and config.CPU_NAME is None and config.CPU_FEATURES is None:
        config.CPU_NAME = llvmlite.binding.get_host_cpu_name()
        config.CPU_FEATURES = features.flatten() + ",-prefer-256-bit"


def _without_timers() -> None:
    """Let numba tell nobody of each call of LLVM: timers of all functions on the way listen, which takes its time."""
    lock = llvmlite.binding.ffi.lib._lock
    for callbacks in list(lock._cblist):
        lock.unregister(*callbacks)


def prepare() -> None:
    """Set numba up before anything is compiled; a second call changes nothing.

    Records are named in compiled symbols by what they hold. numba names them by a counter of the process that compiles:
    code for worlds of 4 and of 8 slots, cached by two processes, can carry one name, and a third that loads both runs
    the one on the other's memory.
    """
    if ContentLocator in caching.CacheImpl._locator_classes:
        return
    _take_whole_registers()
    _without_timers()
    cache_folder(_HERE)
    caching.CacheImpl._locator_classes.insert(0, ContentLocator)
    caching.IndexDataCacheFile.save = _one_at_a_time(caching.IndexDataCacheFile.save)  # type: ignore[method-assign]
    Dispatcher.compile = _by_one_process(Dispatcher.compile)  # type: ignore[method-assign, assignment]
    Record.mangling_args = property(_name_by_content)  # type: ignore[method-assign, assignment]
