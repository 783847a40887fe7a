"""Facts about the bench of `make torture`: what holds, what does not, and what is kept of it."""

import json
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from torture.__main__ import KINDS
from torture.cases import Bench, Case, FailedError, Result, SkippedError, append_result, play, read_results
from torture.checkouts import call, environment
from torture.doors import check_orderly, check_refused
from torture.halfway import check_kept
from torture.mutations import mutate_bytes, mutate_json
from torture.power import unsynced
from torture.warm import DVC_PID, warm_programs

TRACEBACK = 'Traceback (most recent call last):\n  File "x.py", line 1\nKeyError: 3\n'


def failing(_bench: Bench) -> None:
    raise FailedError("other weights")


def skipping(_bench: Bench) -> None:
    raise SkippedError("no mounting here")


def breaking(_bench: Bench) -> None:
    raise KeyError("lost")


@pytest.mark.parametrize(
    ("what", "verdict", "said"),
    [
        (lambda bench: (bench.folder / "kept").touch(), "held", ""),
        (failing, "failed", "other weights"),
        (skipping, "skipped", "no mounting here"),
        (breaking, "failed", "KeyError('lost')"),
    ],
)
def test_each_end_is_told_and_only_failures_leave_a_log(
    what: Callable[[Bench], None], verdict: str, said: str, tmp_path: Path
) -> None:
    result = play(Case("kind", "a/b: c", what), tmp_path / "base", tmp_path, {})
    assert result.verdict == verdict
    assert result.said.startswith(said)
    assert list((tmp_path / "work").iterdir()) == []
    assert len(list(tmp_path.glob("*.log"))) == (verdict == "failed")


def test_what_was_finished_is_read_again_but_a_line_that_was_cut_off(tmp_path: Path) -> None:
    results = [Result("kills", str(number), "held", "", 1.0) for number in range(2)]
    for result in results:
        append_result(tmp_path / "results.jsonl", result)
    with (tmp_path / "results.jsonl").open("a") as file:
        file.write('{"kind": "ki')
    assert read_results(tmp_path / "results.jsonl") == results


def test_cases_of_a_kind_have_names_of_their_own_and_the_same_seed_makes_the_same() -> None:
    for kind, (cases, whole, _) in KINDS.items():
        names = [case.name for case in cases(whole, 0)]
        assert len(set(names)) == len(names) == whole, kind
        assert names == [case.name for case in cases(whole, 0)]


def test_a_traceback_a_signal_and_an_acceptance_are_noticed() -> None:
    check_refused(1, "error: params.yaml: seeds: got []", "params.yaml", "seeds")
    for status, said, noticed in (
        (1, TRACEBACK, "traceback: KeyError: 3"),
        (-11, "", "SIGSEGV"),
        (0, "fine", "accepted"),
        (1, "error: no", "does not name params"),
        (1, "oh", "without a word"),
    ):
        with pytest.raises(FailedError, match=noticed):
            check_refused(status, said, "params.yaml")
    check_orderly(0, "fine")


def test_a_mutated_file_is_another_one() -> None:
    document = json.dumps({"agents": [{"id": "A", "lat": 50.0}], "seed": 3})
    for number in range(200):
        assert mutate_bytes(document.encode(), random.Random(number)) != document.encode()
        text, done = mutate_json(document, random.Random(number))
        assert text != document, done


def test_what_was_finished_and_is_made_again_is_noticed() -> None:
    check_kept("Stage 'train@airspace-generic-0' didn't change, skipping\nRunning stage 'report':", "report")
    with pytest.raises(FailedError, match="made again: train"):
        check_kept("Running stage 'train@airspace-generic-0':", "report")


def test_a_power_cut_spares_what_the_disk_has(tmp_path: Path) -> None:
    synced, notes = tmp_path / "synced", tmp_path / "notes"
    for path in (synced, tmp_path / "not"):
        path.write_text("written")
    found = synced.stat()
    notes.write_text(f"[{found.st_ino}, {found.st_mtime_ns}]\n")
    assert unsynced(tmp_path, notes, 0.0) == {tmp_path / "not", notes}
    synced.write_text("written again")
    assert synced in unsynced(tmp_path, notes, 0.0)
    assert unsynced(tmp_path, notes, time.time() + 1.0) == set()


@pytest.mark.long
def test_programs_that_start_at_once_end_as_others_do(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("import sys\nprint(sys.argv[1:])\nsys.exit('error: no')\n")
    (tmp_path / "killed.py").write_text("import os\nos.kill(os.getpid(), 9)\n")
    with warm_programs({}) as more:
        variables = environment() | more
        said = call(tmp_path, tmp_path / "log", "python", "-m", "one", "a b", variables=variables)
        killed = call(tmp_path, tmp_path / "log", "python", "-m", "killed", variables=variables)
        dvc = call(tmp_path, tmp_path / "log", "dvc", "status", variables=variables)
    assert (said[0], said[1].splitlines()[1:]) == (1, ["['a b']", "error: no"])
    assert killed[0] == -9
    assert dvc[0] == 253
    assert "not inside of a DVC repository" in dvc[1]


@pytest.mark.long
def test_a_dvc_that_started_at_once_is_the_parent_of_its_stages_and_tells_of_their_failure(tmp_path: Path) -> None:
    (tmp_path / "tell.py").write_text(
        "import os, sys\nopen('parent', 'w').write(str(os.getppid()))\nsys.exit(os.environ['DVC_STAGE'])\n"
    )
    (tmp_path / "dvc.yaml").write_text("stages: {told: {cmd: python -m tell, outs: [parent: {cache: false}]}}\n")
    with warm_programs({}) as more:
        variables = environment(**more, **{DVC_PID: str(tmp_path / "dvc.pid")})
        call(tmp_path, tmp_path / "log", "dvc", "init", "--no-scm", variables=variables)
        status, said = call(tmp_path, tmp_path / "log", "dvc", "repro", variables=variables)
    assert (tmp_path / "parent").read_text() == (tmp_path / "dvc.pid").read_text()
    assert status == 255
    assert "told\n" in said
    assert "failed to reproduce 'told'" in said
