"""Signs what only its writer may read back: a key of the user's own, kept outside of every checkout."""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path

from platformdirs import user_config_path

SIZE = 32
"""Of a signature and of the key, in bytes."""


def key_file() -> Path:
    """Where the user's key lies: a folder of the user's configuration, which XDG_CONFIG_HOME chooses."""
    return user_config_path("murmuration") / "checkpoint.key"


def sign(content: bytes | memoryview, about: str) -> bytes:
    """The HMAC-SHA256 of `content` and what it is about, by the user's key, which is made where there is none.

    Raises:
        ValueError: the key cannot be made or read, or others may read it.
    """
    signer = hmac.new(_key(key_file()), about.encode(), "sha256")
    signer.update(content)
    return signer.digest()


def signed(signature: bytes, content: bytes | memoryview, about: str) -> bool:
    """Whether `sign` made this signature of this content.

    Raises:
        ValueError: see `sign`.
    """
    return hmac.compare_digest(signature, sign(content, about))


def _key(path: Path) -> bytes:
    wish = "wanted a file of yours alone that holds the key of resume checkpoints"
    try:
        if not path.exists():
            _make(path)
        facts, key = path.stat(), path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}, {wish}; XDG_CONFIG_HOME chooses its folder") from error
    if facts.st_uid != os.geteuid() or facts.st_mode & 0o077:
        raise ValueError(
            f"{path}: of user {facts.st_uid}, mode {facts.st_mode & 0o777:o}, {wish}: chmod 600, or delete it"
        )
    if len(key) != SIZE:
        raise ValueError(f"{path}: {len(key)} bytes, wanted {SIZE}; delete it to have a new one made")
    return key


def _make(path: Path) -> None:
    """Whole at once, and once: of several processes that make it, one does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.touch(mode=0o600)
    try:
        beside.write_bytes(secrets.token_bytes(SIZE))
        os.link(beside, path)
    except FileExistsError:
        pass
    finally:
        beside.unlink(missing_ok=True)
