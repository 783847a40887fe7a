"""Facts about how services end, with real processes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from test_process_tree import wait_for

from flows.process_tree import is_alive

WORKER = """
import subprocess, sys, time
deaf = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"
with subprocess.Popen([sys.executable, "-c", deaf, "prefect.engine"], stdout=subprocess.PIPE) as run:
    run.stdout.readline()
    open("up", "w").close()
    time.sleep(600)
"""
OWNER = """
import os, signal, time
from pathlib import Path
from flows import process_tree, services
services._FAREWELL_S = 1.5
process_tree.GRACES_S[signal.SIGINT] = 1.0
services.end_when_asked()
try:
    with services.Worker("worker", ["deaf_run"], Path.cwd(), os.environ) as worker:
        worker.wait_until(Path("up").exists)
        print("up", flush=True)
        time.sleep(600)
except KeyboardInterrupt:
    print("all ended", flush=True)
"""


@pytest.mark.parametrize("again", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_leaves_no_process_behind(tmp_path: Path, again: signal.Signals) -> None:
    (tmp_path / "deaf_run.py").write_text(WORKER)
    with subprocess.Popen(
        [sys.executable, "-c", OWNER], cwd=tmp_path, env={**os.environ}, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "up\n"
        processes = psutil.Process(owner.pid).children(recursive=True)
        assert len(processes) >= 3
        owner.send_signal(signal.SIGINT)
        assert owner.stdout.readline().startswith("ending all of it: ")
        wait_for(lambda: any(process.status() == psutil.STATUS_STOPPED for process in processes))
        time.sleep(0.5)
        owner.send_signal(again)
        said = owner.stdout.read()
    assert owner.returncode == 0, "ended by its own end, not by the signal"
    assert said == "all ended\n"
    assert not any(is_alive(process) for process in processes)
