"""What lies in a checkout: its parameters, where it writes, MLflow's database, resume checkpoints, its ports."""

from __future__ import annotations

import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

import psutil

from pipeline.doctor.findings import Finding, fault, note, well
from pipeline.doctor.machine import check_device, write_refusal
from pipeline.ground.paths import DATA, PARAMS
from pipeline.settings.params import Params, read_params
from pipeline.settings.sections import Flows

DATABASE = "mlflow.db"
WRITTEN = (Path(), DATA, Path("checkpoints"), Path("mlartifacts"), Path(".dvc/tmp"), Path(".dvc/cache"))
_HOST, _PATIENCE_S = "127.0.0.1", 2.0


def check_files(root: Path) -> Iterator[Finding]:
    """All of them; what parameters decide only where they can be read."""
    yield check_writable(root)
    yield check_database(root)
    yield check_checkpoints(root)
    try:
        params = read_params(root / PARAMS)
    except ValueError as error:
        yield fault("parameters", str(error).splitlines()[0], "mend it, then ask again")
        return
    yield check_parameters(params, root)
    yield check_device(params.train.device)
    yield from check_ports(params.flows, root)


def check_parameters(params: Params, root: Path) -> Finding:
    """Whether the stage check would take them; it then plays a little, too."""
    from pipeline.settings.worlds import check_sections

    try:
        check_sections(params, str(root / PARAMS))
    except ValueError as error:
        return fault("parameters", str(error).splitlines()[0], "mend it, then ask again")
    return well("parameters", f"worlds {', '.join(params.worlds)}; policies {', '.join(params.policies)}")


def check_writable(root: Path) -> Finding:
    """Whether all folders that stages write to can be written to."""
    refused = {place: refusal for place in WRITTEN if (refusal := write_refusal(root / place))}
    if refused:
        place, why = next(iter(refused.items()))
        more = f", and {len(refused) - 1} more" if len(refused) > 1 else ""
        return fault(
            "write access", f"{root / place}: {why}{more}", "make it a folder of yours: chown, chmod, or move it"
        )
    return well("write access", f"{len(WRITTEN)} folders")


def check_database(root: Path) -> Finding:
    """Whether MLflow's database says that files of runs belong into this checkout: a copied one names another."""
    if server := os.environ.get("MLFLOW_TRACKING_URI"):
        return check_server(server)
    path = root / DATABASE
    if not path.exists():
        return well("mlflow.db", "none yet, the first run makes it")
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            places = [str(place) for (place,) in database.execute("select artifact_location from experiments")]
            runs = database.execute("select count(*) from runs").fetchone()[0]
    except sqlite3.DatabaseError as error:
        return fault(
            "mlflow.db", f"{path}: not MLflow's database: {error}", f"mv {DATABASE} {DATABASE}.old; a new one is made"
        )
    others = [place for place in places if _is_elsewhere(place, root)]
    strange = [place for place in others if not place.rstrip("/").endswith("/mlartifacts")]
    if strange:
        advice = f"mv {DATABASE} {DATABASE}.old, and a new one is made, or keep what you have put there on purpose"
        return fault("mlflow.db", f"files of new runs would go to {strange[0]}, outside of this checkout", advice)
    if others:
        return note(
            "mlflow.db", f"came from {others[0]}", "nothing: the next run sets it right; bring mlartifacts along"
        )
    return well("mlflow.db", f"{runs} runs")


def check_server(uri: str) -> Finding:
    """Whether the user's own MLflow can be reached; one that is no server, a file or so, is not looked at."""
    parts = urlsplit(uri)
    told = f"{uri} (MLFLOW_TRACKING_URI)"
    if parts.scheme not in ("http", "https") or _listens(_port(parts), parts.hostname or ""):
        return well("mlflow", told)
    advice = "start it, or unset MLFLOW_TRACKING_URI; trainings go on without it, and MLflow misses what they found"
    return note("mlflow", f"{told} does not answer", advice)


def _port(parts: SplitResult) -> int:
    return parts.port or {"http": 80, "https": 443}[parts.scheme]


def _is_elsewhere(place: str, root: Path) -> bool:
    """Whether it is an absolute path outside of the checkout; a server's own places are none."""
    parts = urlsplit(place)
    path = Path(unquote(parts.path))
    return parts.scheme in ("", "file") and path.is_absolute() and not path.is_relative_to(root.resolve())


def check_checkpoints(root: Path) -> Finding:
    """Trainings that were stopped and have not gone on."""
    states = sorted((root / "checkpoints").glob("*/state.pt"))
    if not states:
        return well("checkpoints", "no stopped training")
    size = sum(path.stat().st_size for path in states) / 2**20
    advice = "the same run again goes on from there; rm -r checkpoints gives them up, when none is training"
    return note("checkpoints", f"{len(states)} of trainings under way or stopped, {size:.1f} MiB", advice)


def check_ports(flows: Flows, root: Path) -> Iterator[Finding]:
    """Whether `make ui` can have its ports, or has them."""
    for key in ("prefect_port", "mlflow_port"):
        port: int = getattr(flows, key)
        if not _listens(port):
            yield well("port", f"{port} is free")
        elif (whose := _whose(port)) and _is_inside(whose, root):
            yield well("port", f"{port}: make ui of this checkout is up")
        else:
            name = f"{whose.name()} ({whose.pid})" if whose else "a program"
            yield fault(
                "port", f"{port}: {name} listens there", f"end it, or set flows.{key} in {PARAMS} to another port"
            )


def _listens(port: int, host: str = _HOST) -> bool:
    try:
        with socket.create_connection((host, port), timeout=_PATIENCE_S):
            return True
    except OSError:
        return False


def _whose(port: int) -> psutil.Process | None:
    """The process that listens on a port, as far as this user may know: of one's own processes."""
    for process in psutil.process_iter():
        try:
            found = process.net_connections(kind="tcp")
        except (psutil.AccessDenied, psutil.NoSuchProcess):
            continue
        if any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in found):
            return process
    return None


def _is_inside(process: psutil.Process, root: Path) -> bool:
    try:
        return Path(process.cwd()).is_relative_to(root.resolve())
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        return False
