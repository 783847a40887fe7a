"""What a run has found, as artifacts of Prefect: a table of figures, a page of links, a picture of episodes."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dvc.api import DVCFileSystem
from prefect.artifacts import create_image_artifact, create_markdown_artifact, create_table_artifact

from envs.ground.outcomes import Outcome
from flows import dvc_command
from flows.next_steps import next_steps
from pipeline.ground.paths import EVALUATION, MODELS, REPORT
from pipeline.settings.params import Params
from pipeline.tracking.place import pages_at
from pipeline.tracking.store import newest_run

_MODES = ("deterministic", "stochastic")
"""How the policy itself played: without noise in its actions, and with it."""


def publish(root: Path, params: Params, title: str, experiment: str | None) -> None:
    """Show what evaluation and report left in the working tree, or in an experiment."""
    files = dvc_command.outputs(root, experiment)
    figures = evaluated(files)
    rows = [row for name, values in figures.items() for row in table_rows(name, values)]
    create_table_artifact(rows, key="figures", description=title)
    links = {name: _links(files, params, name, experiment) for name in figures}
    create_markdown_artifact(page(experiment, links), key="summary", description=title)
    picture = f"{REPORT}/trajectories.png"
    if files.exists(picture):
        create_image_artifact(data_uri(files.read_bytes(picture)), key="episodes", description=title)


def evaluated(files: DVCFileSystem) -> dict[str, dict[str, Any]]:
    """All figures of each evaluation, by WORLD/POLICY/SEED."""
    found = sorted(files.glob(f"{EVALUATION}/*/*/*/figures.json"))
    return {"/".join(Path(path).parts[-4:-1]): json.loads(files.read_text(path)) for path in found}


def table_rows(name: str, figures: Mapping[str, Any]) -> list[dict[str, str]]:
    """One row per set of episodes and mode: what they ended with, and the leading outcome of rules in the same ones."""
    leading, *others = (Outcome(**values) for values in figures["outcomes"])
    sets = {key: modes for key, modes in figures.items() if isinstance(modes, Mapping)}
    return [
        {"policy": name, "set": played, "mode": mode, "episodes": str(modes[mode]["episodes"])}
        | _shown(modes[mode], leading, others)
        | {f"{_short(leading)} of {rule}": _figure(modes[rule], leading) for rule in figures["rules"]}
        for played, modes in sets.items()
        for mode in _MODES
        if leading.figure in modes.get(mode, {})
    ]


def _shown(figures: Mapping[str, Any], leading: Outcome, others: Sequence[Outcome]) -> dict[str, str]:
    low, high = (figures[f"{leading.name}_{end}"] for end in ("low", "high"))
    interval = {"interval": "-" if low is None else f"{leading.shown(low)} to {leading.shown(high)}"}
    first = {_short(leading): _figure(figures, leading)} | interval
    return first | {_short(outcome): _figure(figures, outcome) for outcome in others}


def _short(outcome: Outcome) -> str:
    return outcome.short or outcome.name


def _figure(figures: Mapping[str, Any], outcome: Outcome) -> str:
    """NaN is null in JSON: no number."""
    value = figures[outcome.figure]
    return "-" if value is None else outcome.shown(value)


def page(experiment: str | None, links: Mapping[str, Mapping[str, str]]) -> str:
    """Markdown: where to look, and what to type next."""
    lines = []
    for name, places in links.items():
        shown = ", ".join(f"[{text}]({address})" for text, address in places.items())
        lines.append(f"- **{name}**: {shown or 'no run in MLflow'}")
    lines += ["", "MLflow's links need `make ui`, or the server of MLFLOW_TRACKING_URI.", ""]
    if experiment is None:
        return "\n".join([*lines, "The report is `data/report/index.html` of the working tree."])
    return "\n".join([*lines, *next_steps(experiment)])


def data_uri(png: bytes) -> str:
    """A picture as an address that holds it, so that it is shown wherever the artifact is."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _links(files: DVCFileSystem, params: Params, name: str, experiment: str | None) -> dict[str, str]:
    """Pages of MLflow about one trained policy: its stages share the hash of the model."""
    model_hash = json.loads(files.read_text(f"{MODELS}/{name}/training.json"))["model_hash"]
    origin = {"DVC_EXP_NAME": experiment} if experiment else {}
    wanted = {
        "training": {"stage": "train", "model_hash": model_hash},
        "evaluation": {"stage": "evaluate", "model_hash": model_hash},
        "report": {"stage": "report", **origin},
    }
    newest = {text: newest_run(params.tracking.experiment, tags) for text, tags in wanted.items()}
    address = f"{pages_at(params.flows.mlflow_port)}/#/"
    shown = {text: f"{address}{run}" for text, run in newest.items() if run}
    return shown | ({"report": f"{shown['report']}/artifacts/index.html"} if "report" in shown else {})
