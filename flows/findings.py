"""What a run has found, as artifacts of Prefect: a table of figures, a page of links, a picture of episodes."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dvc.api import DVCFileSystem
from prefect.artifacts import create_image_artifact, create_markdown_artifact, create_table_artifact

from envs.ground import doors
from envs.ground.outcomes import Outcome, leading
from flows import dvc_command
from flows.next_steps import next_steps
from pipeline.ground.paths import EVALUATION, MODELS, REPORT
from pipeline.settings.params import Params
from pipeline.settings.worlds import simulation_settings
from pipeline.tracking import runs

_MODES = ("deterministic", "stochastic")
"""How the policy itself played: without noise in its actions, and with it."""


@dataclass(frozen=True)
class World:
    """What is shown of a world: its outcomes, of which the first leads, and the baselines that stand beside it."""

    outcomes: tuple[Outcome, ...]
    rules: tuple[str, ...]

    @classmethod
    def of(cls, world: str, params: Params) -> World:
        """As params.yaml has it."""
        settings, baselines = simulation_settings(params, world), doors.baselines(world)
        rules = tuple(dict.fromkeys((baselines.yardstick, baselines.nobody)))
        return cls(doors.simulation(world).outcomes(settings), rules)


def publish(root: Path, params: Params, title: str, experiment: str | None) -> None:
    """Show what evaluation and report left in the working tree, or in an experiment."""
    files = dvc_command.outputs(root, experiment)
    figures = evaluated(files)
    rows = [row for name, own in figures.items() for row in table_rows(name, own, World.of(name.split("/")[0], params))]
    create_table_artifact(rows, key="figures", description=title)
    links = {name: _links(files, params, name, experiment) for name in figures}
    create_markdown_artifact(page(experiment, links), key="summary", description=title)
    picture = f"{REPORT}/trajectories.png"
    if files.exists(picture):
        create_image_artifact(data_uri(files.read_bytes(picture)), key="flights", description=title)


def evaluated(files: DVCFileSystem) -> dict[str, dict[str, Any]]:
    """All figures of each evaluation, by WORLD/POLICY/SEED."""
    found = sorted(files.glob(f"{EVALUATION}/*/*/*/figures.json"))
    return {"/".join(Path(path).parts[-4:-1]): json.loads(files.read_text(path)) for path in found}


def table_rows(name: str, figures: Mapping[str, Any], world: World) -> list[dict[str, str]]:
    """One row per set of episodes and mode: the outcomes, and the leading one of rules in the same episodes."""
    return [
        {"policy": name, "set": played, "mode": mode} | _shown(modes[mode], world) | _of_rules(modes, world)
        for played, modes in figures.items()
        for mode in _MODES
        if isinstance(modes, dict) and "leading" in modes.get(mode, {})
    ]


def _shown(figures: Mapping[str, Any], world: World) -> dict[str, str]:
    first = leading(world.outcomes)
    low, high = (figures[f"{first.name}_{end}"] for end in ("low", "high"))
    interval = "-" if low is None else f"{first.told(low)} to {first.told(high)}"
    shown = {"episodes": str(figures["episodes"]), _name(first): first.told(figures["leading"]), "interval": interval}
    return shown | {_name(other): other.told(figures[other.figure]) for other in world.outcomes[1:]}


def _of_rules(modes: Mapping[str, Any], world: World) -> dict[str, str]:
    first = leading(world.outcomes)
    return {f"{_name(first)} of {rule}": first.told(modes[rule]["leading"]) for rule in world.rules if rule in modes}


def _name(outcome: Outcome) -> str:
    return f"{outcome.short or outcome.name}{' rate' if outcome.kind == 'failure' else ''}"


def page(experiment: str | None, links: Mapping[str, Mapping[str, str]]) -> str:
    """Markdown: where to look, and what to type next."""
    lines = []
    for name, places in links.items():
        shown = ", ".join(f"[{text}]({address})" for text, address in places.items())
        lines.append(f"- **{name}**: {shown or 'no run in MLflow'}")
    lines += ["", "MLflow's links need `make ui`.", ""]
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
    newest = {text: runs.newest_run(params.tracking.experiment, tags) for text, tags in wanted.items()}
    address = f"http://127.0.0.1:{params.flows.mlflow_port}/#/"
    shown = {text: f"{address}{run}" for text, run in newest.items() if run}
    return shown | ({"report": f"{shown['report']}/artifacts/index.html"} if "report" in shown else {})
