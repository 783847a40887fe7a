"""A schedule whose server's and worker's clock jumps: each of its moments fires once, none twice, none never."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from flows import services
from flows.deploy import deploy
from flows.server import api_url
from pipeline.settings.params import read_params
from torture.cases import Bench, FailedError
from torture.flow_checkouts import check_nobody_left, new_flow_checkout

_PREFECT, _MLFLOW = 4291, 5091
_FIRES_AT_H = 3
_AHEAD_S, _A_DAY_S, _AN_HOUR_S = 45, 86_400, 3_600
_PATIENCE_S = 600.0
_ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")

SetClock = Callable[[int], None]
"""Takes the offset from the true time, in seconds."""


def day_ahead(bench: Bench, set_clock: SetClock) -> None:
    """The clock jumps a day ahead shortly before a moment: that one fires late, the next day's when it comes."""
    offset_s, first = _shortly_before()
    with _scheduled(bench, set_clock, offset_s) as client:
        set_clock(offset_s + _A_DAY_S)
        wanted = [first, first + timedelta(days=1)]
        _wait(lambda: set(wanted) <= set(_fired(client)), f"wanted runs of {_words(wanted)}", client)
        _check_once(client, wanted)


def hour_back(bench: Bench, set_clock: SetClock) -> None:
    """The clock jumps an hour back after a moment: it is not fired again when the clock comes there once more."""
    offset_s, first = _shortly_before()
    with _scheduled(bench, set_clock, offset_s) as client:
        _wait(lambda: first in _fired(client), f"wanted a run of {_words([first])}", client)
        set_clock(offset_s - _AN_HOUR_S)
        time.sleep(_AHEAD_S)
        set_clock(_shortly_before()[0])
        time.sleep(2 * _AHEAD_S)
        _check_once(client, [first])


def _shortly_before() -> tuple[int, datetime]:
    """The offset at which it is shortly before a moment of the schedule, and that moment."""
    now = datetime.now(UTC)
    first = now.replace(hour=_FIRES_AT_H, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return int((first - now).total_seconds()) - _AHEAD_S, first


@contextmanager
def _scheduled(bench: Bench, set_clock: SetClock, offset_s: int) -> Iterator[httpx.Client]:
    """Server and worker at the clock with a schedule once a day; nobody is left afterwards."""
    checkout = bench.folder / "checkout"
    checkout.mkdir()
    new_flow_checkout(checkout, (_PREFECT, _MLFLOW))
    flows = read_params(checkout / "params.yaml").flows
    set_clock(0)
    with _environment(bench.warm), ExitStack() as running:
        services.start_server(checkout, flows, running)
        deploy(checkout, flows)
        client = running.enter_context(httpx.Client(base_url=api_url(_PREFECT), timeout=120))
        _silence_others(client)
        set_clock(offset_s)
        _add_schedule(client)
        services.start_worker(checkout, flows, running)
        yield client
        _keep_logs(checkout, bench.log)
    check_nobody_left(checkout)


@contextmanager
def _environment(warm: Mapping[str, str]) -> Iterator[None]:
    """What services inherit: the clock's variables."""
    more = {name: value for name, value in warm.items() if name.startswith(("FAKETIME", "LD_PRELOAD", "NO_FAKE"))}
    before = dict(os.environ)
    os.environ.update(more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _silence_others(client: httpx.Client) -> None:
    """Only the schedule of the case fires."""
    for deployment in client.post("/deployments/filter", json={}).raise_for_status().json():
        client.post(f"/deployments/{deployment['id']}/pause_deployment").raise_for_status()


def _add_schedule(client: httpx.Client) -> None:
    deployment = client.get("/deployments/name/experiment/on-demand").raise_for_status().json()["id"]
    schedule = {"cron": f"0 {_FIRES_AT_H} * * *", "timezone": "UTC"}
    wanted = [{"schedule": schedule, "parameters": {"experiment": {"place": "workspace", "stages": ["evaluate"]}}}]
    client.post(f"/deployments/{deployment}/schedules", json=wanted).raise_for_status()
    client.post(f"/deployments/{deployment}/resume_deployment").raise_for_status()


def _runs(client: httpx.Client) -> list[tuple[datetime, str]]:
    """For which moment each run was, and how it ended or stands."""
    found = client.post("/flow_runs/filter", json={"flow_runs": {"parent_flow_run_id": {"is_null_": True}}})
    runs = [run for run in found.raise_for_status().json() if run["auto_scheduled"]]
    return [(datetime.fromisoformat(run["expected_start_time"]), run["state_type"]) for run in runs]


def _fired(client: httpx.Client) -> Counter[datetime]:
    """How often a moment's run has ended."""
    return Counter(moment for moment, state in _runs(client) if state in _ENDED)


def _check_once(client: httpx.Client, wanted: list[datetime]) -> None:
    fired = _fired(client)
    if fired != Counter(wanted):
        raise FailedError(f"fired {_words(fired.elements())}, wanted once each {_words(wanted)}")
    bad = [state for _, state in _runs(client) if state in _ENDED and state != "COMPLETED"]
    if bad:
        raise FailedError(f"{len(bad)} runs ended as {bad[0]}")


def _wait(happened: Callable[[], bool], wanted: str, client: httpx.Client) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not happened():
        if time.monotonic() > deadline:
            raise FailedError(f"{wanted}; after {_PATIENCE_S:.0f} s: {_runs(client)}")
        time.sleep(1.0)


def _words(moments: object) -> str:
    return ", ".join(f"{moment:%d %H:%M}" for moment in moments)  # type: ignore[attr-defined]


def _keep_logs(checkout: Path, log: Path) -> None:
    with log.open("a") as kept:
        for path in sorted(services.logs(checkout).glob("*.log")):
            kept.write(f"--- {path.name}\n{path.read_text(errors='replace')[-20_000:]}\n")
