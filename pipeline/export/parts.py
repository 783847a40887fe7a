"""The parts of an export and their sums: damage, and parts of two exports in one folder, are told by name.

SHA256SUMS is as `sha256sum --check` reads it. It is no proof of who made an export: whoever writes all files writes
this one, too. promotions.jsonl, which is in git, keeps the champion's.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipeline.ground.files import write_text

SUMS = "SHA256SUMS"
_WISH = "run `dvc repro export` again"


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
    for name in needed:
        if name not in sums:
            raise ValueError(f"{folder / SUMS}: {name} is not in it, wanted all parts of the export; {_WISH}")
    for name, wanted in sums.items():
        try:
            found = sha256(folder / name)
        except FileNotFoundError:
            raise ValueError(f"{folder / name}: not found, but {SUMS} beside it names it; {_WISH}") from None
        if found != wanted:
            differs = f"its SHA-256 is {found[:12]}..., {SUMS} says {wanted[:12]}..."
            raise ValueError(f"{folder / name}: changed since the export: {differs}; {_WISH}")


def sha256(path: Path) -> str:
    """Of a file's bytes, in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read_sums(path: Path) -> dict[str, str]:
    """By names of files, all in the folder itself."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise ValueError(f"{path}: not found, wanted beside the parts of an export of this version; {_WISH}") from None
    except UnicodeDecodeError:
        lines = ["?"]
    sums = {}
    for number, line in enumerate(lines, start=1):
        digest, _, name = line.partition("  ")
        if len(digest) != 64 or not name or Path(name).name != name:
            raise ValueError(f"{path}, line {number}: got {line[:40]!r}, wanted a SHA-256 and the name of a file here")
        sums[name] = digest
    return sums
