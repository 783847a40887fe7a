"""Stage report: one self-contained page about all policies in all worlds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from envs.ground.doors import pictures, simulation
from envs.ground.evaluating import Axis
from envs.ground.scene import Scene
from pipeline.evaluation.resampling import Bootstrap
from pipeline.ground import files
from pipeline.ground.digests import digest_folder
from pipeline.ground.paths import CURVE, PARAMS, REPORT, evaluation, export, git_commit, model, scenarios
from pipeline.ground.progress import say
from pipeline.pictures.paths import trajectories
from pipeline.report.chapters import read_chapter
from pipeline.report.evidence import (
    MEMORISATION_COLUMNS,
    SHIFT_COLUMNS,
    TEAM_COLUMNS,
    Evidence,
    Run,
    gather_evidence,
)
from pipeline.report.markdown import render_markdown
from pipeline.report.model_card import Envelope, Schooling, model_card
from pipeline.report.page import Report, WorldReport, learning_titles, render
from pipeline.report.policies import PolicyReport
from pipeline.report.ranking import ranking
from pipeline.report.scenario_page import Chapter
from pipeline.report.scenario_page import render as render_scenarios
from pipeline.report.subject import Subject
from pipeline.report.verdict import verdict
from pipeline.settings.params import Params, read_params, train_settings
from pipeline.settings.worlds import (
    evaluation_settings,
    lesson_settings,
    simulation_settings,
    training_settings,
    varied_settings,
)
from pipeline.tracking import runs

WORST = "worst unseen"
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


@dataclass(frozen=True)
class Told:
    """A world that is reported on: its words, its settings of simulation and of evaluation, its axes."""

    subject: Subject
    settings: Any
    own: Any
    axes: Sequence[Axis]


def main() -> None:
    """Gather what the other stages left, and write data/report."""
    params = read_params(PARAMS)
    worlds, problems = gather_all(params)
    if not worlds:
        raise ValueError("\n".join(problems))
    page = REPORT / "index.html"
    chapters, unread = read_chapters(params)
    write(page, Report(params.report.title, facts(params), worlds), chapters, params.report.picture_columns)
    with runs.run(params.tracking.experiment, "report", {}) as run:
        run.params({"report": params.report.model_dump(mode="json")})
        for path in sorted(REPORT.iterdir()):
            run.file(path)
    say(f"report: open {page}")
    if problems or unread:
        raise ValueError("\n".join([*problems, *unread, f"left out of the report; {page} shows the others"]))


def write(page: Path, report: Report, chapters: Sequence[Chapter], picture_columns: int) -> None:
    """The page, the same in short, the page about scenarios, and a picture of the first policy's episodes."""
    files.write_text(page, render(report))
    files.write_text(REPORT / "report.md", render_markdown(report))
    files.write_text(REPORT / "scenarios.html", render_scenarios(chapters))
    first = report.worlds[0].policies[0].scenes
    named = {name: scene for name, scene in first.items() if not name.startswith(WORST)}
    figure = trajectories(named or first, picture_columns)
    picture = REPORT / "trajectories.png"
    files.write_atomically(picture, lambda path: figure.savefig(path, format="png", dpi=110, facecolor="white"))


def facts(params: Params) -> dict[str, str]:
    """Where the figures come from: commit, hashes and parameters."""
    sets = {f"scenarios of {world}": digest_folder(scenarios(world)) for world in params.worlds}
    values = params.model_dump(mode="json")
    own = {world: section for world, section in values.pop("sections").items() if world in params.worlds}
    told = {name: str(value) for name, value in runs.flatten(own | values).items()}
    return {"git commit": git_commit()} | sets | told


def gather_all(params: Params) -> tuple[list[WorldReport], list[str]]:
    """All policies that the other stages left whole, by world, and what is wrong with the others."""
    worlds, problems = list[WorldReport](), list[str]()
    for world in params.worlds:
        told, policies = tell(world, params), list[PolicyReport]()
        for name in params.policies:
            try:
                policies.append(gather(told, name, params))
            except FileNotFoundError as error:
                problems.append(f"policy {world}/{name}: {error.filename}: not found, run `dvc repro` first")
            except ValueError as error:
                problems.append(f"policy {world}/{name}: {error}")
        if policies:
            ranked = ranking(policies, told.subject, told.own, bootstrap(params))
            worlds.append(WorldReport(told.subject, policies, ranked))
    return worlds, problems


def tell(world: str, params: Params) -> Told:
    """A world by its name."""
    settings, own = simulation_settings(params, world, str(PARAMS)), evaluation_settings(params, world, str(PARAMS))
    subject = Subject.of(world, settings)
    return Told(subject, settings, own, subject.world.evaluation.axes(settings, own))


def read_chapters(params: Params) -> tuple[list[Chapter], list[str]]:
    """All worlds whose scenarios are there and whole, and what is wrong with the others."""
    chapters, problems = list[Chapter](), list[str]()
    for world in params.worlds:
        try:
            chapters.append(read_chapter(world, scenarios(world), simulation_settings(params, world, str(PARAMS))))
        except FileNotFoundError as error:
            problems.append(f"scenarios of {world}: {error.filename}: not found, run `dvc repro` first")
        except ValueError as error:
            problems.append(f"scenarios of {world}: {error}")
    return chapters, problems


def gather(told: Told, name: str, params: Params) -> PolicyReport:
    """Everything about one policy."""
    world, folder = told.subject.name, export(told.subject.name, name)
    columns = ("agent_steps", *learning_titles(told.subject))
    curves = {seed: files.read_csv(model(world, name, seed) / CURVE, columns) for seed in params.seeds}
    described = files.read_json(folder / "policy.json")
    exported = described["training"]
    for key in (*SHOWN_OF_TRAINING, "lessons_ended", "records"):
        if key not in exported:
            raise ValueError(f"{folder}/policy.json: no 'training.{key}': of an older layout, run `dvc repro`")
    tables = [files.read_csv(evaluation(world, name, seed) / "scenarios.csv", ("leading",)) for seed in params.seeds]
    report = PolicyReport(
        name=name,
        seeds=list(params.seeds),
        exported_seed=exported["seed"],
        training={key: exported[key] for key in SHOWN_OF_TRAINING},
        curves=curves,
        scenarios=pd.concat(tables, ignore_index=True),
        scenes=scenes(world, name, exported["seed"]),
        evidence=evidence(told, name, params, exported["seed"]),
        scores={
            seed: files.read_json(evaluation(world, name, seed) / "figures.json")["score"] for seed in params.seeds
        },
    )
    return replace(report, card=card(told, report, params, described))


def card(told: Told, report: PolicyReport, params: Params, described: dict[str, Any]) -> dict[str, str]:
    """The policy's model card.

    Args:
        described: policy.json of its export.
    """
    world, train = told.subject.name, train_settings(params, told.subject.name, report.name)
    schooling = Schooling(
        train.traffic,
        training_settings(simulation(world), told.settings, train),
        lesson_settings(simulation(world), told.settings, train),
        described["training"]["lessons_ended"],
        described["training"]["records"],
    )
    tested = Envelope({"test": told.settings} | varied_settings(params, world), told.axes, told.own)
    assert report.evidence is not None
    failures = verdict(report, told.subject).failures
    return model_card(told.subject, tested, schooling, report.evidence, failures, described["memory_size"])


def evidence(told: Told, name: str, params: Params, exported: int) -> Evidence:
    """What the verdict rests on, over all seeds."""
    found = {seed: read_run(evaluation(told.subject.name, name, seed), told.subject) for seed in params.seeds}
    return gather_evidence(list(found.values()), found[exported], told.subject, told.axes, bootstrap(params))


def bootstrap(params: Params) -> Bootstrap:
    """How intervals are made; the same draws each time."""
    rng = np.random.default_rng(params.evaluate.seed)
    return Bootstrap(params.evaluate.confidence, params.evaluate.bootstrap_resamples, rng)


def read_run(folder: Path, subject: Subject) -> Run:
    """What evaluate left of one seed."""
    return Run(
        files.read_parquet(folder / "episodes.parquet", subject.episode_columns),
        files.read_csv(folder / "shifts.csv", SHIFT_COLUMNS),
        files.read_csv(folder / "memorisation.csv", MEMORISATION_COLUMNS),
        files.read_csv(folder / "teams.csv", TEAM_COLUMNS),
    )


def scenes(world: str, name: str, seed: int) -> dict[str, Scene]:
    """The recorded episodes of the exported seed, by name; drawn ones are called worst."""
    room = pictures(world)
    wanted = ("set", "scenario", "episode", *room.columns)
    table = files.read_parquet(evaluation(world, name, seed) / "recordings.parquet", wanted)
    found: dict[str, Scene] = {}
    for (set_name, scenario, episode), rows in table.groupby(["set", "scenario", "episode"], sort=False):
        own = f"{WORST} {episode}" if set_name == "test" else str(scenario)
        found[own] = room.scene(rows, own)
    return found


if __name__ == "__main__":
    files.run(main)
