"""Reads what DVC keeps of experiments: one row for each experiment, world and policy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from pipeline.ground.paths import EVALUATION, PARAMS

if TYPE_CHECKING:
    from dvc.repo.experiments.serialize import ExpRange, ExpState

WORKSPACE = "workspace"
_METRICS = re.compile(rf"{EVALUATION.as_posix()}/(?P<world>[^/]+)/(?P<policy>[^/]+)/(?P<seed>\d+)/metrics\.json")
_SUCCESS = "success"
_SHORT = 7

Values = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One policy of one experiment.

    Attributes:
        name: of the experiment, of a commit, or `workspace`.
        changed: keys of params.yaml that differ from the commit it began at, with its values; None: taken out.
        world, policy: '' where nothing was evaluated.
        seeds: trainings that `figures` are the means of.
        state: finished, queued, running, failed; of a commit or the workspace: made, or not evaluated.
        created: None of the workspace.
    """

    name: str
    changed: Mapping[str, Any]
    world: str
    policy: str
    seeds: int
    figures: Mapping[str, float]
    state: str
    created: datetime | None


def read_experiments(root: Path, commits: int) -> list[Row]:
    """The working tree, the last `commits` commits, and the experiments that began at them.

    Raises:
        ValueError: no checkout under git and DVC, or DVC cannot read it.
    """
    from dvc.exceptions import DvcException
    from dvc.repo import Repo
    from dvc.scm import SCMError

    try:
        with Repo(str(root)) as repo:
            bases = repo.experiments.show(num=commits)
    except (DvcException, SCMError) as error:
        raise ValueError(f"{root}: {error}; wanted a checkout under git and DVC with a commit") from None
    return [row for base in bases for row in _rows_of(base, bases)]


def _rows_of(base: ExpState, bases: list[ExpState]) -> Iterator[Row]:
    """A commit or the working tree, which began at the first commit, and its experiments."""
    before = next(other for other in bases if other.rev != WORKSPACE)
    is_tree = base.rev == WORKSPACE
    name = WORKSPACE if is_tree else base.name or base.rev[:_SHORT]
    yield from _rows(base, name, before if is_tree else base, _made(base))
    for experiment in base.experiments or ():
        for state in experiment.revs[:1]:
            yield from _rows(state, state.name or state.rev[:_SHORT], base, _state(experiment, state))


def _rows(state: ExpState, name: str, base: ExpState, how: str) -> Iterator[Row]:
    there, here = _params(base), _params(state)
    changed = {key: here.get(key) for key in [*here, *there] if here.get(key) != there.get(key)}
    created = state.data.timestamp if state.data else None
    found = _figures(state)
    for (world, policy), runs in found.items() or {("", ""): []}.items():
        yield Row(name, changed, world, policy, len(runs), _means(runs), how, created)


def _figures(state: ExpState) -> dict[tuple[str, str], list[Mapping[str, float]]]:
    """What evaluation left for each seed, by world and policy."""
    found: dict[tuple[str, str], list[Mapping[str, float]]] = {}
    for path, content in (state.data.metrics if state.data else {}).items():
        place = _METRICS.fullmatch(path)
        if place and content.get("data"):
            found.setdefault((place["world"], place["policy"]), []).append(content["data"])
    return found


def _means(runs: list[Mapping[str, float]]) -> dict[str, float]:
    """Over seeds, of the figures that all of them have."""
    shared = [name for name in (runs[0] if runs else {}) if all(run.get(name) is not None for run in runs)]
    return {name: fmean(run[name] for run in runs) for name in shared}


def _params(state: ExpState) -> Values:
    content = (state.data.params if state.data else {}).get(str(PARAMS), {})
    return dict(_flat(content.get("data") or {}))


def _flat(values: Mapping[str, Any], key: str = "") -> Iterator[tuple[str, Any]]:
    """Leaves by dotted key; an empty section is a leaf."""
    for name, value in values.items():
        inner = f"{key}.{name}" if key else str(name)
        if isinstance(value, Mapping) and value:
            yield from _flat(value, inner)
        else:
            yield inner, value


def _made(base: ExpState) -> str:
    return "made" if _figures(base) else "not evaluated"


def _state(experiment: ExpRange, state: ExpState) -> str:
    executor = experiment.executor
    if executor is not None and executor.state != _SUCCESS:
        return executor.state
    return "finished" if _figures(state) else "not evaluated"
