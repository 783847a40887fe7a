"""Stage report: one self-contained page about all policies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline import stage, tracking
from pipeline.checkpoint import digest_folder
from pipeline.evidence import Evidence, Run, gather_evidence
from pipeline.model_card import model_card
from pipeline.model_files import read_model
from pipeline.params import Params, read_params, train_settings
from pipeline.paths import PARAMS, REPORT, SCENARIOS, evaluation, export, model
from pipeline.pictures import trajectories
from pipeline.progress import say
from pipeline.report_markdown import render_markdown
from pipeline.report_page import PolicyReport, Report, render, verdict
from pipeline.statistics import Bootstrap


def main() -> None:
    """Gather what the other stages left, and write data/report."""
    params = read_params(PARAMS)
    policies = [gather(name, params) for name in params.policies]
    page = REPORT / "index.html"
    report, short = Report(params.report.title, facts(params), policies), REPORT / "report.md"
    stage.write_text(page, render(report))
    stage.write_text(short, render_markdown(report))
    picture = REPORT / "trajectories.png"
    suite = {name: recording for name, recording in policies[0].recordings.items() if "worst" not in name}
    figure = trajectories(suite, params.report.picture_columns)
    stage.write_atomically(picture, lambda path: figure.savefig(path, format="png", dpi=110, facecolor="white"))
    with tracking.run(params.tracking.experiment, "report", {}) as run:
        run.params({"report": params.report.model_dump(mode="json")})
        for path in (page, picture, short):
            run.file(path)
    say(f"report: open {page}")


def facts(params: Params) -> dict[str, str]:
    """Where the figures come from: commit, hashes and parameters."""
    found = {"git commit": tracking.git_commit(), "scenarios": digest_folder(SCENARIOS)}
    return found | {name: str(value) for name, value in tracking.flatten(params.model_dump(mode="json")).items()}


def gather(name: str, params: Params) -> PolicyReport:
    """Everything about one policy."""
    models = {seed: read_model(model(name, seed)) for seed in params.seeds}
    exported = stage.read_json(export(name) / "policy.json")["training"]
    tables = [stage.read_csv(evaluation(name, seed) / "scenarios.csv") for seed in params.seeds]
    shown = ("agent_steps", "seconds", "agent_steps_per_second", "peak_memory_mb", "stopped_because", "preset")
    training = {key: exported[key] for key in (*shown, "best_agent_steps", "model_hash")}
    found = evidence(name, params, exported["seed"])
    report = PolicyReport(
        name=name,
        seeds=list(params.seeds),
        exported_seed=exported["seed"],
        training=training,
        curves={seed: trained.curve for seed, trained in models.items()},
        scenarios=pd.concat(tables, ignore_index=True),
        recordings=recordings(name, exported["seed"]),
        evidence=found,
    )
    traffic, failures = train_settings(params, name).traffic, verdict(report).failures
    return replace(report, card=model_card(params.airspace, params.shifts, traffic, found, failures))


def evidence(name: str, params: Params, exported: int) -> Evidence:
    """What the verdict rests on, over all seeds."""
    runs = {seed: read_run(evaluation(name, seed)) for seed in params.seeds}
    rng = np.random.default_rng(params.evaluate.seed)
    bootstrap = Bootstrap(params.evaluate.confidence, params.evaluate.bootstrap_resamples, rng)
    return gather_evidence(list(runs.values()), runs[exported], params.evaluate, bootstrap)


def read_run(folder: Path) -> Run:
    """What evaluate left of one seed."""
    episodes = stage.read_parquet(folder / "episodes.parquet")
    return Run(episodes, *(stage.read_csv(folder / f"{name}.csv") for name in ("shifts", "memorisation", "equipage")))


def recordings(name: str, seed: int) -> dict[str, pd.DataFrame]:
    """The recorded episodes of the exported seed, by name; drawn ones are called worst."""
    table = stage.read_parquet(evaluation(name, seed) / "recordings.parquet")
    found = {}
    for (set_name, scenario, episode), rows in table.groupby(["set", "scenario", "episode"], sort=False):
        found[f"worst unseen {episode}" if set_name == "test" else str(scenario)] = rows
    return found


if __name__ == "__main__":
    stage.run(main)
