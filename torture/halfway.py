"""Checkouts in which all stages before one have run: harm is done to that one, and costs no more."""

from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML

from flows.dvc_files import is_whole
from torture.cases import Bench, FailedError
from torture.checkouts import STAGES, before, call, check_no_traceback, copy, last_words

_ALWAYS_ALIKE = ("data/checked", "data/begun", "data/scenarios", "network.safetensors", "weights.safetensors")
"""Outputs in which no clock and no run's number stands."""


def start(base: Path, stage: str, folder: Path) -> Path:
    """A copy to do harm to."""
    return copy(before(base, stage), folder)


def check_goes_on(folder: Path, bench: Bench, first: str, last: str) -> None:
    """One `make repro` makes `first` to `last` as in the finished checkout, and nothing again that was finished.

    Raises:
        FailedError: it does not.
    """
    status, said = make_repro(folder, bench, last)
    if status:
        raise FailedError(f"make repro ended with {status}: {last_words(said)}")
    check_kept(said, first)
    check_alike(folder, bench.base)
    check_cache(folder)
    check_up_to_date(folder, bench, last)


def make_repro(folder: Path, bench: Bench, stage: str) -> tuple[int, str]:
    """The words of `make repro` up to `stage`; status and all that was said, without a stack."""
    status, told = call(folder, bench.log, "python", "-m", "flows.dvc_files", variables=bench.warm)
    if status == 0:
        status, said = call(folder, bench.log, "dvc", "repro", stage, variables=bench.warm)
        told += said
    check_no_traceback(told)
    return status, told


def check_cache(folder: Path) -> None:
    """All that DVC would give back is what was kept. What a full disk leaves under temporary names it never reads."""
    objects = [path for path in (folder / ".dvc/cache/files/md5").glob("??/[!.]*") if path.is_file()]
    cut = [path for path in objects if not is_whole(path)]
    if cut:
        raise FailedError(f"{len(cut)} of {len(objects)} objects of the cache are not what they are called")


def check_up_to_date(folder: Path, bench: Bench, last: str) -> None:
    """Nothing up to the stage `last` would be made again."""
    status, said = call(folder, bench.log, "dvc", "status", last, variables=bench.warm)
    if status or "up to date" not in said:
        raise FailedError(f"dvc status: {' '.join(said.split())[-200:]}")


def check_kept(said: str, first: str) -> None:
    """Nothing that was finished before the stage `first` was made again; check, which costs nothing, may be."""
    again = [word for word in STAGES[1 : max(1, STAGES.index(first))] if f"Running stage '{word}" in said]
    if again:
        raise FailedError(f"finished, and made again: {', '.join(again)}")


def check_alike(folder: Path, base: Path) -> None:
    """Outputs in which only settings and seed show have the content that they have in `base`."""
    made, wanted = _outputs(folder), _outputs(base)
    for path, digest in made.items():
        if any(word in path for word in _ALWAYS_ALIKE) and digest != wanted[path]:
            raise FailedError(f"{path}: another content than in a run that nobody disturbed")


def _outputs(folder: Path) -> dict[str, str]:
    """The digests of dvc.lock, by path."""
    lock = YAML(typ="safe").load(folder / "dvc.lock") if (folder / "dvc.lock").exists() else {}
    outputs = [output for stage in lock.get("stages", {}).values() for output in stage.get("outs", ())]
    return {output["path"]: output["md5"] for output in outputs}
