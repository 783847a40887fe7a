"""Facts about DVC's own files that a power cut or a full disk has cut off."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT
from dvc.repo import Repo

from flows.dvc_files import mend

GRAPH = "stages:\n  make: {cmd: echo made > out && echo ran >> runs, deps: [source], outs: [out]}\n"


def repro(folder: Path) -> str:
    """What dvc says, which has to end well."""
    done = subprocess.run(
        (Path(sys.executable).with_name("dvc"), "repro"), cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """One stage has run; its lock is committed."""
    subprocess.run(("git", "init", "-q"), cwd=tmp_path, check=True)
    Repo.init(str(tmp_path)).close()
    (tmp_path / ".dvc/config").write_text("[core]\n    analytics = false\n    check_update = false\n")
    (tmp_path / "dvc.yaml").write_text(GRAPH)
    (tmp_path / "source").write_text("source")
    repro(tmp_path)
    who = ("-c", "user.name=me", "-c", "user.email=me@localhost", "-c", "commit.gpgsign=false")
    for words in (("add", "-A"), (*who, "commit", "-q", "-m", "made")):
        subprocess.run(("git", *words), cwd=tmp_path, check=True)
    return tmp_path


def cut_off(path: Path, share: float) -> None:
    path.chmod(0o644)
    os.truncate(path, int(path.stat().st_size * share))


def only(folder: Path, pattern: str) -> Path:
    (path,) = folder.glob(pattern)
    return path


def test_a_whole_checkout_is_left_as_it_is(checkout: Path) -> None:
    assert mend(checkout) == []
    assert "didn't change" in repro(checkout)


def test_a_list_that_is_cut_off_goes(checkout: Path) -> None:
    (checkout / ".dvc/tmp/rwlock").write_text('{"write": {"ma')
    (line,) = mend(checkout)
    assert "rwlock: was cut off" in line
    assert "didn't change" in repro(checkout)


def test_a_list_that_dvc_is_at_work_with_is_left_to_it(checkout: Path) -> None:
    from dvc.lock import make_lock

    (checkout / ".dvc/tmp/rwlock").write_text("")
    with (
        make_lock(str(checkout / ".dvc/tmp/rwlock.lock"), tmp_dir=str(checkout / ".dvc/tmp")),
        pytest.raises(ValueError, match="dvc is at work; wait for it, then: rm "),
    ):
        mend(checkout)


def test_beside_a_dvc_that_is_at_work_nothing_is_touched(checkout: Path) -> None:
    (checkout / ".dvc/tmp/rwlock").write_text("")
    words = (sys.executable, "dvc")
    (checkout / "dvc").write_text("import time\nprint('at work', flush=True)\ntime.sleep(60)\n")
    with subprocess.Popen(words, cwd=checkout, stdout=subprocess.PIPE, text=True) as working:
        assert working.stdout is not None
        working.stdout.readline()
        beside = mend(checkout)
        working.kill()
    assert beside == []
    assert len(mend(checkout)) == 1


@pytest.mark.parametrize("content", ["", "schema: '2.", "schema: '2.0'\nstages:\n  make:\n    outs:\n    - pa"])
def test_a_lock_that_is_cut_off_becomes_the_committed_one(checkout: Path, content: str) -> None:
    committed = (checkout / "dvc.lock").read_text()
    (checkout / "dvc.lock").write_text(content)
    assert "the committed one is back" in mend(checkout)[0]
    assert (checkout / "dvc.lock").read_text() == committed


def test_what_no_committed_lock_knows_comes_from_the_cache_of_runs(checkout: Path) -> None:
    subprocess.run(("git", "rm", "-q", "--cached", "dvc.lock"), cwd=checkout, check=True)
    who = ("-c", "user.name=me", "-c", "user.email=me@localhost", "-c", "commit.gpgsign=false")
    subprocess.run(("git", *who, "commit", "-q", "-m", "without"), cwd=checkout, check=True)
    cut_off(checkout / "dvc.lock", 0.0)
    assert "dvc makes another" in mend(checkout)[0]
    assert "is cached" in repro(checkout)
    assert (checkout / "runs").read_text() == "ran\n"


def test_a_merge_under_way_is_a_persons(checkout: Path) -> None:
    (checkout / "dvc.lock").write_text("<<<<<<< HEAD\nschema: '2.0'\n=======\nschema: '3'\n>>>>>>> other\n")
    assert mend(checkout) == []


@pytest.mark.parametrize("share", [0.5, *(pytest.param(end, marks=pytest.mark.long) for end in (0.0, 0.98))])
def test_a_kept_run_that_is_cut_off_goes(checkout: Path, share: float) -> None:
    cut_off(only(checkout, ".dvc/cache/runs/*/*/*"), share)
    (checkout / "dvc.lock").unlink()
    assert "was cut off" in mend(checkout)[0]
    assert "Running stage 'make'" in repro(checkout)


def test_a_folder_for_runs_without_any_goes(checkout: Path) -> None:
    only(checkout, ".dvc/cache/runs/*/*/*").unlink()
    (checkout / "dvc.lock").unlink()
    assert "was cut off" in mend(checkout)[0]
    assert "Running stage 'make'" in repro(checkout)


def test_objects_are_looked_at_when_the_last_dvc_has_not_ended_by_itself(checkout: Path) -> None:
    kept = only(checkout, ".dvc/cache/files/md5/??/*")
    cut_off(kept, 0.5)
    assert mend(checkout) == []
    ended = subprocess.Popen(["true"])
    ended.wait()
    held = f'{{"write": {{"out": {{"pid": {ended.pid}, "cmd": "dvc repro"}}}}}}'
    (checkout / ".dvc/tmp/rwlock").write_text(held)
    assert "`dvc commit` keeps again" in mend(checkout)[0]
    assert not kept.exists()


def test_old_objects_are_not_looked_at(checkout: Path) -> None:
    kept = only(checkout, ".dvc/cache/files/md5/??/*")
    cut_off(kept, 0.5)
    os.utime(kept, (time.time() - 90_000, time.time() - 90_000))
    (checkout / ".dvc/tmp/rwlock").write_text("")
    assert len(mend(checkout)) == 1
    assert kept.exists()


def test_its_door_tells_a_person_what_it_did(checkout: Path) -> None:
    (checkout / ".dvc/tmp/rwlock").write_text("")
    words = (sys.executable, "-m", "flows.dvc_files")
    done = subprocess.run(
        words, cwd=checkout, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.startswith("warning: ")) == (0, True)
