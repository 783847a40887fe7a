"""The user's key: made once, read by nobody else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.ground.signing import SIZE, key_file, sign, signed


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path


def test_a_signature_is_of_content_purpose_and_key() -> None:
    signature = sign(b"content", "run")
    assert signed(signature, b"content", "run")
    assert not signed(signature, b"Content", "run")
    assert not signed(signature, b"content", "other")
    assert key_file().stat().st_mode & 0o777 == 0o600
    key_file().unlink()
    assert not signed(signature, b"content", "run")


def test_processes_that_begin_at_once_make_one_key(folder: Path) -> None:
    code = "from pipeline.ground.signing import sign; print(sign(b'', '').hex())"
    begun = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert len({process.communicate()[0] for process in begun}) == 1
    assert list((folder / "murmuration").iterdir()) == [key_file()]


def test_a_key_that_others_may_read_or_that_is_none_is_refused() -> None:
    sign(b"", "")
    key_file().chmod(0o640)
    with pytest.raises(ValueError, match=r"checkpoint\.key: of user \d+, mode 640, wanted a file of yours alone"):
        sign(b"", "")
    key_file().chmod(0o600)
    key_file().write_bytes(b"short")
    with pytest.raises(ValueError, match=f"checkpoint.key: 5 bytes, wanted {SIZE}"):
        sign(b"", "")


def test_a_folder_that_cannot_be_is_told_with_the_way_out(folder: Path) -> None:
    (folder / "murmuration").touch()
    with pytest.raises(ValueError, match=r"checkpoint\.key: File exists, .*XDG_CONFIG_HOME chooses its folder"):
        sign(b"", "")
