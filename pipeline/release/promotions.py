"""Who is champion, and how that came about: MLflow keeps the accepted policies, promotions.jsonl every change."""

from __future__ import annotations

import getpass
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from envs.ground.json_text import parse_json
from envs.ground.record import Record
from pipeline.export.policy_file import PolicyFile, registered_name
from pipeline.ground.checks import check
from pipeline.ground.files import read_text
from pipeline.ground.parts import SUMS, sha256
from pipeline.ground.paths import ONNX, PROMOTIONS, repository_root
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
        run.served(folder / ONNX)
    if not run.sending.complete:
        raise ValueError(f"{tracking_uri()}: has not all files of {folder}, wanted MLflow to answer; promote again")
    parts = sha256(folder / SUMS)
    version = registry.register(described.registered_name, model_hash, parts, run.run_id)
    hashes = described.hashes | {"onnx": sha256(folder / ONNX), "parts": parts}
    what = {"world": described.world, "policy": described.name, "version": version.number}
    return _change(what | {"action": "promote", "figures": figures, "hashes": hashes}, replaced, why)


def roll_back(name: str, why: str) -> Promotion:
    """Make the champion before this one champion again; once more goes one further back.

    Raises:
        ValueError: there was none before, no reason is given, the record and MLflow do not agree, or MLflow has other
            files of it than were promoted.
    """
    replaced, line = standing(name), succession(read_promotions(), name)
    if len(line) < 2:
        raise ValueError(f"{name}: no champion before {f'version {line[0].version}' if line else 'the first'}")
    _files(registry.version(name, line[-2].version), line[-2])
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


def champion_files(name: str) -> Path | None:
    """The folder with the champion's files, as they were promoted; None before the first.

    Raises:
        ValueError: as `standing`, or MLflow has no files, or others than promotions.jsonl tells.
    """
    version = standing(name)
    return None if version is None else _files(version, succession(read_promotions(), name)[-1])


def _files(version: registry.Version, entry: Promotion) -> Path:
    """A version's files; SHA256SUMS among them vouches for all others, and the record, which is in git, for that."""
    folder, wanted = version.folder(), entry.hashes.get("parts")
    if wanted is None:  # from before exports had sums
        return folder
    found = sha256(folder / SUMS) if (folder / SUMS).is_file() else "none"
    if found != wanted:
        place = f"{folder / SUMS}: of version {version.number} of {version.policy}"
        wish = f"{PROMOTIONS} says {wanted[:12]}...: not the files that were promoted; promote the right ones again"
        raise ValueError(f"{place}: its SHA-256 is {found[:12]}..., {wish}")
    return folder


def promoted_as(described: PolicyFile, folder: Path) -> str:
    """What promotions.jsonl says of an export's folder, in words; '' where nothing with its weights was promoted."""
    same = [
        entry
        for entry in read_promotions()
        if (entry.registered_name, entry.hashes.get("model")) == (described.registered_name, described.hashes["model"])
    ]
    if not same:
        return ""
    parts = sha256(folder / SUMS)
    exact = [entry.version for entry in same if entry.hashes.get("parts") == parts]
    if exact:
        return f"{PROMOTIONS}: promoted as version {exact[-1]}, with just these files"
    return (
        f"{PROMOTIONS}: its weights are those of version {same[-1].version}, other files differ from what was promoted"
    )


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
    lines = read_text(path).splitlines() if path.exists() else []
    return [_read_line(line, f"{path}, line {number}") for number, line in enumerate(lines, start=1)]


def _read_line(line: str, place: str) -> Promotion:
    values = parse_json(line, place, "a promotion")
    if not isinstance(values, dict):
        raise ValueError(f"{place}: got {line[:40]!r}, wanted a promotion")
    return check(Promotion, values, place)


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
