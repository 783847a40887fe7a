"""The machine: Python, cores, memory, disk, graphics card, and the folders of the user's own."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from tempfile import NamedTemporaryFile

import psutil
from packaging.specifiers import SpecifierSet

from pipeline.doctor.findings import Finding, fault, note, well

GIB = 2**30
LEAST_MEMORY, ENOUGH_MEMORY = 1 * GIB, 2 * GIB
"""Available: less fails, less is tight."""
LEAST_DISK, ENOUGH_DISK = 1 * GIB, 5 * GIB
"""Free in the checkout: a run of all stages leaves tens of MB, an environment takes some GB."""


def check_machine(root: Path) -> Iterator[Finding]:
    """All of them; `root` is where things will be written."""
    yield check_python(platform.python_version())
    yield check_cores(usable_cores())
    yield check_memory(psutil.virtual_memory().available)
    yield check_disk(root)
    yield check_compiled_cache()
    yield check_key()


def check_python(version: str) -> Finding:
    """Whether the package takes this version."""
    try:
        wanted = metadata("murmuration")["Requires-Python"]
    except PackageNotFoundError:
        return fault("python", f"{version}, and the package murmuration is not installed", "make setup")
    if version not in SpecifierSet(wanted, prereleases=True):
        return fault("python", f"{version}, wanted {wanted}", "install such a Python, then make clean setup")
    return well("python", f"{version} ({platform.system()} {platform.machine()})")


def usable_cores() -> int:
    """Those that this process may use; where the system does not tell, those that there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def check_cores(usable: int) -> Finding:
    """One does all, slowly."""
    if usable < 2:
        return note("cores", f"{usable} usable", "everything runs, in about twice the time of two")
    return well("cores", f"{usable} usable")


def check_memory(available: int) -> Finding:
    """`available` in bytes."""
    found = f"{available / GIB:.1f} GiB available"
    if available < LEAST_MEMORY:
        return fault("memory", f"{found}, wanted {LEAST_MEMORY / GIB:.0f} or more", "end other programs")
    if available < ENOUGH_MEMORY:
        return note("memory", found, "train with fewer worlds (train.num_worlds), and one run at a time")
    return well("memory", found)


def check_disk(folder: Path, least: int = LEAST_DISK, enough: int = ENOUGH_DISK) -> Finding:
    """Free space where the checkout lies; limits in bytes."""
    free = shutil.disk_usage(folder).free
    found = f"{free / GIB:.1f} GiB free at {folder}"
    if free < least:
        return fault(
            "disk", f"{found}, wanted {least / GIB:.0f} or more", "make room; dvc gc --workspace drops old runs"
        )
    if free < enough:
        return note("disk", found, "dvc gc --workspace drops what old runs made")
    return well("disk", found)


def check_compiled_cache() -> Finding:
    """Compiled code is kept in a folder of the user's; without it nothing starts."""
    from envs.ground.compiled.compilation import cache_root

    folder = cache_root()
    refusal = write_refusal(folder)
    if refusal:
        advice = "make it writable, or name another folder by NUMBA_CACHE_DIR"
        return fault("compiled code", f"{folder}: {refusal}", advice)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.exists() else 0
    return well("compiled code", f"{size / 2**20:.0f} MiB in {folder}")


def check_key() -> Finding:
    """The key that signs resume checkpoints; without it no training starts."""
    from pipeline.ground.signing import key_file, sign

    path = key_file()
    if not path.exists():
        refusal = write_refusal(path.parent)
        if refusal:
            return fault("key", f"{path.parent}: {refusal}", "make it writable, or name another by XDG_CONFIG_HOME")
        return well("key", f"the first training makes {path}")
    try:
        sign(b"", "doctor")
    except ValueError as error:
        return fault("key", str(error), "as said; without it no training starts")
    return well("key", str(path))


def check_device(asked: str) -> Finding:
    """`asked`: train.device of params.yaml: cpu, cuda or auto."""
    import torch

    found = f"torch {torch.__version__}"
    if torch.cuda.is_available():
        return well("device", f"{found}, CUDA on {torch.cuda.get_device_name(0)}; train.device is {asked}")
    if asked.startswith("cuda"):
        return fault("device", f"{found} reaches no CUDA, train.device is {asked}", "set train.device to cpu or auto")
    return well("device", f"{found}, no CUDA; train.device is {asked}")


def write_refusal(folder: Path) -> str:
    """Why nothing can be written into a folder, or where it is not there into the nearest above; '' where it can."""
    nearest = next(place for place in (folder, *folder.absolute().parents) if os.path.lexists(place))
    try:
        with NamedTemporaryFile(dir=nearest, prefix=".murmuration-doctor-"):
            return ""
    except OSError as error:
        return f"cannot be written to: {error.strerror}"
