"""What a folder holds, as one hash."""

from __future__ import annotations

import hashlib
from pathlib import Path


def digest_folder(folder: Path) -> str:
    """SHA-256 over the names and contents of all files below `folder`, but of pages to look at: they decide nothing."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".html"):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
