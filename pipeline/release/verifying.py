"""Makes an export again from what it recorded, in a clone of its own, and says what came out differently."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from pipeline.export.graph_file import numbers_of, read_graph
from pipeline.export.origin import ORIGIN, Origin, origin
from pipeline.export.policy_file import read_policy
from pipeline.ground.checks import check
from pipeline.ground.files import read_json
from pipeline.ground.paths import ONNX, export, repository_root
from pipeline.release.promotions import promoted_as
from pipeline.tracking.runs import flatten

MEASURED_ANEW = {
    f"training.{name}" for name in ("seconds", "agent_steps_per_second", "peak_memory_mb", "resumed", "mlflow_run_id")
}
"""Differs from run to run, and decides nothing."""


def verify(folder: Path, reuse_cache: bool) -> str:
    """Rebuild the export in `folder` and compare.

    Args:
        reuse_cache: take from DVC's cache what it knows; otherwise scenarios, training and evaluation run anew.

    Raises:
        ValueError: something differs, or it cannot be rebuilt.
    """
    described, recorded = read_policy(folder)[1], read_origin(folder)
    check_rebuildable(recorded, folder)
    with TemporaryDirectory(prefix="murmuration-verify-") as place:
        clone = Path(place) / "clone"
        check_out(recorded, clone, reuse_cache)
        rebuild(f"{described.world}-{described.name}", clone)
        found = differences(folder, clone / export(described.world, described.name))
    if found:
        lines = [f"{folder}: rebuilt from {recorded.git_commit[:12]}, and differs:", *found, *elsewhere(recorded)]
        raise ValueError("\n  ".join(lines))
    same = f"{folder}: rebuilt from {recorded.git_commit[:12]}: the same weights, hashes and figures"
    return "\n".join(filter(None, (same, promoted_as(described, folder))))


def read_origin(folder: Path) -> Origin:
    """What an export recorded of its origin.

    Raises:
        ValueError: nothing, or not as written.
    """
    try:
        values = read_json(folder / ORIGIN)
    except FileNotFoundError:
        raise ValueError(f"{folder / ORIGIN}: not found, wanted an export of this version; export again") from None
    return check(Origin, values, str(folder / ORIGIN))


def check_rebuildable(recorded: Origin, folder: Path) -> None:
    """Raise ValueError where it was made outside of git, or with files that git does not know."""
    if recorded.git_commit == "unknown":
        raise ValueError(f"{folder / ORIGIN}: git_commit: unknown, wanted an export made in a checkout under git")
    if recorded.untracked:
        names = ", ".join(recorded.untracked)
        raise ValueError(f"{folder / ORIGIN}: made with files that are not in git: {names}; add them, and export again")


def check_out(recorded: Origin, clone: Path, reuse_cache: bool) -> None:
    """The recorded commit with the recorded changes, in a clone with a cache of its own unless told otherwise.

    Raises:
        ValueError: the commit is not in this repository, or the changes do not apply.
    """
    root = repository_root()
    _git("clone", "--quiet", "--shared", "--no-checkout", str(root), str(clone))
    _git("-C", str(clone), "checkout", "--quiet", "--detach", recorded.git_commit)
    if recorded.patch:
        _git("-C", str(clone), "apply", "--whitespace=nowarn", "-", given=recorded.patch)
    if reuse_cache:
        (clone / ".dvc/config.local").write_text(f"[cache]\n    dir = {root / '.dvc/cache'}\n", encoding="utf-8")


def rebuild(name: str, clone: Path) -> None:
    """Run the stages in the clone; what they print is printed.

    Raises:
        ValueError: a stage failed.
    """
    variables = {key: value for key, value in os.environ.items() if not key.startswith(("DVC_", "MLFLOW_TRACKING_"))}
    words = [sys.executable, "-m", "flows.dvc_command", f"export@{name}"]
    status = subprocess.run(words, cwd=clone, env=variables | {"PYTHONPATH": str(clone)}, check=False).returncode
    if status:
        raise ValueError(f"rebuilding ended with {status}; see above")


def differences(recorded: Path, rebuilt: Path) -> list[str]:
    """What two exports (folders) do not have in common: weights, hashes, figures and settings; timings left out."""
    one, other = (flatten(read_json(folder / "policy.json")) for folder in (recorded, rebuilt))
    keys = sorted((one.keys() | other.keys()) - MEASURED_ANEW)
    lines = [
        f"{key}: {_text(one, key)}, rebuilt {_text(other, key)}" for key in keys if _text(one, key) != _text(other, key)
    ]
    return [*_weights(recorded / ONNX, rebuilt / ONNX), *lines]


def elsewhere(recorded: Origin) -> list[str]:
    """What is different about this machine, which may be why."""
    then, now = (flatten(each.model_dump()) for each in (recorded, origin(recorded.begun_with, recorded.records)))
    places = [key for key in then if key.startswith("libraries.") or key in ("python", "machine")]
    return [f"made with {key} {then[key]}, here {now[key]}" for key in places if then[key] != now[key]]


def _weights(recorded: Path, rebuilt: Path) -> list[str]:
    one, other = (_initializers(path) for path in (recorded, rebuilt))
    if {name: each.shape for name, each in one.items()} != {name: each.shape for name, each in other.items()}:
        return ["weights: another network"]
    largest = max((float(np.abs(one[name] - other[name]).max(initial=0.0)) for name in one), default=0.0)
    return [f"weights: by up to {largest:.1e}"] if largest else []


def _initializers(path: Path) -> dict[str, np.ndarray]:
    return {tensor.name: numbers_of(tensor, path).astype(np.float64) for tensor in read_graph(path).initializer}


def _text(values: dict[str, Any], key: str) -> str:
    return json.dumps(values[key]) if key in values else "nothing"


def _git(*words: str, given: str | None = None) -> None:
    done = subprocess.run(["git", *words], input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(f"git {' '.join(words)}: {done.stderr.strip()}")
