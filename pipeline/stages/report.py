"""Stage report: one self-contained page about all policies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from envs.airspace.evaluation.settings import EvaluationSettings
from envs.airspace.pictures.scene import RECORDING_COLUMNS
from envs.ground.doors import simulation
from pipeline.evaluation.statistics import Bootstrap
from pipeline.ground import files
from pipeline.ground.digests import digest_folder
from pipeline.ground.paths import CURVE, PARAMS, REPORT, evaluation, export, git_commit, model, scenarios
from pipeline.ground.progress import say
from pipeline.pictures.panels import LEARNING_PANELS, trajectories
from pipeline.report.evidence import (
    EPISODE_COLUMNS,
    EQUIPAGE_COLUMNS,
    MEMORISATION_COLUMNS,
    SHIFT_COLUMNS,
    Evidence,
    Run,
    gather_evidence,
)
from pipeline.report.markdown import render_markdown
from pipeline.report.model_card import Schooling, model_card
from pipeline.report.page import PolicyReport, Report, render, verdict
from pipeline.report.ranking import ranking
from pipeline.settings.params import Params, read_params, train_settings
from pipeline.settings.worlds import (
    evaluation_settings,
    lesson_settings,
    simulation_settings,
    training_settings,
    varied_settings,
)
from pipeline.tracking import runs

CURVE_COLUMNS = ("agent_steps", *LEARNING_PANELS)
SHOWN_OF_TRAINING = (
    "agent_steps",
    "seconds",
    "agent_steps_per_second",
    "gradient",
    "peak_memory_mb",
    "stopped_because",
    "preset",
    "best_agent_steps",
    "model_hash",
)


def main() -> None:
    """Gather what the other stages left, and write data/report."""
    params = read_params(PARAMS)
    world = params.worlds[0]
    policies, problems = gather_all(world, params)
    if not policies:
        raise ValueError("\n".join(problems))
    page = REPORT / "index.html"
    own: EvaluationSettings = evaluation_settings(params, world, str(PARAMS))
    ranked = ranking(policies, own.score, bootstrap(params))
    report, short = Report(params.report.title, facts(world, params), policies, ranked), REPORT / "report.md"
    files.write_text(page, render(report))
    files.write_text(short, render_markdown(report))
    picture = REPORT / "trajectories.png"
    suite = {name: recording for name, recording in policies[0].recordings.items() if "worst" not in name}
    figure = trajectories(suite, params.report.picture_columns)
    files.write_atomically(picture, lambda path: figure.savefig(path, format="png", dpi=110, facecolor="white"))
    with runs.run(params.tracking.experiment, "report", {}) as run:
        run.params({"report": params.report.model_dump(mode="json")})
        for path in (page, picture, short):
            run.file(path)
    say(f"report: open {page}")
    if problems:
        raise ValueError("\n".join([*problems, f"left out of the report; {page} shows the others"]))


def facts(world: str, params: Params) -> dict[str, str]:
    """Where the figures come from: commit, hashes and parameters."""
    found = {"git commit": git_commit(), "scenarios": digest_folder(scenarios(world))}
    return found | {name: str(value) for name, value in runs.flatten(params.model_dump(mode="json")).items()}


def gather_all(world: str, params: Params) -> tuple[list[PolicyReport], list[str]]:
    """All policies that the other stages left whole, and what is wrong with the others."""
    policies, problems = list[PolicyReport](), list[str]()
    for name in params.policies:
        try:
            policies.append(gather(world, name, params))
        except FileNotFoundError as error:
            problems.append(f"policy {name}: {error.filename}: not found, run `dvc repro` first")
        except ValueError as error:
            problems.append(f"policy {name}: {error}")
    return policies, problems


def gather(world: str, name: str, params: Params) -> PolicyReport:
    """Everything about one policy."""
    curves = {seed: files.read_csv(model(world, name, seed) / CURVE, CURVE_COLUMNS) for seed in params.seeds}
    described = files.read_json(export(world, name) / "policy.json")
    exported = described["training"]
    for key in (*SHOWN_OF_TRAINING, "lessons_ended"):
        if key not in exported:
            raise ValueError(
                f"{export(world, name)}/policy.json: no 'training.{key}': of an older layout, run `dvc repro`"
            )
    tables = [files.read_csv(evaluation(world, name, seed) / "scenarios.csv") for seed in params.seeds]
    training = {key: exported[key] for key in SHOWN_OF_TRAINING}
    found = evidence(world, name, params, exported["seed"])
    report = PolicyReport(
        name=name,
        seeds=list(params.seeds),
        exported_seed=exported["seed"],
        training=training,
        curves=curves,
        scenarios=pd.concat(tables, ignore_index=True),
        recordings=recordings(world, name, exported["seed"]),
        evidence=found,
        scores={
            seed: files.read_json(evaluation(world, name, seed) / "figures.json")["score"] for seed in params.seeds
        },
    )
    train, failures = train_settings(params, world, name), verdict(report).failures
    settings = simulation_settings(params, world)
    schooling = Schooling(
        train.traffic,
        training_settings(simulation(world), settings, train),
        lesson_settings(simulation(world), settings, train),
        exported["lessons_ended"],
    )
    tested = {"test": settings} | varied_settings(params, world)
    card = model_card(
        tested, evaluation_settings(params, world).shifts, schooling, found, failures, described["memory_size"]
    )
    return replace(report, card=card)


def figures_of(world: str, name: str, params: Params) -> dict[int, dict[str, Any]]:
    """figures.json of each seed."""
    return {seed: files.read_json(evaluation(world, name, seed) / "figures.json") for seed in params.seeds}


def evidence(world: str, name: str, params: Params, exported: int) -> Evidence:
    """What the verdict rests on, over all seeds."""
    runs = {seed: read_run(evaluation(world, name, seed)) for seed in params.seeds}
    return gather_evidence(list(runs.values()), runs[exported], evaluation_settings(params, world), bootstrap(params))


def bootstrap(params: Params) -> Bootstrap:
    """How intervals are made; the same draws each time."""
    rng = np.random.default_rng(params.evaluate.seed)
    return Bootstrap(params.evaluate.confidence, params.evaluate.bootstrap_resamples, rng)


def read_run(folder: Path) -> Run:
    """What evaluate left of one seed."""
    return Run(
        files.read_parquet(folder / "episodes.parquet", EPISODE_COLUMNS),
        files.read_csv(folder / "shifts.csv", SHIFT_COLUMNS),
        files.read_csv(folder / "memorisation.csv", MEMORISATION_COLUMNS),
        files.read_csv(folder / "equipage.csv", EQUIPAGE_COLUMNS),
    )


def recordings(world: str, name: str, seed: int) -> dict[str, pd.DataFrame]:
    """The recorded episodes of the exported seed, by name; drawn ones are called worst."""
    wanted = ("set", "scenario", "episode", *RECORDING_COLUMNS)
    table = files.read_parquet(evaluation(world, name, seed) / "recordings.parquet", wanted)
    found = {}
    for (set_name, scenario, episode), rows in table.groupby(["set", "scenario", "episode"], sort=False):
        found[f"worst unseen {episode}" if set_name == "test" else str(scenario)] = rows
    return found


if __name__ == "__main__":
    files.run(main)
