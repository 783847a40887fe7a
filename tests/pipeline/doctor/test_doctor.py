"""Facts about `murmuration doctor`: each fault is made for real and found, with what to do about it."""

import fcntl
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numba
import psutil
import pytest
import torch
from conftest import ROOT, change_params

from pipeline import cli
from pipeline.doctor import dvc_state, files, machine, packages, repository
from pipeline.doctor.findings import Finding

GIT = ("git", "-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false")
GRAPH = "stages: {train: {cmd: cp params.yaml made, deps: [params.yaml], outs: [made]}}\n"


def git(folder: Path, *words: str) -> None:
    subprocess.run([*GIT, "-c", "protocol.file.allow=always", *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(autouse=True)
def _somebody(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of this machine's; a name to commit by."""
    settings = tmp_path_factory.mktemp("git") / "config"
    settings.write_text("[user]\nname = test\nemail = test@localhost\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in [name for name in os.environ if name.startswith(("GIT_AUTHOR", "GIT_COMMITTER", "DVC_", "MLFLOW_"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Small, under git and DVC, with nothing wrong but that its stage has not run."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    shutil.copy2(ROOT / "params.yaml", folder)
    shutil.copytree(ROOT / ".dvc", folder / ".dvc", ignore=shutil.ignore_patterns("cache", "tmp"))
    (folder / "dvc.yaml").write_text(GRAPH)
    (folder / "requirements.lock").write_text(f"numpy=={packages.version('numpy')}\n")
    ports = dict(zip(("flows.prefect_port", "flows.mlflow_port"), free_ports(), strict=True))
    change_params(folder / "params.yaml", ports)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "first")
    return folder


def free_ports() -> list[int]:
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return [one.getsockname()[1], other.getsockname()[1]]


def only(findings: Iterator[Finding], state: str) -> Finding:
    """The one of this state, which has advice."""
    found = [each for each in findings if each.state == state]
    assert len(found) == 1, found
    assert found[0].advice
    return found[0]


# ---- the command


@pytest.fixture
def doctor(checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def command(*words: str, status: int = 0, folder: Path = checkout) -> str:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["murmuration", "doctor", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert (ended.value.code or 0) == status
        return capsys.readouterr().out

    return command


def test_a_sound_checkout_passes_and_one_fault_fails(doctor: Callable[..., str], checkout: Path) -> None:
    told = doctor()
    assert "-> dvc repro" in told
    assert told.splitlines()[-1].startswith("0 faults, 1 notes, ")
    assert not subprocess.run(["git", "status", "--porcelain"], cwd=checkout, capture_output=True, text=True).stdout

    (checkout / "mlflow.db").write_bytes(b"no database")
    found = json.loads(doctor("--json", status=1))
    assert [each["about"] for each in found if each["state"] == "fault"] == ["mlflow.db"]


def test_outside_of_a_checkout_the_machine_alone_is_examined(doctor: Callable[..., str], tmp_path: Path) -> None:
    told = doctor(folder=tmp_path)
    assert f"none in {tmp_path}: only the machine was examined" in told
    assert "as murmuration asks for" in told


# ---- the machine


def test_an_old_python_is_found() -> None:
    assert machine.check_python("3.10.4").state == "fault"
    assert [machine.check_python(version).state for version in ("3.11.0", "3.12.1", "3.13.2")] == ["well"] * 3


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system binds no process to cores")
def test_a_process_bound_to_one_core_is_found() -> None:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert machine.check_cores(machine.usable_cores()).state == "note"
    finally:
        os.sched_setaffinity(0, before)


def test_little_memory_and_little_disk_are_found(tmp_path: Path) -> None:
    assert [machine.check_memory(size * machine.GIB // 2).state for size in (1, 3, 8)] == ["fault", "note", "well"]
    free = shutil.disk_usage(tmp_path).free
    limits = [(2 * free, 3 * free), (0, 2 * free), (0, 0)]
    assert [machine.check_disk(tmp_path, *each).state for each in limits] == ["fault", "note", "well"]


def test_a_cache_folder_that_cannot_be_made_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "file/compiled"))
    found = machine.check_compiled_cache()
    assert (found.state, "NUMBA_CACHE_DIR" in found.advice) == ("fault", True)


def test_a_key_that_others_may_read_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert machine.check_key().state == "well"
    assert not list(tmp_path.iterdir()), "looking makes none"
    (tmp_path / "murmuration").mkdir()
    key = tmp_path / "murmuration/checkpoint.key"
    key.write_bytes(bytes(32))
    key.chmod(0o644)
    assert machine.check_key().state == "fault"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(key))
    assert "XDG_CONFIG_HOME" in machine.check_key().advice


def test_a_card_that_is_asked_for_and_not_there_is_found() -> None:
    assert machine.check_device("cuda").state == ("well" if torch.cuda.is_available() else "fault")
    assert machine.check_device("auto").state == "well"


# ---- packages


def test_another_version_than_pinned_is_found(checkout: Path) -> None:
    (checkout / "requirements.lock").write_text("numpy==0.1\nno-such-package==1.0\n")
    found = packages.check_lock(checkout)
    assert found.state == "fault"
    assert f"numpy {packages.version('numpy')}, wanted 0.1; no-such-package missing, wanted 1.0" in found.found


def test_another_package_of_our_name_is_found(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows/__init__.py").touch()
    looks = (
        "from pipeline.doctor.packages import check_one_copy; found = check_one_copy(); print(found.state, found.found)"
    )
    said = subprocess.run(
        [sys.executable, "-c", looks], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert said.startswith("fault")
    assert f"flows from {tmp_path}" in said


# ---- git


def test_no_git_is_found(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "no program git" in only(repository.check_repository(checkout), "fault").found


def test_no_repository_of_its_own_is_found(checkout: Path, tmp_path: Path) -> None:
    shutil.rmtree(checkout / ".git")
    assert "not a git repository" in only(repository.check_repository(checkout), "fault").found
    git(tmp_path, "init", "-q")
    assert f"lies in the repository of {tmp_path}" in only(repository.check_repository(checkout), "fault").found
    git(checkout, "init", "-q")
    assert "no commit yet" in only(repository.check_repository(checkout), "fault").found


def test_another_users_checkout_is_found(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    found = only(repository.check_repository(checkout), "fault")
    assert found.advice == f"git config --global --add safe.directory {checkout}"


def test_nobody_to_commit_by_is_found(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    assert "no user.name and no user.email" in only(repository.check_repository(checkout), "fault").found


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ("history", [("clone", "-q", "--depth", "1", "file://{checkout}", "{other}")]),
        ("worktree", [("-C", "{checkout}", "worktree", "add", "-q", "-b", "side", "{other}")]),
        ("branch", [("clone", "-q", "{checkout}", "{other}"), ("-C", "{other}", "checkout", "-q", "--detach")]),
        ("submodule", [("init", "-q"), ("submodule", "-q", "add", "{checkout}", "other")]),
    ],
)
def test_a_clone_that_lacks_something_is_found(
    checkout: Path, tmp_path: Path, about: str, words: list[tuple[str, ...]]
) -> None:
    other = tmp_path / "above/other"
    other.parent.mkdir()
    for each in words:
        git(other.parent, *(word.format(checkout=checkout, other=other) for word in each))
    assert only(repository.check_repository(other), "note").about == about
    assert not [found for found in repository.check_repository(checkout) if found.state != "well"]


# ---- dvc


def left_by(checkout: Path, pid: int) -> None:
    (checkout / ".dvc/tmp").mkdir(exist_ok=True)
    held = {"write": {"made": {"pid": pid, "cmd": "dvc repro"}}, "read": {}}
    (checkout / ".dvc/tmp/rwlock").write_text(json.dumps(held))


def test_a_lock_of_a_killed_dvc_is_found(checkout: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    left_by(checkout, ended.pid)
    assert "which has ended" in only(dvc_state.check_locks(checkout), "note").found


def test_a_lock_that_dvc_would_wait_for_forever_is_found(checkout: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as another:
        while not psutil.Process(another.pid).cmdline():  # it has begun, but the kernel has not told its words yet
            time.sleep(0.001)
        left_by(checkout, another.pid)
        found = only(dvc_state.check_dvc(checkout), "fault")
        another.kill()
    assert "now belongs to 'sleep 60'" in found.found
    assert found.advice.endswith(f"rm {checkout / '.dvc/tmp/rwlock'}")


def test_a_running_dvc_is_told_from_that(checkout: Path) -> None:
    with subprocess.Popen(["dvc-repro", "60"], executable=shutil.which("sleep")) as running:
        left_by(checkout, running.pid)
        found = only(dvc_state.check_locks(checkout), "note")
        running.kill()
    assert "held by" in found.found


def test_a_truncated_lock_is_found(checkout: Path) -> None:
    left_by(checkout, 1)
    (checkout / ".dvc/tmp/rwlock").write_text('{"write": {"ma')
    assert "not JSON" in only(dvc_state.check_locks(checkout), "fault").found


@pytest.mark.parametrize(
    "text", ["[]", '{"write": 3}', '{"write": {"a": {"pid": "x", "cmd": 1}}}', '{"read": {"a": [3]}}']
)
def test_a_lock_that_dvc_did_not_write_is_found(text: str, checkout: Path) -> None:
    left_by(checkout, 1)
    (checkout / ".dvc/tmp/rwlock").write_text(text)
    assert "rwlock: not " in only(dvc_state.check_locks(checkout), "fault").found


@pytest.mark.parametrize(
    ("content", "told"), [(b"\xff", "byte 0: not UTF-8"), (b"", "no line name==version"), (None, "not")]
)
def test_a_list_of_packages_that_is_damaged_is_found(content: bytes | None, told: str, checkout: Path) -> None:
    (checkout / "requirements.lock").unlink()
    if content is not None:
        (checkout / "requirements.lock").write_bytes(content)
    found = packages.check_lock(checkout)
    assert (found.state, found.advice) == ("fault", "git checkout -- requirements.lock")
    assert f"requirements.lock: {told}" in found.found


@pytest.mark.long
def test_a_busy_dvc_is_not_waited_for_long(checkout: Path) -> None:
    (checkout / ".dvc/tmp").mkdir()
    with (checkout / ".dvc/tmp/lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "under way" in dvc_state.check_stages(checkout).found


def test_stale_stages_and_a_broken_graph_are_found(checkout: Path) -> None:
    assert dvc_state.check_stages(checkout).found == "stale or not yet run: train"
    (checkout / "dvc.yaml").write_text("stages: {train: {command: x}}\n")
    found = dvc_state.check_stages(checkout)
    assert (found.state, found.about) == ("fault", "stages")
    shutil.rmtree(checkout / ".dvc")
    assert "no such folder" in only(dvc_state.check_dvc(checkout), "fault").found


# ---- files


def test_a_file_where_a_folder_is_written_is_found(checkout: Path) -> None:
    assert files.check_writable(checkout).state == "well"
    (checkout / "checkpoints").touch()
    (checkout / "mlartifacts").symlink_to("nowhere")
    found = files.check_writable(checkout)
    assert (found.state, "and 1 more" in found.found) == ("fault", True)
    assert f"{checkout / 'checkpoints'}: cannot be written to: Not a directory" in found.found


def test_a_database_that_came_from_elsewhere_is_found(checkout: Path) -> None:
    def database(place: str) -> Finding:
        with sqlite3.connect(checkout / "mlflow.db") as made:
            made.execute("drop table if exists experiments")
            made.execute("create table experiments (artifact_location text)")
            made.execute("create table if not exists runs (id text)")
            made.execute("insert into experiments values (?)", (place,))
        made.close()
        return files.check_database(checkout)

    assert files.check_database(checkout).state == "well"
    moved, strange = database("file:///elsewhere/mlartifacts"), database("file:///elsewhere/files")
    assert (moved.state, strange.state) == ("note", "fault"), "the next run sets right what came along"
    assert "/elsewhere/files" in strange.found
    here = (
        f"file://{checkout.resolve()}/mlartifacts",
        str(checkout / "mlartifacts"),
        "mlartifacts",
        "mlflow-artifacts:/1",
    )
    assert [database(place).state for place in here] == ["well"] * len(here)


def test_a_server_of_the_users_own_that_is_down_is_found(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_ports()[0]
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{port}")
    assert "does not answer" in files.check_database(checkout).found
    with socket.create_server(("127.0.0.1", port)):
        assert files.check_database(checkout).state == "well"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///own.db")
    assert files.check_database(checkout).state == "well"


def test_a_stopped_training_is_found(checkout: Path) -> None:
    assert files.check_checkpoints(checkout).state == "well"
    (checkout / "checkpoints/0123").mkdir(parents=True)
    (checkout / "checkpoints/0123/state.pt").write_bytes(bytes(2**20))
    found = files.check_checkpoints(checkout)
    assert (found.state, found.found) == ("note", "1 of trainings under way or stopped, 1.0 MiB")


def test_a_taken_port_is_found_and_make_ui_is_known(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flows = files.read_params(checkout / "params.yaml").flows
    assert [found.state for found in files.check_ports(flows, checkout)] == ["well", "well"]
    with socket.create_server(("127.0.0.1", flows.mlflow_port)):
        found = only(files.check_ports(flows, checkout), "fault")
        assert f"({os.getpid()}) listens there" in found.found
        assert "flows.mlflow_port" in found.advice
        monkeypatch.chdir(checkout)
        told = [found.found for found in files.check_ports(flows, checkout)]
        assert told[1] == f"{flows.mlflow_port}: make ui of this checkout is up"


def test_a_mistake_in_params_is_found(checkout: Path) -> None:
    text = (checkout / "params.yaml").read_text()
    (checkout / "params.yaml").write_text(text.replace("seeds:", "sedes:", 1))
    assert "unknown 'sedes'" in only(files.check_files(checkout), "fault").found
    (checkout / "params.yaml").write_text(text)
    change_params(checkout / "params.yaml", {"airspace.simulation.actions.kind": "contiuous"})
    found = only(files.check_files(checkout), "fault")
    assert "airspace.simulation.actions.kind" in found.found
