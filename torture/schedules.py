"""A schedule that fires each minute for hours: what grows is counted, drawn and carried on to a month.

Usage: python -m torture.schedules --hours 2
"""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
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


def main(
    hours: Annotated[float, typer.Option(min=0.01, help="how long it fires")] = 2.0,
    folder: Annotated[Path, typer.Option(help="for checkout, samples and the plot")] = ROOT / "build/torture/schedule",
) -> None:
    """Fire each minute; then tell how much of everything there was, and how much there would be after a month."""
    folder = folder.resolve()
    checkout = folder / f"checkout-{int(time.time())}"
    checkout.mkdir(parents=True)
    new_flow_checkout(checkout, (_PREFECT, _MLFLOW))
    samples = watch(checkout, hours * 3600.0, folder / "samples.jsonl")
    check_nobody_left(checkout)
    draw(samples, folder / "growth.png")
    for name, growth in monthly_growth(samples).items():
        print(f"{name:<16} first {samples[0][name]:12.1f}  last {samples[-1][name]:12.1f}  in a month {growth:+16.1f}")


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
            samples.append({"seconds": passed} | measure(checkout) | _runs(client))
            with path.open("a") as file:
                file.write(json.dumps(samples[-1]) + "\n")
            print(" ".join(f"{name} {value:.0f}" for name, value in samples[-1].items()), flush=True)
            time.sleep(_LOOK_EVERY_S)
    if not samples or samples[-1]["failed"]:
        raise FailedError(f"{samples[-1]['failed'] if samples else 'all'} runs failed; see {checkout}/.prefect/logs")
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
    sizes = []
    for path in checkout.rglob("*"):
        try:
            sizes.append(path.lstat().st_size)
        except FileNotFoundError:
            continue
    locks = sum(1 for _ in checkout.glob(".dvc/tmp/*lock*"))
    counts = {"processes": len(alive), "memory_mb": memory_mb, "open_files": opened, "files": len(sizes)}
    return {name: float(value) for name, value in (counts | {"disk_mb": sum(sizes) / 1e6, "locks": locks}).items()}


def monthly_growth(samples: list[dict[str, float]]) -> dict[str, float]:
    """By straight lines through the second half, when all is warm."""
    warm = samples[len(samples) // 2 :]
    at = [sample["seconds"] for sample in warm]
    names = [name for name in samples[0] if name != "seconds"]
    if len(warm) < 3:
        return {name: float("nan") for name in names}
    slopes = {name: np.polyfit(at, [sample[name] for sample in warm], 1)[0] for name in names}
    return {name: float(slope * _DAY_S * _MONTH_D) for name, slope in slopes.items()}


def draw(samples: list[dict[str, float]], path: Path) -> None:
    """A panel for each thing that may grow."""
    from matplotlib.figure import Figure

    names = [name for name in samples[0] if name != "seconds"]
    figure = Figure(figsize=(8, 1.6 * len(names)), layout="constrained")
    for name, panel in zip(names, figure.subplots(len(names), sharex=True), strict=True):
        panel.plot([sample["seconds"] / 60.0 for sample in samples], [sample[name] for sample in samples])
        panel.set_ylabel(name)
        panel.set_ylim(bottom=0.0)
    panel.set_xlabel("minutes")
    figure.savefig(path)


if __name__ == "__main__":
    typer.run(main)
