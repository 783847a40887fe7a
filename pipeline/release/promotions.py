"""Who is champion, and how that came about: MLflow keeps the accepted policies, promotions.jsonl every change."""

from __future__ import annotations

import getpass
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from envs.ground.record import Record
from pipeline.export.parts import SUMS, sha256
from pipeline.export.policy_file import PolicyFile, registered_name
from pipeline.ground.paths import PROMOTIONS, repository_root
from pipeline.tracking import registry, runs
from pipeline.tracking.place import tracking_uri


class Promotion(Record):
    """One line of promotions.jsonl: a version becomes champion."""

    time: str
    action: Literal["promote", "rollback"]
    world: str
    policy: str
    version: int
    replaced: int | None
    who: str
    why: str
    figures: dict[str, float]
    hashes: dict[str, str]

    @property
    def registered_name(self) -> str:
        """What the registry calls it."""
        return registered_name(self.world, self.policy)


def promote(folder: Path, described: PolicyFile, figures: dict[str, float], why: str, experiment: str) -> Promotion:
    """Register an exported policy (its folder), and make it the champion of its name.

    Raises:
        ValueError: it is champion already, no reason is given, or the record and MLflow do not agree.
    """
    replaced, model_hash = standing(described.registered_name), described.hashes["model"]
    if replaced is not None and replaced.model_hash == model_hash:
        raise ValueError(
            f"{described.registered_name}: version {replaced.number} has these weights, and is champion already"
        )
    tags = {"world": described.world, "policy": described.name, "model_hash": model_hash}
    with runs.run(experiment, "promote", tags) as run:
        run.metrics(figures, 0)
        for path in sorted(folder.iterdir()):
            run.file(path)
        run.served(folder / "policy.onnx")
    if not run.sending.complete:
        raise ValueError(f"{tracking_uri()}: has not all files of {folder}, wanted MLflow to answer; promote again")
    version = registry.register(described.registered_name, model_hash, run.run_id)
    hashes = described.hashes | {"onnx": sha256(folder / "policy.onnx"), "parts": sha256(folder / SUMS)}
    what = {"world": described.world, "policy": described.name, "version": version.number}
    return _change(what | {"action": "promote", "figures": figures, "hashes": hashes}, replaced, why)


def roll_back(name: str, why: str) -> Promotion:
    """Make the champion before this one champion again; once more goes one further back.

    Raises:
        ValueError: there was none before, no reason is given, or the record and MLflow do not agree.
    """
    replaced, line = standing(name), succession(read_promotions(), name)
    if len(line) < 2:
        raise ValueError(f"{name}: no champion before {f'version {line[0].version}' if line else 'the first'}")
    before = line[-2].model_dump(include={"world", "policy", "version", "figures", "hashes"})
    return _change(before | {"action": "rollback"}, replaced, why)


def standing(name: str) -> registry.Version | None:
    """The champion, None before the first.

    Raises:
        ValueError: promotions.jsonl names another one than MLflow.
    """
    version, line = registry.champion(name), succession(read_promotions(), name)
    got, wanted = version.number if version else None, line[-1].version if line else None
    if got != wanted:
        told = f"{PROMOTIONS}: says that version {wanted} of {name} is champion, {tracking_uri()} says {got}"
        raise ValueError(f"{told}; take the file of the machine whose MLflow this is")
    return version


def succession(promotions: list[Promotion], name: str) -> list[Promotion]:
    """The promotions that a policy's champions stand on, the present one last: a rollback takes one back.

    Args:
        name: as the registry has it.
    """
    line: list[Promotion] = []
    for entry in promotions:
        if entry.registered_name == name:
            line = [*line, entry] if entry.action == "promote" else line[:-1]
    return line


def read_promotions() -> list[Promotion]:
    """All lines of promotions.jsonl, the oldest first.

    Raises:
        ValueError: a line that is none; names it.
    """
    path = repository_root() / PROMOTIONS
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    promotions = []
    for number, line in enumerate(lines, start=1):
        try:
            promotions.append(Promotion.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "not JSON"
            raise ValueError(f"{path}, line {number}: {place}: {first['msg']}, wanted a promotion") from None
    return promotions


def _change(what: dict[str, Any], replaced: registry.Version | None, why: str) -> Promotion:
    """Write it down, then do it; `what` is all that does not depend on when, who and why."""
    if not why.strip():
        raise ValueError("--why: got nothing, wanted the reason, for those who read the record later")
    made = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "who": _who(), "why": why.strip()}
    entry = Promotion.from_values(what | made | {"replaced": replaced.number if replaced else None})
    with (repository_root() / PROMOTIONS).open("a", encoding="utf-8") as file:
        file.write(entry.model_dump_json() + "\n")
    registry.crown(entry.registered_name, entry.version)
    return entry


def _who() -> str:
    """As git knows the person, else the name of the login."""
    found = subprocess.run(["git", "config", "user.name"], capture_output=True, text=True, check=False).stdout.strip()
    return found or getpass.getuser()
