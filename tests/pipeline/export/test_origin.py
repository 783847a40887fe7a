"""What an export records of its origin."""

import subprocess
from pathlib import Path

import pytest

from pipeline.export.origin import origin


def test_parameters_in_a_folder_that_git_ignores_are_untracked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*words: str) -> None:
        named = ("-c", "user.name=a", "-c", "user.email=a@b")
        subprocess.run(["git", "-C", str(tmp_path), *named, *words], check=True, capture_output=True)

    git("init")
    (tmp_path / ".gitignore").write_text("/runs/\n")
    (tmp_path / "params.yaml").write_text("seeds: [0]\n")
    git("add", ".")
    git("commit", "-m", "a")
    monkeypatch.chdir(tmp_path)
    assert origin({}, {}).untracked == ()
    run = tmp_path / "runs/one"
    run.mkdir(parents=True)
    (run / "params.yaml").write_text("seeds: [1]\n")
    monkeypatch.chdir(run)
    assert origin({}, {}).untracked == ("params.yaml",)
