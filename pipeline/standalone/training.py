"""`train`: from the name of a world to a trained, evaluated, exported and reported policy."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.ground.progress import say
from pipeline.standalone import folder as place
from pipeline.standalone.request import Plan, Request, import_path, plan
from pipeline.standalone.results import Run, read_run
from pipeline.standalone.stage_processes import run_stage

RUNS = Path("runs")
"""Where folders of runs are made that are given no name."""


def train(
    world: object,
    *,
    total_timesteps: int | None = None,
    seed: int | Sequence[int] = 0,
    folder: str | os.PathLike[str] | None = None,
    arguments: Mapping[str, Any] | None = None,
    wrappers: Sequence[str | Mapping[str, Mapping[str, Any]]] | None = None,
    max_steps: int | None = None,
    begin_with: str | os.PathLike[str] | None = None,
    records: str | os.PathLike[str] | None = None,
    settings: Mapping[str, Any] | None = None,
    **training: Any,
) -> Run:
    """Train one policy, evaluate, export and report it: `train("mpe2.simple_spread_v3", total_timesteps=100_000)`.

    Stages run as processes of their own and print how far they are. All is written into one folder. The same call goes
    on where it was stopped, and returns at once where all is done. What is not given is as params.yaml says.

    Args:
        world: import path of a PettingZoo environment, parallel or AEC, "mpe2.simple_spread_v3" or
            "my_envs/gather.py:parallel_env"; a module, or a function of one; a section of params.yaml, "airspace".
        total_timesteps: the budget in agent-steps: an agent that acts once is one.
        seed: decides all that is random in training; several are trained one after the other.
        folder: where all is written; `runs/NAME of the world` where it is not given.
        arguments: of the environment's constructor.
        wrappers: SuperSuit's by name without version, the first innermost: [{"frame_stack": {"stack_size": 4}}].
        max_steps: where episodes are cut off that have not ended.
        begin_with: folder of a finished training or an export, `run.model(0)`, whose weights learn on.
        records: folder that `murmuration record` wrote, for algorithm="bc", "cql" or "iql", or for "ppo" with a
            cloning_strength.
        settings: any key of params.yaml: {"evaluate.confidence": 0.9}.
        training: keys of its section train: algorithm="sac", num_worlds=8, num_processes=2, device="cuda".

    Raises:
        ValueError: what cannot be: a value, by its key; an environment; a folder that holds another run.
        KeyboardInterrupt: stopped by Ctrl-C; training has saved where it was.
    """
    seeds = tuple(_plain(seed)) if isinstance(seed, Sequence) else (_plain(seed),)
    environment = {"arguments": _plain(arguments), "wrappers": _plain(wrappers), "max_steps": max_steps}
    asked = {"total_timesteps": total_timesteps} | _plain(training)
    earlier, given = (Path(each) if each is not None else None for each in (begin_with, records))
    request = Request(import_path(world), seeds, environment, asked, _plain(settings or {}), earlier, given)
    return run_all(plan(request), Path(folder) if folder is not None else RUNS / request.label)


def run_all(planned: Plan, folder: Path) -> Run:
    """Run what has not been run yet of a plan, in its folder.

    Raises:
        ValueError: as `train`.
        KeyboardInterrupt: as `train`.
    """
    request, policy = planned.request, planned.policy
    stages = _stages(request.section, policy, request.seeds)
    if not place.is_begun(folder, planned):
        say(f"{request.label}: check (1 of {len(stages) + 1})")
        place.make(folder, planned, lambda draft: _check(planned, draft))
    with place.held(folder) as lock:
        finished = place.done(folder)
        for number, words in enumerate(stages, 2):
            if words not in finished:
                say(f"{request.label}: {words.split()[0]} ({number} of {len(stages) + 1})")
                _run(words, folder, lock)
        if set(stages) <= set(finished):
            say(f"{folder}: finished before")
    return read_run(folder, request.section, policy, request.seeds)


_REPORT = "report"


def _check(planned: Plan, folder: Path) -> None:
    try:
        run_stage("check", folder)
    except ValueError as error:
        raise ValueError(planned.in_words_asked(str(error))) from None


def _run(words: str, folder: Path, lock: int) -> None:
    """Run a stage and remember that it ended well; the report tells a path that is ours to tell."""
    try:
        run_stage(words, folder, lock, quiet=words == _REPORT)
    except KeyboardInterrupt:
        say(f"{folder}: stopped in {words.split()[0]}; the same again goes on from there")
        raise
    place.add_done(folder, words)


def _stages(world: str, policy: str, seeds: Sequence[int]) -> list[str]:
    """All stages after check, in their order, as their words."""
    each = [f"{stage} {world} {policy} {seed}" for stage in ("train", "evaluate") for seed in seeds]
    return [f"scenarios {world}", *each, f"export {world} {policy}", _REPORT]


def _plain(values: Any) -> Any:
    """As params.yaml would hold it."""
    if isinstance(values, Mapping):
        return {str(key): _plain(value) for key, value in values.items()}
    if isinstance(values, Sequence) and not isinstance(values, str):
        return [_plain(value) for value in values]
    return values.item() if isinstance(values, np.generic) else values
