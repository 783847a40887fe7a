"""Where an export comes from: commit, what differed from it, machine and libraries; enough to make it again."""

from __future__ import annotations

import platform
import re
import subprocess
from collections.abc import Mapping
from typing import Any

from pydantic import Field, field_validator

from envs.ground.record import Record
from pipeline.ground.digests import libraries
from pipeline.ground.paths import PARAMS, git_commit

ORIGIN = "origin.json"
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}|unknown")
_DECIDES_NOTHING = (":(exclude)dvc.lock", ":(exclude)docs", ":(exclude)README.md")
_DECIDES = ("envs", "pipeline", "my_envs", "data/begin_with", "data/records", "data/custom_scenarios")


class Origin(Record):
    """The content of origin.json."""

    git_commit: str
    patch: str
    untracked: tuple[str, ...]
    python: str
    machine: str
    libraries: dict[str, str]
    begun_with: dict[str, Any]
    records: dict[str, Any] = Field(default_factory=dict)

    @field_validator("git_commit")
    @classmethod
    def _is_no_option(cls, commit: str) -> str:
        """What `verify` hands to git: never a word that git takes for something else."""
        if not _COMMIT.fullmatch(commit):
            raise ValueError(f"got {commit[:40]!r}, wanted the hash of a commit, or unknown")
        return commit


def origin(begun_with: Mapping[str, Any], records: Mapping[str, Any]) -> Origin:
    """Of what runs here and now: in DVC's temporary copies too, where the patch holds what an experiment changes.

    In a folder of `murmuration train` below a checkout, params.yaml is a file that git does not know, though ignored.

    Args:
        begun_with: what the training went on from, {} from nothing.
        records: what it learned from besides its worlds, {} nothing.
    """
    commit = git_commit()
    in_git = commit != "unknown"
    patch = _git("diff", "--binary", "HEAD", "--", ".", *_DECIDES_NOTHING) if in_git else ""
    untracked = _git("ls-files", "--others", "--exclude-standard", "--", *_DECIDES).split("\n") if in_git else []
    untracked += _git("ls-files", "--others", "--", str(PARAMS)).split("\n") if in_git else []
    return Origin(
        git_commit=commit,
        patch=patch,
        untracked=tuple(name for name in untracked if name),
        python=platform.python_version(),
        machine=f"{platform.system()} {platform.machine()}",
        libraries=libraries(),
        begun_with=dict(begun_with),
        records=dict(records),
    )


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], capture_output=True, text=True, check=True).stdout
