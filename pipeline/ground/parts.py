"""The parts of an export and their sums: damage, and parts of two exports in one folder, are told by name.

SHA256SUMS is as `sha256sum --check` reads it. It is no proof of who made an export: whoever writes all files writes
this one, too. promotions.jsonl, which is in git, keeps the champion's.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from envs.ground.names import is_name
from pipeline.ground.files import read_text, write_text

SUMS = "SHA256SUMS"
_WISH = "run `dvc repro export` again, or bring the whole export along"
_DIGEST = re.compile(r"[0-9a-f]{64}")


def write_sums(folder: Path) -> None:
    """Write the sums of all files in an export's folder."""
    names = sorted(path.name for path in folder.iterdir() if path.name != SUMS)
    write_text(folder / SUMS, "".join(f"{sha256(folder / name)}  {name}\n" for name in names))


def check_parts(folder: Path, needed: tuple[str, ...]) -> None:
    """Compare an export's folder with its sums; files that they do not name are nobody's.

    Args:
        needed: names that they must have.

    Raises:
        ValueError: a part that is missing or changed, or sums that are; names it.
    """
    sums = _read_sums(folder / SUMS)
    _check_named(sums, needed, folder)
    for name, wanted in sums.items():
        _check_sum(folder / name, wanted)


def check_part(folder: Path, name: str) -> None:
    """Compare one part with the sums beside it, where there are any: a training's folder has none.

    Raises:
        ValueError: the part is missing or changed, or the sums are not whole; names it.
    """
    if (folder / SUMS).exists():
        sums = _read_sums(folder / SUMS)
        _check_named(sums, (name,), folder)
        _check_sum(folder / name, sums[name])


def sha256(path: Path) -> str:
    """Of a file's bytes, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_named(sums: Mapping[str, str], needed: tuple[str, ...], folder: Path) -> None:
    for name in needed:
        if name not in sums:
            raise ValueError(f"{folder / SUMS}: {name} is not in it, wanted all parts of the export; {_WISH}")


def _check_sum(path: Path, wanted: str) -> None:
    if not path.is_file():
        raise ValueError(f"{path}: not found, but {SUMS} beside it names it; {_WISH}")
    found = sha256(path)
    if found != wanted:
        differs = f"its SHA-256 is {found[:12]}..., {SUMS} says {wanted[:12]}..."
        raise ValueError(f"{path}: changed since the export: {differs}; {_WISH}")


def _read_sums(path: Path) -> dict[str, str]:
    """By names of files, all in the folder itself."""
    try:
        lines = read_text(path).splitlines()
    except FileNotFoundError:
        raise ValueError(f"{path}: not found, wanted beside the parts of an export of this version; {_WISH}") from None
    sums = {}
    for number, line in enumerate(lines, start=1):
        digest, _, name = line.partition("  ")
        if not _DIGEST.fullmatch(digest) or not is_name(name) or name in sums:
            wish = "wanted a SHA-256 and the name of a file here, each once"
            raise ValueError(f"{path}, line {number}: got {line[:40]!r}, {wish}")
        sums[name] = digest
    return sums
