"""Readers of tables and of what a checkout keeps: recordings, evaluations, sets, promotions, checkpoints, locks."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path

from torture.cases import FailedError
from torture.mutations import mutate_bytes, mutate_lines, mutate_table
from torture.readers import EXPORT, Reader, mutated_json

_EPISODES = {
    "set": "test",
    "mode": "deterministic",
    "scenario": "procedural",
    "episode": 0,
    "episode_seed": 7,
    "los": 0.0,
}
_SEEDS = {"episode_seed": [1, 2, 3], "difficulty": [0.5, 1.0, 2.0]}


@cache
def _recorded() -> bytes:
    """Three steps of a scenario in which nobody acts."""
    from envs.airspace.scenarios.suite import SUITE
    from envs.airspace.simulation.room import SIMULATION
    from envs.ground.play import Episodes, Space, play
    from envs.ground.steering import Nothing

    settings = SIMULATION.settings.from_values({"episode": {"max_steps": 3}})
    space = Space(SIMULATION, settings, (SUITE["head_on"],))
    written = BytesIO()
    play(space, Episodes.of_scenarios([0], 1, 0), Nothing(), record=[0]).recordings[0].to_parquet(written, index=False)
    return written.getvalue()


def _record(folder: Path) -> None:
    """Four steps of an agent that sees two numbers, does one, and is masked in nothing."""
    import pyarrow as pa
    from pyarrow import parquet

    from pipeline.ground.parts import sha256

    listed = lambda rows, width: pa.FixedSizeListArray.from_arrays(pa.array(rows, pa.float32()), width)  # noqa: E731
    columns = {
        "pilot": ["mine"] * 4,
        "episode": [0, 0, 1, 1],
        "agent": ["a"] * 4,
        "step": [0, 1, 0, 1],
        "observation": listed([0.5] * 8, 2),
        "action": listed([-0.5, 0.0, 0.5, 1.0], 1),
        "reward": [0.0, 1.0, 0.0, -1.0],
        "terminated": [False, True, False, False],
        "truncated": [False, False, False, True],
    }
    parquet.write_table(pa.table(columns), folder / "part-00000.parquet")
    told = {"format": 1, "world": "mine", "split": "mine", "seed": None, "simulation": None, "discount": 1.0}
    told |= {"observation": ["x", "y"], "action": ["u"], "commands": None, "masked": False}
    told |= {"episodes": 2, "agent_steps": 4, "parts": {"part-00000.parquet": sha256(folder / "part-00000.parquet")}}
    told["pilots"] = {"mine": {"episodes": 2, "agent_steps": 4, "figures": {"mean_return": 0.0}}}
    (folder / "record.json").write_text(json.dumps(told))


def _read_record(folder: Path) -> None:
    """What is taken can be learned from."""
    import numpy as np

    from pipeline.records.described import read_described
    from pipeline.records.reading import read_rows

    described = read_described(folder)
    rows = read_rows(folder, described)
    if len(rows.observation) != described.agent_steps or not np.isfinite(rows.observation).all():
        raise FailedError(f"{len(rows.observation)} rows of {described.agent_steps}, or numbers that are not finite")


def _read_part(folder: Path) -> None:
    """As one whose maker has told its new sum, too."""
    from pipeline.ground.parts import sha256

    told = json.loads((folder / "record.json").read_text())
    told["parts"] = {"part-00000.parquet": sha256(folder / "part-00000.parquet")}
    (folder / "record.json").write_text(json.dumps(told))
    _read_record(folder)


def _recording(folder: Path) -> None:
    (folder / "recording.parquet").write_bytes(_recorded())


def _read_recording(folder: Path) -> None:
    """What is taken becomes a page."""
    from pipeline.pictures.player import page
    from pipeline.pictures.viewing import read_scenes

    text = page(read_scenes(folder / "recording.parquet", None, "airspace"), "a recording")
    if not text.rstrip().endswith("</html>"):
        raise FailedError("made half a page")


def _evaluation(folder: Path) -> None:
    import pandas as pd

    (folder / "figures.json").write_text(json.dumps({"compared": {"los": "loss of separation"}}))
    pd.DataFrame([_EPISODES | {"episode": number} for number in range(4)]).to_parquet(folder / "episodes.parquet")


def _read_evaluation(folder: Path) -> None:
    import numpy as np

    from pipeline.evaluation.statistics import Bootstrap
    from pipeline.release.comparison import Wanted, compare, read_contender

    wanted = Wanted("test", None)  # type: ignore[arg-type] - only an export is played
    contender = read_contender(str(folder), wanted)
    compare(contender, contender, Bootstrap(0.9, 10, np.random.default_rng(0)))


def _sets(folder: Path) -> None:
    import pandas as pd

    (folder / "train").mkdir(exist_ok=True)
    for place in ("train/validation.parquet", "test.parquet"):
        pd.DataFrame(_SEEDS).to_parquet(folder / place)
    pd.DataFrame({"scenario": ["head_on"], "difficulty": [1.0]}).to_parquet(folder / "proofs.parquet")


def _read_sets(folder: Path) -> None:
    import numpy as np

    from envs.airspace.simulation.room import SIMULATION
    from pipeline.scenarios.sets import read_sets

    sets = read_sets(SIMULATION, folder)
    if any(seeds.dtype != np.uint64 for seeds in sets.drawn.values()):
        raise FailedError("took seeds that are none")


def _promotions(folder: Path) -> None:
    line = {"time": "2026-01-01T00:00:00", "action": "promote", "world": "airspace", "policy": "generic", "version": 1}
    line |= {"replaced": None, "who": "a", "why": "b", "figures": {"los": 0.5}, "hashes": {"model": "ab"}}
    (folder / "promotions.jsonl").write_text(f"{json.dumps(line)}\n{json.dumps(line | {'version': 2})}\n")


def _read_promotions(folder: Path) -> None:
    from pipeline.release.promotions import read_promotions, succession

    with _checkout(folder):
        succession(read_promotions(), "airspace-generic")


@contextmanager
def _checkout(folder: Path) -> Iterator[None]:
    """As if a stage ran there."""
    before = os.environ.get("DVC_ROOT")
    os.environ["DVC_ROOT"] = str(folder)
    try:
        yield
    finally:
        os.environ.pop("DVC_ROOT")
        os.environ |= {} if before is None else {"DVC_ROOT": before}


def _checkpoint(folder: Path) -> None:
    from pipeline.learning.checkpoint import Checkpoint

    os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
    Checkpoint(folder, "key").save({"history": {"run_id": "1"}})


def _read_checkpoint(folder: Path) -> None:
    """Nothing but what was signed is taken."""
    from pipeline.learning.checkpoint import Checkpoint

    os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
    if Checkpoint(folder, "key").load() != {"history": {"run_id": "1"}}:
        raise FailedError("took another state")


def _done(folder: Path) -> None:
    (folder / "done.json").write_text('{"stages": ["scenarios airspace"]}')


def _read_done(folder: Path) -> None:
    from pipeline.standalone.folder import done

    done(folder)


def _doctor(folder: Path) -> None:
    import sqlite3

    (folder / ".dvc/tmp").mkdir(parents=True, exist_ok=True)
    held = {"pid": 1, "cmd": "dvc repro"}
    (folder / ".dvc/tmp/rwlock").write_text(json.dumps({"write": {"a": held}, "read": {"b": [held]}}))
    (folder / "requirements.lock").write_text("numpy==1.0\ntorch==2.13.0\n")
    (folder / "mlflow.db").unlink(missing_ok=True)
    with sqlite3.connect(folder / "mlflow.db") as database:
        database.execute("create table experiments (artifact_location text)")
        database.execute("create table runs (id text)")


def _examine(folder: Path) -> None:
    """The doctor finds, and refuses nothing."""
    from pipeline.doctor.dvc_state import check_locks
    from pipeline.doctor.files import check_database
    from pipeline.doctor.packages import check_lock

    try:
        [*check_locks(folder), check_lock(folder), check_database(folder)]
    except ValueError as error:
        raise FailedError(f"raised {error}") from error


def _graph(folder: Path) -> None:
    (folder / "policy.onnx").write_bytes((EXPORT / "policy.onnx").read_bytes())


def _read_graph(folder: Path) -> None:
    from pipeline.show.graph import graph_of

    json.dumps(graph_of(folder / "policy.onnx"), allow_nan=False)


STATE_READERS: Mapping[str, Reader] = {
    "recording": Reader(_recording, "recording.parquet", _read_recording, mutate_table),
    "record.json": Reader(_record, "record.json", _read_record, mutated_json),
    "record's part": Reader(_record, "part-00000.parquet", _read_part, mutate_table),
    "episodes": Reader(_evaluation, "episodes.parquet", _read_evaluation, mutate_table),
    "figures.json": Reader(_evaluation, "figures.json", _read_evaluation, mutated_json),
    "seeds": Reader(_sets, "train/validation.parquet", _read_sets, mutate_table),
    "proofs": Reader(_sets, "proofs.parquet", _read_sets, mutate_table),
    "promotions": Reader(_promotions, "promotions.jsonl", _read_promotions, mutate_lines),
    "checkpoint": Reader(_checkpoint, "key/state.pt", _read_checkpoint, mutate_bytes),
    "done.json": Reader(_done, "done.json", _read_done, mutated_json),
    "dvc's lock": Reader(_doctor, ".dvc/tmp/rwlock", _examine, mutated_json),
    "requirements.lock": Reader(_doctor, "requirements.lock", _examine, mutate_lines),
    "mlflow.db": Reader(_doctor, "mlflow.db", _examine, mutate_bytes),
    "shown graph": Reader(_graph, "policy.onnx", _read_graph, mutate_bytes),
}
