"""Judges what a run has exported beside the champion; a run that is worse ends as failed, and says by how much."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from prefect import get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from flows import dvc_command
from flows.process_tree import ProcessTree
from flows.stage_runs import artifact_key
from pipeline.ground.paths import PARAMS, export, scenarios


def judge(root: Path, exported: Iterable[tuple[str, str]], experiment: str | None) -> None:
    """Judge exports, by world and policy, of the working tree or of an experiment, each in a task run of its own.

    Raises:
        ValueError: one is worse than params.yaml allows, or cannot be compared.
    """
    for world, policy in exported:
        task_run = judge_export.with_options(task_run_name=f"judge {world}/{policy}")
        if experiment is None:
            task_run(world, policy, root, root)
            continue
        with TemporaryDirectory() as folder:
            fetch(root, experiment, world, policy, Path(folder))
            task_run(world, policy, Path(folder), root)


def fetch(root: Path, experiment: str, world: str, policy: str, folder: Path) -> None:
    """Copy what an experiment is judged by into a folder."""
    files = dvc_command.outputs(root, experiment)
    for path in (PARAMS, scenarios(world), export(world, policy)):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        files.get(str(path), str(folder / path), recursive=path != PARAMS)


@task(name="judge", cache_policy=NO_CACHE, persist_result=False)
def judge_export(world: str, policy: str, folder: Path, root: Path) -> None:
    """Run `murmuration judge` in a folder that holds the export; the champion is that of `root`."""
    words = [sys.executable, "-m", "pipeline.cli", "judge", str(export(world, policy))]
    places = {"DVC_ROOT": str(root), "PYTHONPATH": str(root)}
    with ProcessTree(words, folder, {**dvc_command.environment(), **places}) as command:
        said = "\n".join(command.lines())
        status = command.status()
    get_run_logger().info("%s", said)
    create_markdown_artifact(f"```\n{said}\n```", key=artifact_key("judgement", world, policy))
    if status:
        raise ValueError(said.removeprefix("error: "))
