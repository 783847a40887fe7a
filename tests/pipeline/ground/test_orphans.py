"""Facts about a stage whose dvc is gone: it ends, and writes no output."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from conftest import PATIENCE_S, ROOT

STAGE = """
import os, sys, time
from pathlib import Path
from pipeline.ground.orphans import end_with_dvc
from pipeline.ground.writing import write_atomically

end_with_dvc()
Path("began").write_text(str(os.getpid()))
while not Path("go_on").exists():
    time.sleep(0.01)
try:
    write_atomically(Path("data/output"), lambda path: path.write_text("made"))
except ValueError as error:
    sys.exit(f"error: {error}")
"""
SAYS_NO_MORE = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
DVC = """
import os, subprocess, sys
shell = ["/bin/sh", "-c", sys.argv[1]]
subprocess.run(shell, env=os.environ | {"DVC_STAGE": "train"})
"""
BEGINS = {
    "by a shell that becomes the stage": "exec {python} stage.py",
    "by a shell that waits": "{python} stage.py -m pipeline.stages.train; true",
}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where stages run; whoever is left there is ended."""
    (tmp_path / "stage.py").write_text(STAGE)
    yield tmp_path
    if (tmp_path / "began").exists() and not ended(tmp_path):
        os.kill(int((tmp_path / "began").read_text()), signal.SIGKILL)


def begin(words: list[str], folder: Path) -> subprocess.Popen[bytes]:
    """Start, in a session of its own as a terminal would, and wait until the stage is under way."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DVC_")}
    inherited |= {"PYTHONPATH": str(ROOT)}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(words, cwd=folder, env=inherited, stderr=log, start_new_session=True)
    wait_for(lambda: (folder / "began").exists() and (folder / "began").read_text() != "")
    return process


def wait_for(happened) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def ended(folder: Path) -> bool:
    pid = int((folder / "began").read_text())
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("begins", BEGINS)
def test_a_stage_ends_when_its_dvc_is_gone(begins: str, folder: Path) -> None:
    command = BEGINS[begins].format(python=sys.executable)
    with begin([sys.executable, "-c", DVC, command], folder) as dvc:
        dvc.kill()
        wait_for(lambda: ended(folder))
    assert "the dvc that started this stage is gone: it ends" in (folder / "log").read_text()
    assert not (folder / "data").exists()


@pytest.mark.parametrize("begins", BEGINS)
def test_a_stage_whose_dvc_is_there_ends_by_itself(begins: str, folder: Path) -> None:
    command = BEGINS[begins].format(python=sys.executable)
    with begin([sys.executable, "-c", DVC, command], folder) as dvc:
        time.sleep(0.5)  # longer than it takes to look
        (folder / "go_on").touch()
        assert dvc.wait(PATIENCE_S) == 0
    assert (folder / "data/output").read_text() == "made"


def test_a_stage_that_does_not_end_writes_nothing(folder: Path) -> None:
    (folder / "stage.py").write_text(SAYS_NO_MORE + STAGE)
    with begin(
        [sys.executable, "-c", DVC, BEGINS["by a shell that waits"].format(python=sys.executable)], folder
    ) as dvc:
        dvc.kill()
    wait_for(lambda: "is gone: it ends" in (folder / "log").read_text())
    (folder / "go_on").touch()
    wait_for(lambda: ended(folder))
    assert "error: data/output: not written: the dvc that started this stage is gone" in (folder / "log").read_text()
    assert list((folder / "data").iterdir()) == []


def test_by_hand_a_stage_outlives_whoever_started_it(folder: Path) -> None:
    """No dvc, nothing to watch: say, under nohup, when the terminal closes."""
    words = [sys.executable, "-c", DVC.replace('| {"DVC_STAGE": "train"}', ""), f"{sys.executable} stage.py"]
    with begin(words, folder) as starter:
        starter.kill()
    time.sleep(0.5)  # longer than it takes to look
    assert not ended(folder)
    (folder / "go_on").touch()
    wait_for(lambda: ended(folder))
    assert (folder / "data/output").read_text() == "made"
