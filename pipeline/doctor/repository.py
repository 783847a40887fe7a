"""Git: is it there, whose is the checkout, and is all of it here?"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from pipeline.doctor.findings import Finding, fault, note, well


def check_repository(root: Path) -> Iterator[Finding]:
    """All of it, up to what makes the rest meaningless."""
    if shutil.which("git") is None:
        yield fault("git", "no program git on PATH", "install git, say apt install git or brew install git")
        return
    top = _git(root, "rev-parse", "--show-toplevel")
    if top.returncode:
        yield _no_repository(root, top.stderr)
        return
    if Path(top.stdout.strip()).resolve() != root.resolve():
        advice = "clone murmuration into a folder of its own, outside of that repository"
        yield fault("git", f"{root} lies in the repository of {top.stdout.strip()}", advice)
        return
    commit = _git(root, "rev-parse", "--short", "HEAD")
    if commit.returncode:
        yield fault("git", "no commit yet: DVC keeps no experiment", "git add -A && git commit")
    else:
        yield well("git", f"{_git(root, '--version').stdout.strip()}, at {commit.stdout.strip()}")
    yield check_identity(root)
    yield from check_shape(root)


def check_identity(root: Path) -> Finding:
    """Who commits; git guesses one where it is not told, and then refuses or asks."""
    known = {key: _setting(root, key) for key in ("name", "email")}
    missing = [key for key, value in known.items() if not value]
    if missing:
        words = " && ".join(f'git config --global user.{key} "..."' for key in missing)
        return fault("identity", f"git knows no user.{' and no user.'.join(missing)} to commit by", words)
    return well("identity", f"{known['name']} <{known['email']}>")


def check_shape(root: Path) -> Iterator[Finding]:
    """Whether it is a whole clone of its own, on a branch."""
    if _said(root, "rev-parse", "--is-shallow-repository") == "true":
        advice = "git fetch --unshallow; until then `murmuration verify` cannot rebuild what is older"
        yield note("history", "a shallow clone, without older commits", advice)
    if _said(root, "rev-parse", "--git-dir") != _said(root, "rev-parse", "--git-common-dir"):
        advice = "experiments are shared with the main one; a clone of its own keeps them apart"
        yield note("worktree", f"a worktree of {_said(root, 'rev-parse', '--git-common-dir')}", advice)
    if above := _said(root, "rev-parse", "--show-superproject-working-tree"):
        advice = "clone it by itself to run experiments: DVC expects a repository with a .git folder"
        yield note("submodule", f"a submodule of {above}", advice)
    if _git(root, "rev-parse", "--verify", "-q", "HEAD").returncode == 0 and not _said(
        root, "branch", "--show-current"
    ):
        yield note(
            "branch", "on none (detached): new commits are easily lost", "git switch -c NAME, or git switch main"
        )


def _no_repository(root: Path, said: str) -> Finding:
    if "dubious ownership" in said:
        advice = f"git config --global --add safe.directory {root}"
        return fault("git", f"{root} belongs to another user, and git refuses it", advice)
    reason = said.strip().splitlines()[0].removeprefix("fatal: ") if said.strip() else "git refuses it"
    return fault("git", f"{root}: {reason}", "git clone the project, or git init && git add -A && git commit")


def _setting(root: Path, key: str) -> str:
    return os.environ.get(f"GIT_AUTHOR_{key.upper()}") or _said(root, "config", f"user.{key}")


def _said(root: Path, *words: str) -> str:
    return _git(root, *words).stdout.strip()


def _git(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)
