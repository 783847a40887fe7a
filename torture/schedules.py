"""A schedule that fires each minute for hours: what grows is counted, drawn and carried on to a month.

Usage: python -m torture.schedules --hours 2
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Annotated, Any

import httpx
import numpy as np
import psutil
import typer

from flows import services
from flows.address import api_url
from flows.deploy import deploy
from pipeline.settings.params import read_params
from torture.cases import FailedError
from torture.checkouts import ROOT, processes
from torture.flow_checkouts import check_nobody_left, new_flow_checkout

_LOOK_EVERY_S = 15.0
_DAY_S, _MONTH_D = 86_400.0, 30.0
_PREFECT, _MLFLOW = 4290, 5090
_TEMPORARY, _SITE_CACHE = ".prefect/elsewhere/temporary", ".prefect/elsewhere/dvc"
_PARTS = {
    "all": "",
    "database": ".prefect/prefect.db",
    "logs": ".prefect/logs/",
    "git": ".git/",
    "experiments": ".git/refs/exps/",
    "dvc_cache": ".dvc/cache/",
    "dvc_tmp": ".dvc/tmp/",
    "site_cache": f"{_SITE_CACHE}/",
    "temporary": f"{_TEMPORARY}/",
}
"""What is counted, files and megabytes: how paths in the checkout begin."""

_NIGHTS_AND_WEEKS = 30 + 4
"""Runs that prefect.yaml asks for in a month."""


def main(
    hours: Annotated[float, typer.Option(min=0.01, help="how long it fires")] = 2.0,
    folder: Annotated[Path, typer.Option(help="for checkout, samples and the plot")] = ROOT / "build/torture/schedule",
) -> None:
    """Fire each minute; then tell how much of everything there was, and how much there would be after a month."""
    folder = folder.resolve()
    checkout = folder / f"checkout-{int(time.time())}"
    checkout.mkdir(parents=True)
    new_flow_checkout(checkout, (_PREFECT, _MLFLOW))
    _gather_what_lies_elsewhere(checkout)
    samples = watch(checkout, hours * 3600.0, checkout.with_suffix(".jsonl"))
    check_nobody_left(checkout)
    draw(samples, checkout.with_suffix(".png"))
    tell(samples)
    if samples[-1]["failed"] or not samples[-1]["completed"]:
        wrong = f"{samples[-1]['failed']:.0f} runs failed, {samples[-1]['completed']:.0f} completed"
        raise FailedError(f"{wrong}; see {checkout}/.prefect/logs")


def _gather_what_lies_elsewhere(checkout: Path) -> None:
    """Temporary files, and what DVC keeps in the machine's cache, are put in the checkout and so counted, too."""
    for name in (_TEMPORARY, _SITE_CACHE):
        (checkout / name).mkdir(parents=True)
    os.environ["TMPDIR"] = tempfile.tempdir = str(checkout / _TEMPORARY)
    (checkout / ".dvc/config.local").write_text(f"[core]\n    site_cache_dir = {checkout / _SITE_CACHE}\n")


def watch(checkout: Path, seconds: float, path: Path) -> list[dict[str, float]]:
    """Run the services with a deployment that fires each minute; a sample every few seconds, appended to `path`."""
    flows, samples = read_params(checkout / "params.yaml").flows, list[dict[str, float]]()
    with ExitStack() as running:
        services.start_server(checkout, flows, running)
        deploy(checkout, flows)
        services.start_worker(checkout, flows, running)
        client = running.enter_context(httpx.Client(base_url=api_url(flows.prefect_port), timeout=120))
        _schedule(client)
        began = time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            samples.append({"seconds": passed} | _runs(client) | measure(checkout))
            with path.open("a") as file:
                file.write(json.dumps(samples[-1]) + "\n")
            print(" ".join(f"{name} {value:.0f}" for name, value in samples[-1].items()), flush=True)
            time.sleep(_LOOK_EVERY_S)
    return samples


def _schedule(client: httpx.Client) -> None:
    deployment = client.get("/deployments/name/experiment/nightly-retraining").raise_for_status().json()["id"]
    wanted = [{"schedule": {"cron": "* * * * *"}, "parameters": {"experiment": {"stages": ["evaluate"]}}}]
    client.post(f"/deployments/{deployment}/schedules", json=wanted).raise_for_status()


def _runs(client: httpx.Client) -> dict[str, float]:
    """How many runs ended well and badly up to now."""
    counts = {}
    for name, states in (("completed", ["COMPLETED"]), ("failed", ["FAILED", "CRASHED"])):
        wanted: dict[str, Any] = {"flow_runs": {"state": {"type": {"any_": states}}}}
        counts[name] = float(client.post("/flow_runs/count", json=wanted).raise_for_status().json())
    return counts


def measure(checkout: Path) -> dict[str, float]:
    """Processes, their memory (MB) and open files; files, bytes (MB) and locks in the checkout."""
    memory_mb, opened, alive = 0.0, 0, processes(checkout)
    for process in alive:
        try:
            memory_mb += process.memory_info().rss / 1e6
            opened += process.num_fds()
        except psutil.NoSuchProcess:
            continue
    sizes = _sizes(checkout)
    locks = sum("lock" in path.rpartition("/")[2] for path in sizes if path.startswith(".dvc/tmp/"))
    counts = {"processes": len(alive), "memory_mb": memory_mb, "open_files": opened, "locks": locks}
    for name, beginning in _PARTS.items():
        found = [size for path, size in sizes.items() if path.startswith(beginning)]
        counts |= {f"{name}_files": len(found), f"{name}_mb": sum(found) / 1e6}
    return {name: float(value) for name, value in counts.items()}


def _sizes(checkout: Path) -> dict[str, int]:
    """Of all files by path in the checkout, in bytes; what goes away meanwhile is left out."""
    sizes = {}
    for folder, _, names in os.walk(checkout):
        for path in (Path(folder, name) for name in names):
            with suppress(FileNotFoundError):
                sizes[str(path.relative_to(checkout))] = path.lstat().st_size
    return sizes


def growth(samples: list[dict[str, float]]) -> dict[str, tuple[float, float]]:
    """Of each thing, by straight lines through the second half, when all is warm: per second, and per completed run."""
    warm = samples[len(samples) // 2 :]
    return {name: (_slope(warm, "seconds", name), _slope(warm, "completed", name)) for name in samples[0]}


def _slope(samples: list[dict[str, float]], across: str, name: str) -> float:
    at = [sample[across] for sample in samples]
    if len(set(at)) < 3:
        return float("nan")
    return float(np.polyfit(at, [sample[name] for sample in samples], 1)[0])


def tell(samples: list[dict[str, float]]) -> None:
    """First, last, and what it would come to: a month of this, a run each minute for a month, prefect.yaml's runs."""
    print(f"{'':<18}{'first':>10}{'last':>10}{'month':>12}{'each run':>10}{'43200 runs':>12}{'34 runs':>10}")
    for name, (second, run) in growth(samples).items():
        first, last, month = samples[0][name], samples[-1][name], second * _DAY_S * _MONTH_D
        ran = f"{run:10.3f}{run * _MONTH_D * _DAY_S / 60.0:12.0f}{run * _NIGHTS_AND_WEEKS:10.2f}"
        print(f"{name:<18}{first:10.1f}{last:10.1f}{month:12.0f}{ran}")


def draw(samples: list[dict[str, float]], path: Path) -> None:
    """A panel for each thing that may grow."""
    from matplotlib.figure import Figure

    names = [name for name in samples[0] if name != "seconds"]
    figure = Figure(figsize=(8, 1.4 * len(names)), layout="constrained")
    for name, panel in zip(names, figure.subplots(len(names), sharex=True), strict=True):
        panel.plot([sample["seconds"] / 60.0 for sample in samples], [sample[name] for sample in samples])
        panel.set_ylabel(name)
        panel.set_ylim(bottom=0.0)
    panel.set_xlabel("minutes")
    figure.savefig(path)


if __name__ == "__main__":
    typer.run(main)
