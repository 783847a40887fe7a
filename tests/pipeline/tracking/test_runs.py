"""MLflow's database, which trials side by side share."""

from __future__ import annotations

import os
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from conftest import PROCESSES
from mlflow.tracking import MlflowClient

from pipeline.tracking import runs
from pipeline.tracking.store import connect


def open_at_once(folder: Path, barrier: Barrier) -> None:
    os.environ["DVC_ROOT"] = str(folder)
    barrier.wait()
    with runs.run("murmuration", "train", {"policy": "generic", "seed": "0"}) as run:
        run.metrics({"los_rate": 0.5}, 1)


@pytest.mark.long
def test_processes_that_begin_at_once_make_one_database(tmp_path: Path) -> None:
    barrier = PROCESSES.Barrier(3)
    started = [PROCESSES.Process(target=open_at_once, args=(tmp_path, barrier)) for _ in range(3)]
    for process in started:
        process.start()
    for process in started:
        process.join()
    assert [process.exitcode for process in started] == [0, 0, 0]
    client = MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}")
    (experiment,) = [each for each in client.search_experiments() if each.name == "murmuration"]
    assert len(client.search_runs([experiment.experiment_id])) == 3


def test_a_file_that_is_no_database_is_told_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    broken = tmp_path / "mlflow.db"
    broken.write_text("nothing that SQLite knows\n" * 100)
    with pytest.raises(ValueError, match=r"mlflow\.db: .*file is not a database; wanted MLflow's database"):
        connect()
    assert broken.read_text() == "nothing that SQLite knows\n" * 100
